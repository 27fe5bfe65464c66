//! An S3 store that counts bytes and throws them away, so that a client is measured and not a disk.
//!
//! It listens on a free port of 127.0.0.1, prints its URL, and ends when its standard input does. It knows what uploads
//! need: `PutObject`, the four requests of an upload in parts, `HeadObject` (with the size that really came) and
//! `DeleteObject`. It looks at no signature and no checksum.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

#[path = "sink/objects.rs"]
mod objects;
#[path = "sink/request.rs"]
mod request;

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;

use objects::{Answer, Objects};
use request::Head;

/// Fits into the caches of common processors, and takes few calls.
const BUFFER: usize = 256 * 1024;
/// The longest body that is an order and no content: the list of 10 000 parts.
const LONGEST_ORDER: usize = 4 * 1024 * 1024;

fn main() -> ExitCode {
    match listen() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("http://{}", listener.local_addr()?);
    io::stdout().flush()?;
    let objects = Arc::new(Objects::default());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let objects = Arc::clone(&objects);
            std::thread::spawn(move || {
                if let Err(error) = serve(&stream, &objects)
                    && error.kind() != io::ErrorKind::ConnectionReset
                {
                    eprintln!("sink: a connection ends: {error}");
                }
            });
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// Answers one request after the other.
fn serve(stream: &TcpStream, objects: &Objects) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(BUFFER, stream);
    while let Some(head) = Head::read(&mut reader)? {
        if head.waits_for_permission() {
            (&mut &*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let mut order = Vec::new();
        let kept = if head.method == "POST" { LONGEST_ORDER } else { 0 };
        let size = head.read_body(&mut reader, &mut order, kept)?;
        let answer = objects.answer(&head, size, &order);
        (&mut &*stream).write_all(&bytes(&head, &answer))?;
    }
    Ok(())
}

fn bytes(head: &Head, answer: &Answer) -> Vec<u8> {
    let (status, length) = (answer.status, answer.length.unwrap_or(answer.body.len() as u64));
    let mut text = format!("HTTP/1.1 {status} S\r\nContent-Length: {length}\r\nContent-Type: application/xml\r\n");
    if let Some(tag) = &answer.tag {
        text.push_str(&format!("ETag: \"{tag}\"\r\n"));
    }
    text.push_str("\r\n");
    if head.method != "HEAD" {
        text.push_str(&answer.body);
    }
    text.into_bytes()
}
