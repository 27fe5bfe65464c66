//! Writes a payload of about so many bytes into a folder, the same every time, as a batch of one file. Prints the file's path.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

#[expect(dead_code, reason = "what other programs make of it")]
#[path = "../../../qlower-core/benches/support/mod.rs"]
mod sample;

use std::error::Error;
use std::process::ExitCode;

use qlower_client::{CheckOptions, PayloadWriter};
use sample::{References, TODAY, payload};

fn main() -> ExitCode {
    match run() {
        Ok(path) => println!("{path}"),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run() -> Result<String, Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [size, folder] = args.as_slice() else { return Err("usage: upload-payload BYTES FOLDER".into()) };
    let payload = payload(size.parse()?, 1, References::Resolved);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let builder = PayloadWriter::builder(payload.partner, payload.api_key, payload.created_at);
        let options = CheckOptions::on(TODAY);
        let mut writer = builder.max_bytes(u64::MAX).check_options(options).folder(folder).await?;
        writer.extend(payload.declarants).await?;
        writer.extend(payload.properties).await?;
        writer.extend(payload.transactions).await?;
        writer.extend(payload.documents).await?;
        let written = writer.finish().await?;
        let [file] = written.receipts.as_slice() else { return Err("this is not one file".into()) };
        Ok(file.path().display().to_string())
    })
}
