//! Takes Qlower's order webhooks, and records each order once in a SQLite database.
//!
//! ```sh
//! QLOWER_WEBHOOK_SECRET=whsec_… cargo run --example webhook_receiver -- --listen 127.0.0.1:8080 --database orders.sqlite
//! ```
//!
//! The event's id is recorded in the transaction that records the order. So it may be killed at any moment: an order is there as a
//! whole or not at all, and Qlower sends again what was not answered. Put it behind a proxy that ends TLS. `--help` has the
//! options and exit codes.

#[path = "webhook_receiver/options.rs"]
mod options;
#[path = "webhook_receiver/orders.rs"]
mod orders;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use qlower_client::receiver::{HandlerError, Qlower, Receiver, serve};
use qlower_client::webhook::{Event, Verifier};
use tokio::net::TcpListener;

use options::Options;
use orders::Orders;

const UNUSABLE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match options::read() {
        Ok(Some(options)) => run(options).await,
        Ok(None) => {
            say(options::HELP.trim_end());
            Ok(())
        }
        Err(error) => Err(format!("{error}; see webhook_receiver --help").into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "webhook_receiver: {problem}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Until it is killed.
async fn run(options: Options) -> Result<(), HandlerError> {
    // What was refused, and why; what failed.
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(tracing::Level::WARN).with_ansi(false).init();
    let orders = Arc::new(Orders::open(&options.database)?);
    let receiver = Receiver::builder(Qlower::new(Verifier::signed_by(options.secrets)))
        .handler(move |event: Event| {
            let orders = Arc::clone(&orders);
            // The database waits for the disk.
            async move { tokio::task::spawn_blocking(move || record(&orders, &event)).await? }
        })
        .own_transaction()
        .build()?;
    let app = Router::new().route("/health", get(|| async { "ok" })).merge(receiver.router("/webhooks/qlower"));
    let listener = TcpListener::bind(options.listen).await.map_err(|error| format!("{}: {error}", options.listen))?;
    say(format_args!("listening on http://{}/webhooks/qlower", listener.local_addr()?));
    serve(listener, app, std::future::pending()).await;
    Ok(())
}

/// What fails here is sent again.
fn record(orders: &Orders, event: &Event) -> Result<(), HandlerError> {
    let Some(order) = event.order() else {
        say(format_args!("nothing to do for {}", event.event_type()));
        return Ok(());
    };
    if orders.record(event.event_type(), order)? {
        let (number, paid, currency) = (order.order_id, order.order.total_amount, &order.order.currency);
        let (years, new) = (order.coverage().len(), order.new_properties().len());
        let (kind, id) = (event.event_type(), &order.event_id);
        say(format_args!(
            "order {number}: {paid} {currency}, fiscal years: {years}, new properties: {new} [{kind} {id}]"
        ));
    }
    Ok(())
}

/// Writes a line. Nothing depends on whether anybody reads it.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
