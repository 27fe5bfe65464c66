//! The whole check, beside a plain typed parse of the same bytes without any check; and cutting the payload into parts.
//!
//! Run: `cargo bench -p qlower-core`. The payload has 100 MB; `QLOWER_BENCH_MB` asks for another size.

mod plain;
mod support;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use qlower_core::{CheckOptions, Checked, SplitOptions, check};

use support::{References, TODAY, payload};

#[expect(clippy::disallowed_methods, reason = "a setting of the benchmark, not of the core")]
fn megabytes() -> usize {
    std::env::var("QLOWER_BENCH_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

fn benchmarks(criterion: &mut Criterion) {
    let resolved = payload(megabytes() * 1_000_000, 1, References::Resolved);
    let pretty = serde_json::to_vec_pretty(&resolved).unwrap_or_default();
    let compact = resolved.to_json();
    compare(criterion, "compact", &compact);
    cut(criterion, compact);
    drop(resolved);
    compare(criterion, "pretty", &pretty);
    drop(pretty);
    compare(criterion, "dangling", &payload(megabytes() * 1_000_000, 1, References::Dangling).to_json());
}

fn compare(criterion: &mut Criterion, form: &str, text: &[u8]) {
    let mut group = criterion.benchmark_group(format!("check/{form}"));
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.sampling_mode(SamplingMode::Flat).sample_size(10).measurement_time(Duration::from_secs(8));
    for (name, threads) in [("1-thread", 1), ("2-threads", 2)] {
        let options = CheckOptions::on(TODAY).threads(threads);
        let report = check(text, &options);
        assert!(report.is_valid(), "{report}");
        group.bench_function(name, |bencher| bencher.iter(|| check(black_box(text), &options)));
    }
    let parsed: Result<plain::Payload, _> = serde_json::from_slice(text);
    assert!(parsed.is_ok_and(|payload| payload.is_full()));
    group.bench_function("plain-serde", |bencher| {
        // What was parsed is dropped outside the measured time.
        bencher.iter_batched(
            || (),
            |()| serde_json::from_slice::<plain::Payload>(black_box(text)),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// The time must not depend on how many parts there are.
fn cut(criterion: &mut Criterion, text: Vec<u8>) {
    let mut group = criterion.benchmark_group("split");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.sampling_mode(SamplingMode::Flat).sample_size(10).measurement_time(Duration::from_secs(8));
    let checked = Checked::from_text(text, &CheckOptions::on(TODAY)).into_result();
    let Ok(checked) = checked else { return assert!(checked.is_ok()) };
    for (name, options) in [
        ("10-MiB-parts", SplitOptions::default()),
        ("100-KB-parts", SplitOptions::default().max_bytes(100_000)),
        ("100-item-parts", SplitOptions::default().max_items(100)),
    ] {
        let parts = checked.split(&options).map_or(0, |parts| parts.len());
        assert!(parts > checked.bytes().len() / 20_000_000, "{name}: {parts} parts");
        group.bench_function(format!("{name}-{parts}"), |bencher| {
            bencher.iter_with_large_drop(|| black_box(&checked).split(&options));
        });
    }
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
