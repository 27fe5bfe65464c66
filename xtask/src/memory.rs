//! Peak memory of the check, measured on a process of its own for each case.

use std::fs;
use std::path::Path;
use std::process::Command;

use qlower_core::{CheckOptions, ModelName, check};

use crate::number;
use crate::sample::{References, TODAY, payload};

pub(crate) const MEGABYTE: f64 = 1_000_000.0;

/// Measures all cases; with `--case` only one, in this process.
pub(crate) fn command(args: &[&str]) -> Result<(), String> {
    match args {
        ["--case", path, threads, kept] => {
            case(Path::new(path), number("--case", Some(threads))?, number("--case", Some(kept))?)
        }
        [] => all(100),
        ["--megabytes", rest @ ..] => all(number("--megabytes", rest.first())?),
        _ => Err("usage: xtask memory [--megabytes N]".to_owned()),
    }
}

fn all(megabytes: u64) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        println!("not measured: the peak of a process is read from Linux's /proc");
        return Ok(());
    }
    let bytes = usize::try_from(megabytes * 1_000_000).map_err(|_| "too large")?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    println!("extra: the peak above the process with its input loaded; goal: at most 64 MB and 24 bytes an id");
    for references in [References::Resolved, References::Dangling] {
        let place = std::env::temp_dir().join(format!("qlower-memory-{}.json", std::process::id()));
        fs::write(&place, payload(bytes, 1, references).to_json()).map_err(|error| error.to_string())?;
        let kept: &[&str] = if references == References::Dangling { &["0", "100000"] } else { &["100000"] };
        for (threads, kept) in ["1", "2"].into_iter().flat_map(|threads| kept.iter().map(move |kept| (threads, *kept)))
        {
            println!("references {references:?}, threads {threads}, findings kept at most {kept}:");
            let status = Command::new(&own).args(["memory", "--case"]).arg(&place).args([threads, kept]).status();
            if !status.map_err(|error| error.to_string())?.success() {
                return Err("the measuring process failed".to_owned());
            }
        }
        fs::remove_file(&place).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn case(path: &Path, threads: u64, kept: u64) -> Result<(), String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    let before = high_water().ok_or("no VmHWM in /proc/self/status")?;
    let [threads, kept] = [threads, kept].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let options = CheckOptions::on(TODAY).threads(threads).max_findings(kept);
    let report = check(&text, &options);
    let after = high_water().ok_or("no VmHWM in /proc/self/status")?;
    if !report.is_valid() {
        return Err(format!("the sample has errors:\n{report}"));
    }
    // An id is an item's own or one that an item names.
    let items: u64 = report.counts().values().map(|count| count.items).sum();
    let transactions = report.counts().get(&ModelName::Transaction).map_or(0, |count| count.items);
    let extra = after.saturating_sub(before) as f64;
    let ids = items + if report.warning_count() > 0 { transactions } else { 0 };
    println!(
        "  input {:.1} MB, {items} items, {} warnings; extra {:.1} MB = {:.1} bytes for each of {ids} ids; goal {:.1} MB",
        text.len() as f64 / MEGABYTE,
        report.warning_count(),
        extra / MEGABYTE,
        extra / ids.max(1) as f64,
        64.0 + 24.0 * ids as f64 / MEGABYTE,
    );
    Ok(())
}

/// The largest resident set of this process so far, in bytes.
pub(crate) fn high_water() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
