//! A bare HTTP client over a blocking socket, so that the tests see what the wire carries.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of tests: a missing value is a failed test"
)]

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use qlower_client::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const PATH: &str = "/api/third_party/loader";

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// A connection that gives up after ten seconds of silence.
pub(crate) fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// A request with its content length.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nhost: sandbox\r\n{headers}content-length: {}\r\n\r\n", body.len())
            .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Sends bytes and reads one response.
pub(crate) fn exchange(stream: &mut TcpStream, request: &[u8]) -> io::Result<Response> {
    stream.write_all(request)?;
    receive(stream, request.starts_with(b"HEAD"))
}

/// Reads one response; `UnexpectedEof` if the connection ends before it does.
pub(crate) fn receive(stream: &mut TcpStream, head_only: bool) -> io::Result<Response> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut response = Response { status, head, body: Vec::new() };
    let length: usize = response.header("content-length").unwrap().parse().unwrap();
    if !head_only {
        response.body.resize(length, 0);
        stream.read_exact(&mut response.body)?;
    }
    Ok(response)
}

/// Posts a load on a connection of its own.
pub(crate) fn post(sandbox: &Sandbox, body: impl AsRef<[u8]>) -> io::Result<Response> {
    exchange(&mut connect(sandbox), &request("POST", PATH, "content-type: application/json\r\n", body.as_ref()))
}

/// Posts a load that is answered with JSON: its status and body.
pub(crate) fn load(sandbox: &Sandbox, payload: &Value) -> (u16, Value) {
    let response = post(sandbox, payload.to_string()).unwrap();
    (response.status, response.json())
}

/// What a client sees that waits for an answer in vain.
pub(crate) fn failure(sandbox: &Sandbox, payload: &Value) -> ErrorKind {
    post(sandbox, payload.to_string()).unwrap_err().kind()
}

/// Status, successes, failures.
pub(crate) fn counts((status, body): &(u16, Value)) -> (u16, &str, u64, u64) {
    let number = |key: &str| body[key].as_u64().unwrap();
    assert_eq!(number("total_count"), number("success_count") + number("failed_count"));
    let sum = |key: &str| {
        body["combined_result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["item"][key].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((sum("success"), sum("error")), (number("success_count"), number("failed_count")));
    assert_eq!(body["errors"].as_array().unwrap().len() as u64, number("failed_count"));
    (*status, body["status"].as_str().unwrap(), number("success_count"), number("failed_count"))
}

/// Model, id and sentence of each error.
pub(crate) fn errors(body: &Value) -> Vec<(&str, Option<&str>, &str)> {
    let lines = body["errors"].as_array().unwrap().iter();
    lines
        .inspect(|line| assert_eq!(line["type"], "ValidationError"))
        .map(|line| (line["model"].as_str().unwrap(), line["id"].as_str(), line["error"].as_str().unwrap()))
        .collect()
}
