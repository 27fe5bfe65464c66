use std::net::TcpListener;

use super::program::{Folder, Program, Run};

const VIN: &str = "VF1AB000123456789";

fn deliver(options: &[&str], fleet: &str) -> Run {
    let folder = Folder::new();
    let fleet = folder.file("fleet.toml", fleet);
    let (front, back) = (folder.file("front.jpg", "1"), folder.file("back.jpg", "22"));
    let program = Program::new("fleet_delivery").env("GARAGE_FTP_PASSWORD", "s3cr3t-of-the-garage");
    let run = program.args(["--vin", VIN]).args(options).args([fleet, front, back]).run();
    assert!(!format!("{run:?}").contains("s3cr3t"), "{run:?}");
    run
}

fn fleet(port: u16) -> String {
    format!(
        r#"
[defaults]
protocol = "ftp"
host = "127.0.0.1"
port = {port}
file = "{{vin:lower}}_{{n:02}}.{{ext}}"
retry = {{ max_attempts = 1 }}

[customers.garage]
user = "dms"
password_env = "GARAGE_FTP_PASSWORD"
archive = "{{vin}}.zip"

[users.bob]
user = "bob"
password_env = "NO_SUCH_VARIABLE_IS_SET"

[users.eve]
user = "eve"
password = "s3cr3t"
variables = {{ site = "lyon" }}
directory = "{{site}}"
"#
    )
}

/// A port at which nobody listens.
fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_plan_tells_the_names_on_each_server_and_connects_to_none() {
    let run = deliver(&["--plan", "--to", "garage/alice", "--to", "eve"], &fleet(1));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(
        run.stdout,
        "garage/alice\n  VF1AB000123456789.zip\n    vf1ab000123456789_01.jpg\n    vf1ab000123456789_02.jpg\n\
         eve\n  lyon/vf1ab000123456789_01.jpg\n  lyon/vf1ab000123456789_02.jpg\n"
    );
}

#[test]
fn what_cannot_be_used_is_told_and_stops_no_other() {
    let run = deliver(&["--plan", "--to", "bob", "--to", "garge", "--to", "eve"], &fleet(1));
    assert_eq!((run.code, run.stderr.as_str()), (2, ""), "{}", run.stdout);
    for part in ["bob: not usable: line 16, [users.bob] password_env: ", "garge: the fleet has no such", "eve\n"] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
}

#[test]
fn a_server_that_is_not_there_ends_with_1_and_is_told() {
    let run = deliver(&["--to", "garage", "--to", "eve"], &fleet(closed()));
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    assert!(run.stdout.contains("no connection") && run.stdout.contains("garage"), "{}", run.stdout);

    // Without --to it is for all, and who cannot be served is named.
    let run = deliver(&[], &fleet(closed()));
    assert_eq!((run.code, run.stderr.lines().count()), (1, 1), "{}", run.stderr);
    assert!(run.stderr.starts_with("fleet_delivery: left out: line 16, [users.bob] password_env: "), "{}", run.stderr);

    let run = deliver(&["--json", "--to", "eve"], &fleet(closed()));
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, json["destinations"][0]["name"].as_str()), (1, Some("eve")), "{json}");
}

#[test]
fn a_fleet_that_cannot_be_read_ends_with_2_and_names_the_line() {
    let run = deliver(&[], "[users.bob]\nhots = \"ftp.example\"\n");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("line 2") && run.stderr.contains("\"host\""), "{}", run.stderr);
}
