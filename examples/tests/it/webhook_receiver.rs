//! The example that takes webhooks, run as a program, told of orders by a sandbox, and killed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use qlower_client::sandbox::{Coverage, DeliveryState, Order, Sandbox, WebhookTarget};
use rusqlite::Connection;

use super::program::{Folder, Program, path};

const SECRET: &str = "whsec_s3cr3t_0815";

struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    url: String,
}

impl Running {
    fn start(database: &Path) -> Self {
        let mut command = Command::new(path("webhook_receiver"));
        command.args(["--listen", "127.0.0.1:0", "--database"]).arg(database);
        command.env("QLOWER_WEBHOOK_SECRET", format!("whsec_old, {SECRET}"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, output, url }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    fn kill(self) {
        assert_eq!(self.end(), "", "nothing went wrong");
    }

    /// As a power cut would: no signal that it could wait for. Gives what it had to say of what went wrong.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (mut rest, mut errors) = (String::new(), String::new());
        self.output.read_to_string(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(rest, "", "no further order");
        errors
    }
}

fn sandbox(url: &str) -> Sandbox {
    let target = WebhookTarget::new(url).secret(SECRET);
    Sandbox::builder().webhook(target).webhook_speed(3600.0).start_blocking().unwrap()
}

/// Waits until everything is delivered or given up: the status of each last answer.
fn settled(sandbox: &Sandbox) -> Vec<DeliveryState> {
    let deliveries = sandbox.wait_for_deliveries_blocking(Duration::from_secs(20)).unwrap();
    deliveries.into_iter().map(|delivery| delivery.state).collect()
}

fn count(database: &Path, table: &str) -> i64 {
    let connection = Connection::open(database).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
}

#[test]
fn each_order_is_recorded_once_however_often_it_is_sent_and_whenever_it_is_killed() {
    let folder = Folder::new();
    let database = folder.path("orders.sqlite");
    let mut receiver = Running::start(&database);
    let sandbox = sandbox(&receiver.url);
    sandbox.emit_ping().unwrap();
    let order = Order::created().order_id(3051).event_id("evt_first").duplicates(2);
    let coverage = [Coverage::new_property("Studio").year(2025), Coverage::new_property("Garage").year(2026)];
    sandbox.emit_order(coverage.into_iter().fold(order, Order::covers)).unwrap();
    assert_eq!(
        receiver.line(),
        "order 3051: 315.0 EUR, fiscal years: 2, new properties: 2 [order.created evt_first]\n"
    );
    let states = settled(&sandbox);
    assert!(states.len() >= 2 && states.iter().all(|state| *state == DeliveryState::Delivered), "{states:?}");
    receiver.kill();
    assert_eq!((count(&database, "orders"), count(&database, "coverage")), (1, 2));

    // Another process, the same database: what is sent again is known.
    let mut receiver = Running::start(&database);
    sandbox.set_webhook(WebhookTarget::new(&receiver.url).secret(SECRET)).unwrap();
    sandbox.emit_order(Order::renewed().order_id(3051).event_id("evt_first")).unwrap();
    settled(&sandbox);
    sandbox
        .emit_order(Order::renewed().order_id(3052).event_id("evt_second").covers(Coverage::new_property("Loft")))
        .unwrap();
    assert_eq!(
        receiver.line(),
        "order 3052: 315.0 EUR, fiscal years: 1, new properties: 1 [order.renewed evt_second]\n"
    );
    settled(&sandbox);
    receiver.kill();
    assert_eq!((count(&database, "orders"), count(&database, "coverage")), (2, 3));
}

#[test]
fn what_is_not_signed_by_the_secret_is_not_recorded() {
    let folder = Folder::new();
    let database = folder.path("orders.sqlite");
    let receiver = Running::start(&database);
    let sandbox = Sandbox::builder().webhook(WebhookTarget::new(&receiver.url).secret("whsec_other"));
    let sandbox = sandbox.webhook_speed(3600.0).start_blocking().unwrap();
    sandbox.emit_order(Order::created()).unwrap();
    assert_eq!(settled(&sandbox), [DeliveryState::Refused(401)]);
    let said = receiver.end();
    assert!(said.contains("refused") && said.contains("mismatch") && !said.contains(SECRET), "{said}");
    assert_eq!(count(&database, "orders"), 0);
}

#[test]
fn what_cannot_be_used_is_said() {
    let folder = Folder::new();
    let nowhere = folder.path("no/such/folder/orders.sqlite");
    let nowhere = nowhere.to_str().unwrap();
    let good = folder.path("orders.sqlite");
    let good = good.to_str().unwrap();
    for (secret, args, said) in [
        (SECRET, vec![], "no database was named"),
        (" , ", vec!["--database", good], "no secret to verify webhooks with was given, or only empty ones"),
        (SECRET, vec!["--database", nowhere], "no/such/folder/orders.sqlite"),
        (SECRET, vec!["--database", good, "--listen", "nowhere"], "nowhere"),
        (SECRET, vec!["--database", good, "--listen", "192.0.2.1:80"], "192.0.2.1:80: "),
    ] {
        let run = Program::new("webhook_receiver").args(args).env("QLOWER_WEBHOOK_SECRET", secret).run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
        assert!(run.stderr.starts_with("webhook_receiver: ") && run.stderr.contains(said), "{said}: {run:?}");
        assert!(!run.stderr.contains(SECRET), "{run:?}");
    }
    let run = Program::new("webhook_receiver").arg("--help").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}
