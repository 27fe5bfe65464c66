//! One delivery of the files of a folder to one of the servers, to be timed from outside.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use qlower_client::ftp::{self, Destination, Outgoing, Protocol, Variables};

type AnyError = Box<dyn Error + Send + Sync>;

const USAGE: &str = "deliver-load PROTOCOL PORT USER TRUST REMOTE FOLDER\n\
    TRUST is a file of certificates or the fingerprint of a host key; the password is in DELIVER_LOAD_PASSWORD";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [protocol, port, user, trust, remote, folder] = &*arguments else { return Err(USAGE.into()) };
    let protocol: Protocol = protocol.parse()?;
    let builder = Destination::builder(protocol, "127.0.0.1")
        .port(port.parse()?)
        .user(user)
        .password(std::env::var("DELIVER_LOAD_PASSWORD")?)
        .directory(remote);
    let builder = match protocol {
        Protocol::Sftp => builder.host_key(trust),
        Protocol::Ftp => builder,
        _ => builder.ca_bundle_file(trust),
    };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let files: Vec<_> = paths.into_iter().map(Outgoing::file).collect();
    let receipt = ftp::deliver(&builder.build()?, &files, &Variables::default()).await?;
    println!("{} files, {} attempts, {:.3} s", receipt.files.len(), receipt.attempts, receipt.duration.as_secs_f64());
    if let Some(memory) = memory() {
        println!("memory at most: {memory} KiB");
    }
    Ok(())
}

/// The most memory that the process ever had, in KiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
