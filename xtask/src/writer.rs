//! Speed and peak memory of the writer, measured on a process of its own for each case.

use std::process::Command;
use std::time::Instant;

use qlower_client::core::check::ItemChecker;
use qlower_client::core::model::Section;
use qlower_client::{PayloadWriter, References, Transaction};
use qlower_core::CheckOptions;

use crate::memory::{MEGABYTE, high_water};
use crate::number;
use crate::sample::TODAY;

const CREATED_AT: &str = "2026-06-30T07:15:00+02:00";

/// Transactions to a property.
const EACH: u64 = 80;

/// Measures all cases; with `--case` only one, in this process.
pub(crate) fn command(args: &[&str]) -> Result<(), String> {
    match args {
        ["--case", name, count] => case(name, number("--case", Some(count))?),
        [] => all(10_000_000),
        ["--transactions", rest @ ..] => all(number("--transactions", rest.first())?),
        _ => Err("usage: xtask writer [--transactions N]".to_owned()),
    }
}

fn all(count: u64) -> Result<(), String> {
    println!("{count} transactions of {} properties; memory is the peak of the process", count / EACH);
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    for name in ["whole", "check", "check-json", "stream", "folder", "properties-last", "loaded-before"] {
        let status = Command::new(&own).args(["writer", "--case", name, &count.to_string()]).status();
        if !status.map_err(|error| error.to_string())?.success() {
            return Err("the measuring process failed".to_owned());
        }
    }
    Ok(())
}

fn transaction(number: u64) -> Transaction {
    Transaction {
        id: format!("TX-2026-{number:08}"),
        date: "2026-01-05".into(),
        property_id: format!("LOT-{:06}", number / EACH),
        amount: (85_000 + number % 900).into(),
        category: Some("LOYER".to_owned()),
        reference: format!("Loyer janvier 2026, appartement {}", number % 400),
        ..Transaction::default()
    }
}

fn property(number: u64) -> String {
    format!(
        r#"{{"id":"LOT-{number:06}","description":"Appartement","streetName":"rue des Lilas","townName":"Lyon","postCode":"69003","ctry":"FR","lastName":"Moreau","firstName":"Chloé","email":"a@exemple.fr","acquisitionDate":"2020-01-01","taxRegime":1}}"#
    )
}

fn case(name: &str, count: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let started = Instant::now();
    // Making the items is no part of what is measured, but of what the clock sees.
    for number in 0..count.min(1_000_000) {
        std::hint::black_box(transaction(number));
    }
    let making = started.elapsed().as_secs_f64() / count.min(1_000_000) as f64 * count as f64;
    let started = Instant::now();
    let (bytes, index) = match name {
        "whole" => whole(count.min(1_000_000)),
        "check" | "check-json" => check(count, name == "check-json"),
        "stream" => runtime.block_on(stream(count)),
        other => runtime.block_on(folder(count, other)),
    }
    .map_err(|error| format!("{error}: {:?}", std::error::Error::source(&*error)))?;
    if index == 0 {
        return Ok(());
    }
    let took = started.elapsed().as_secs_f64();
    let net = (took - making).max(f64::MIN_POSITIVE);
    let ids = count + count / EACH;
    println!(
        "{name:>16}: {took:6.2} s, {net:6.2} s without making the items = {:.2} million/s; {:.0} MB; index {:.1} MB = {:.1} bytes an id; peak {}",
        count as f64 / net / 1e6,
        bytes as f64 / MEGABYTE,
        index as f64 / MEGABYTE,
        index as f64 / ids as f64,
        high_water().map_or_else(|| "not known".to_owned(), |peak| format!("{:.1} MB", peak as f64 / MEGABYTE)),
    );
    Ok(())
}

type Measured = Result<(u64, usize), Box<dyn std::error::Error>>;

/// For comparison: the check of one text with a million of them, which is all in memory.
fn whole(count: u64) -> Measured {
    let mut text =
        br#"{"inigPtynm":"acme","apiKey":"k","creDtTm":"2026-06-30T07:15:00+02:00","versionId":"2.0","properties":["#
            .to_vec();
    for number in 0..count / EACH {
        text.extend_from_slice(if number > 0 { b"," } else { b"" });
        text.extend_from_slice(property(number).as_bytes());
    }
    text.extend_from_slice(br#"],"transactions":["#);
    for number in 0..count {
        text.extend_from_slice(if number > 0 { b"," } else { b"" });
        serde_json::to_writer(&mut text, &transaction(number))?;
    }
    text.extend_from_slice(b"]}");
    let started = Instant::now();
    let report = qlower_core::check(&text, &CheckOptions::on(TODAY));
    let rate = count as f64 / started.elapsed().as_secs_f64() / 1e6;
    assert!(report.findings().is_empty(), "{report}");
    println!(
        "           whole: {rate:.2} million/s by a check of {count} transactions in one text of {} MB",
        text.len() / 1_000_000
    );
    Ok((text.len() as u64, 0))
}

/// The check of the items alone.
fn check(count: u64, as_json: bool) -> Measured {
    let mut checker = ItemChecker::new("acme", &"key".into(), &CREATED_AT.into(), &CheckOptions::on(TODAY))?;
    let mut bytes = 0;
    for number in 0..count / EACH {
        checker.check_json(Section::Properties, property(number).as_bytes())?.take();
    }
    for number in 0..count {
        let transaction = transaction(number);
        let text = if as_json { serde_json::to_vec(&transaction)? } else { Vec::new() };
        let sound = match as_json {
            true => checker.check_json(Section::Transactions, &text)?,
            false => checker.check(&transaction)?,
        };
        bytes += sound.text().len() as u64;
        sound.take();
    }
    let index = checker.index_bytes();
    let report = checker.finish();
    assert!(report.findings().is_empty(), "{report}");
    Ok((bytes, index))
}

/// One document into a sink that throws the bytes away.
async fn stream(count: u64) -> Measured {
    let builder = PayloadWriter::builder("acme", "key", CREATED_AT).max_bytes(u64::MAX);
    let mut writer = builder.stream(tokio::io::sink())?;
    for number in 0..count / EACH {
        writer.push_json(Section::Properties, property(number).as_bytes()).await?;
    }
    writer.extend((0..count).map(transaction)).await?;
    let index = writer.index_bytes();
    let written = writer.finish().await?;
    Ok((written.receipts.iter().map(|document| document.size).sum(), index))
}

/// Files of 64 MiB in a folder.
async fn folder(count: u64, name: &str) -> Measured {
    let folder = tempfile::tempdir()?;
    let references = if name == "loaded-before" { References::LoadedBefore } else { References::Deferred };
    let builder = PayloadWriter::builder("acme", "key", CREATED_AT).references(references);
    let mut writer = builder.folder(folder.path()).await?;
    let transactions = (0..count).map(transaction);
    if name == "folder" {
        for number in 0..count / EACH {
            writer.push_json(Section::Properties, property(number).as_bytes()).await?;
        }
    }
    writer.extend(transactions).await?;
    if name == "properties-last" {
        for number in 0..count / EACH {
            writer.push_json(Section::Properties, property(number).as_bytes()).await?;
        }
    }
    let index = writer.index_bytes();
    let written = writer.finish().await?;
    let missing = if name == "loaded-before" { count } else { 0 };
    assert_eq!(written.report.warning_count(), missing);
    Ok((written.receipts.iter().map(qlower_client::PayloadFile::size).sum(), index))
}
