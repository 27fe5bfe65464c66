//! One upload with the AWS SDK for Rust as it comes: the whole file read, then one put.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

use std::error::Error;
use std::process::ExitCode;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;

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
    let [endpoint, bucket, key, file] = args.as_slice() else {
        return Err("usage: upload-plain ENDPOINT BUCKET KEY FILE".into());
    };
    let credentials =
        Credentials::new(std::env::var("AWS_ACCESS_KEY_ID")?, std::env::var("AWS_SECRET_ACCESS_KEY")?, None, None, "");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(std::env::var("AWS_REGION")?))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .force_path_style(true)
        .build();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let client = aws_sdk_s3::Client::from_conf(config);
        let body = ByteStream::from(std::fs::read(file)?);
        let put = client.put_object().bucket(bucket).key(key).content_type("application/json").body(body);
        put.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        Ok(format!("{bucket}/{key}"))
    })
}
