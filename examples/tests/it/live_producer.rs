//! The example that gives out live readings, run as a program and read over a socket.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

use qlower_client::live::{Form, Unit, read};

use super::program::{Folder, Program, path};

const KEY: &str = "k-s3cr3t-0815";

struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start(file: &Path, key: Option<&str>, args: &[&str]) -> Self {
        let mut command = Command::new(path("live_producer"));
        command.args(["--listen", "127.0.0.1:0", "--file"]).arg(file).args(args);
        command.env_remove("QLOWER_LIVE_KEY");
        if let Some(key) = key {
            command.env("QLOWER_LIVE_KEY", key);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, output, address: String::new() };
        let line = running.line();
        let address = line.trim().strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix("/power"));
        running.address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        running
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    /// Status, head and body.
    fn get(&self, lines: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let request = format!("GET /power HTTP/1.1\r\nhost: plant\r\nconnection: close\r\n{lines}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
    }

    /// What it had to say of what went wrong.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        errors
    }
}

/// Longer than a value is given out again.
fn until_asked_anew() {
    std::thread::sleep(Duration::from_millis(1100));
}

#[test]
fn the_value_in_the_file_is_given_out_and_none_when_it_is_old_or_no_number() {
    let folder = Folder::new();
    let file = folder.file("power.txt", "42.5\n");
    let mut plant = Running::start(&file, None, &["--unit", "MW", "--form", "with_metadata"]);
    assert_eq!(plant.line(), "path to the value: data.power.value, unit: MW, authentication: none\n");

    let (status, head, body) = plant.get("origin: https://quelia.fr\r\n");
    assert!(status == 200 && head.contains("access-control-allow-origin: https://quelia.fr"), "{head}");
    let found = read(body.as_bytes(), &Form::WithMetadata.path()).unwrap();
    assert_eq!((found.value, found.unit), (42.5, Some(Unit::Megawatt)));
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    let written = written.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(found.timestamp.unwrap().timestamp(), i64::try_from(written).unwrap());

    for (content, said) in
        [("-0.25", None), ("42,5", Some("holds no number")), ("", Some("holds no number")), ("NaN", None)]
    {
        fs::write(&file, content).unwrap();
        until_asked_anew();
        let (status, _, body) = plant.get("");
        let value = read(body.as_bytes(), &Form::WithMetadata.path()).ok().map(|found| found.value);
        match content {
            "-0.25" => assert_eq!((status, value), (200, Some(-0.25))),
            _ => assert_eq!((status, value), (503, None), "{content}: {said:?}"),
        }
    }
    fs::write(&file, "1").unwrap();
    File::options().write(true).open(&file).unwrap().set_modified(SystemTime::now() - Duration::from_secs(90)).unwrap();
    until_asked_anew();
    assert_eq!(plant.get("").0, 503);
    fs::remove_file(&file).unwrap();
    until_asked_anew();
    assert_eq!(plant.get("").0, 503);
    let said = plant.end();
    for reason in ["holds no number", "was last written 9", "not_finite", "power.txt"] {
        assert!(said.contains(reason), "{reason}: {said}");
    }
}

#[test]
fn only_who_sends_the_key_may_read_where_there_is_one() {
    let folder = Folder::new();
    let file = folder.file("power.txt", "15.8");
    let mut plant = Running::start(&file, Some(KEY), &[]);
    assert_eq!(plant.line(), "path to the value: current_power, unit: kW, authentication: key in X-API-Key\n");
    let (status, _, body) = plant.get(&format!("x-api-key: {KEY}\r\n"));
    assert_eq!((status, &*body), (200, r#"{"current_power":15.8}"#));
    assert_eq!(plant.get("").0, 401);
    assert_eq!(plant.get(&format!("x-api-key: {KEY}x\r\n")).0, 401);
    let said = plant.end();
    assert!(said.contains("wrong_credentials") && !said.contains("s3cr3t"), "{said}");
}

#[test]
fn what_cannot_be_used_is_said() {
    let folder = Folder::new();
    let file = folder.file("power.txt", "1");
    let file = file.to_str().unwrap();
    for (key, args, said) in [
        (KEY, vec![], "no file was named"),
        (KEY, vec!["--file", file, "--form", "xml"], "there is no form \"xml\""),
        (KEY, vec!["--file", file, "--origin", "https://carte.example/"], "write \"https://carte.example\""),
        (KEY, vec!["--file", file, "--unit", " "], "the unit is empty"),
        (KEY, vec!["--file", file, "--listen", "nowhere"], "nowhere"),
        ("", vec!["--file", file], "access by api_key: there is no secret"),
    ] {
        let run = Program::new("live_producer").args(args).env("QLOWER_LIVE_KEY", key).run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
        assert!(run.stderr.starts_with("live_producer: ") && run.stderr.contains(said), "{said}: {run:?}");
        assert!(!run.stderr.contains("s3cr3t"), "{run:?}");
    }
    let run = Program::new("live_producer").arg("--help").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}
