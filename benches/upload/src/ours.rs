//! One upload with the Qlower partner SDK: of a file that a writer has checked, or of a text, which is checked first.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

use std::error::Error;
use std::process::ExitCode;

use qlower_client::{Batch, Client, Environment, check_text};

fn main() -> ExitCode {
    match run() {
        Ok(object) => println!("{object}"),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run() -> Result<String, Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [how, endpoint, place] = args.as_slice() else {
        return Err("usage: upload-ours batch|text ENDPOINT FOLDER|FILE".into());
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let client = Client::builder(Environment::Staging).env()?.s3_endpoint(endpoint).build()?;
        let receipt = match how.as_str() {
            "batch" => {
                let batch = Batch::open(place).await?;
                let [file] = batch.files() else { return Err("this is no batch of one file".into()) };
                client.upload(file).await?
            }
            _ => {
                let checked = check_text(std::fs::read(place)?).into_result()?;
                client.upload(&checked).await?
            }
        };
        Ok(format!("{}/{}", receipt.bucket(), receipt.key()))
    })
}
