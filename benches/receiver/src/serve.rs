//! The receiver: a process that is killed.

use std::path::Path;
use std::time::Duration;

use qlower_client::receiver::{Qlower, Receiver, Spool, SpoolBuilder, SqliteStore, serve as serve_until};
use qlower_client::webhook::{Event, Verifier};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::effects::Effects;
use crate::{AnyError, Broken, Way};

pub(crate) const SECRET: &str = "whsec_of_the_load";
pub(crate) const PATH: &str = "/webhooks/qlower";
/// A claim of a killed process holds so long.
const LEASE: Duration = Duration::from_secs(3);
const HANDLING_TIMEOUT: Duration = Duration::from_secs(2);

pub(crate) fn spool(folder: &Path) -> SpoolBuilder<Qlower> {
    Spool::builder(folder.join("spool.sqlite"), source()).base_delay(Duration::from_millis(20)).concurrency(64)
}

fn source() -> Qlower {
    Qlower::new(Verifier::signed_by([SECRET]))
}

/// Until whoever has started it is gone, if it is not killed before. Its first line is its port.
pub(crate) async fn serve(way: Way, folder: &Path, broken: Broken) -> Result<(), AnyError> {
    let effects = Effects::open(folder, broken)?;
    let handler = move |event: Event| effects.clone().handle(event);
    let receiver = match way {
        Way::Direct => {
            let store = SqliteStore::open(folder.join("handled.sqlite")).await?;
            let builder = Receiver::builder(source()).handler(handler).store(store);
            builder.handling_timeout(HANDLING_TIMEOUT).lease(LEASE).build()?
        }
        Way::Spool => {
            let spool = spool(folder).start(handler).await?;
            Receiver::builder(source()).intake(spool).build()?
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let orphaned = async {
        let _ = tokio::io::stdin().read(&mut [0]).await;
    };
    serve_until(listener, receiver.router(PATH), orphaned).await;
    Ok(())
}
