//! The S3 side: buckets on a second port, and the load of what arrives in them.

mod access;
mod arrival;
mod body;
mod bucket;
mod call;
mod complaint;
mod fault;
mod front;
mod list;
mod operations;
mod record;
mod settings;
mod state;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};

use self::access::Doorkeeper;
pub use self::fault::S3Fault;
use self::fault::Scripted;
use self::front::Front;
use self::operations::Operations;
pub use self::record::{ObjectState, OpenUpload, S3Load, S3Operation, S3Outcome, S3RequestRecord, StoredObject};
pub(super) use self::settings::Settings;
pub use self::settings::{RepeatedComplete, S3Permissions};
use self::state::Command;
pub(super) use self::state::{Control, State};
use super::server::{Served, accept, bind, converse, enlist};
use super::service::Ending;
use super::state::Shared;
use super::{Sandbox, SandboxError};

/// The S3 side (feature `sandbox-s3`).
///
/// On a second port of the same thread the sandbox is a small S3, in path style, with one bucket for each partner whose name
/// makes a bucket's name: `ql-loader-stg-{partner}`. It verifies signatures (version 4), checksums and lengths, knows conditional
/// writes (`If-None-Match: *`) and uploads in parts of at least 5 MiB but for the last, and lets nobody delete. Everything is held
/// in memory.
///
/// An object that arrives at a bucket's root is loaded a little later, exactly as if its bytes had come by REST, only that
/// `max_body_bytes` does not apply and that a payload of another partner is refused. It is then moved: into `success/` if every item
/// was loaded, into `failure/` if one was not or the file was refused as a whole. The date of processing (UTC) is put behind the stem
/// of the key: `loader-1738393200000-0a1b….json` becomes `success/loader-1738393200000-0a1b…-2025-02-01T08-00-01.json`. The
/// real form is not documented; look for the stem. [`Sandbox::loads`] counts these loads too.
///
/// # Example: a file that waits, and is then loaded
/// ```
/// # #[cfg(not(feature = "s3"))]
/// # fn main() {}
/// # #[cfg(feature = "s3")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
/// use qlower_client::sandbox::{ObjectState, Sandbox};
///
/// let sandbox = Sandbox::builder().partner("acme", "k-1").s3_hold_loads(true).start().await?;
/// let payload = r#"{"inigPtynm": "acme", "apiKey": "k-1", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
///   "transactions": [{"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"}]}"#;
///
/// let (id, secret) = (Sandbox::DEFAULT_ACCESS_KEY_ID, Sandbox::DEFAULT_SECRET_ACCESS_KEY);
/// let config = aws_sdk_s3::Config::builder()
///     .behavior_version(BehaviorVersion::v2026_01_12())
///     .endpoint_url(sandbox.s3_endpoint())
///     .force_path_style(true)
///     .region(Region::new("eu-west-1"))
///     .credentials_provider(Credentials::new(id, secret, None, None, "example"));
/// let client = aws_sdk_s3::Client::from_conf(config.build());
/// let put = client.put_object().bucket("ql-loader-stg-acme").key("loader-1.json");
/// put.body(payload.as_bytes().to_vec().into()).send().await?;
/// assert_eq!(sandbox.objects("acme")[0].state, ObjectState::Pending);
///
/// sandbox.hold_s3_loads(false);
/// while sandbox.s3_loads().is_empty() {
///     tokio::time::sleep(std::time::Duration::from_millis(5)).await;
/// }
/// assert!(sandbox.s3_loads()[0].moved_to.starts_with("success/loader-1-"));
/// assert_eq!(sandbox.loaded("acme").len(), 1);
/// # Ok(())
/// # }
/// ```
impl Sandbox {
    /// The access key id of the S3 side when none was named.
    pub const DEFAULT_ACCESS_KEY_ID: &'static str = "SANDBOX0ACCESS0KEY00";
    /// Its secret; it opens nothing but a sandbox.
    pub const DEFAULT_SECRET_ACCESS_KEY: &'static str = "sandbox/secret+access/key0000000000000000";
    /// The region of its buckets when none was named.
    pub const DEFAULT_REGION: &'static str = "eu-west-1";

    /// Base URL of the S3 side, such as `http://127.0.0.1:40124`, without a trailing slash.
    #[must_use]
    pub fn s3_endpoint(&self) -> String {
        format!("http://{}", self.server.s3_address())
    }

    /// Where the S3 side listens.
    #[must_use]
    pub const fn s3_address(&self) -> SocketAddr {
        self.server.s3_address()
    }

    /// The objects of a partner's bucket now, in the order of their keys. Empty for an unknown partner.
    #[must_use]
    pub fn objects(&self, partner: &str) -> Vec<StoredObject> {
        let objects = self.shared.state().s3.buckets.get(partner).map(|bucket| bucket.objects.clone());
        // Their hashes are computed without the lock.
        objects.unwrap_or_default().into_iter().map(|(key, object)| object.describe(key)).collect()
    }

    /// The bytes of one object.
    #[must_use]
    pub fn object_bytes(&self, partner: &str, key: &str) -> Option<Vec<u8>> {
        let content = {
            let state = self.shared.state();
            Arc::clone(&state.s3.buckets.get(partner)?.objects.get(key)?.content)
        };
        Some(content.in_one_piece().into_owned())
    }

    /// How many times each key of a partner's bucket was stored, by PutObject or CompleteMultipartUpload. A key that was stored
    /// once has no second copy.
    #[must_use]
    pub fn commits(&self, partner: &str) -> BTreeMap<String, u64> {
        let state = self.shared.state();
        state.s3.buckets.get(partner).map(|bucket| bucket.commits.clone()).unwrap_or_default()
    }

    /// The uploads of a partner's bucket that are neither complete nor given up.
    #[must_use]
    pub fn open_multipart_uploads(&self, partner: &str) -> Vec<OpenUpload> {
        let state = self.shared.state();
        state.s3.buckets.get(partner).map(bucket::Bucket::open_uploads).unwrap_or_default()
    }

    /// The loads of files that had arrived, in order; at most the last 10 000.
    #[must_use]
    pub fn s3_loads(&self) -> Vec<S3Load> {
        self.shared.state().s3.loads.iter().cloned().collect()
    }

    /// The requests to the S3 side so far, in the order in which they ended; at most the last 10 000.
    #[must_use]
    pub fn s3_requests(&self) -> Vec<S3RequestRecord> {
        self.shared.state().s3.requests.iter().cloned().collect()
    }

    /// Makes loads wait, or lets them go. One that has begun goes on.
    pub fn hold_s3_loads(&self, hold: bool) {
        self.shared.s3.hold.send_replace(hold);
    }

    /// Scripts a fault for the next request to the S3 side that it concerns. A request meets one fault: of those that concern
    /// it, the one that was scripted first.
    ///
    /// ```
    /// use qlower_client::sandbox::{S3Fault, Sandbox};
    ///
    /// let sandbox = Sandbox::builder().start_blocking()?;
    /// sandbox.fail_next_s3(S3Fault::ResetDuringPart { part_number: 2 });
    /// assert_eq!(sandbox.pending_s3_faults(), [S3Fault::ResetDuringPart { part_number: 2 }]);
    /// assert_eq!(sandbox.fired_s3(), []);
    /// # Ok::<(), qlower_client::sandbox::SandboxError>(())
    /// ```
    pub fn fail_next_s3(&self, fault: S3Fault) {
        self.fail_next_s3_n(fault, 1);
    }

    /// Scripts the same fault for `n` requests.
    pub fn fail_next_s3_n(&self, fault: S3Fault, n: usize) {
        let scripted = std::iter::repeat_n(Scripted { fault, on: None }, n);
        self.shared.state().s3.pending.extend(scripted);
    }

    /// Scripts a fault for the next request with this operation. One that never concerns the operation waits for ever.
    pub fn fail_next_s3_on(&self, operation: S3Operation, fault: S3Fault) {
        self.shared.state().s3.pending.push(Scripted { fault, on: Some(operation) });
    }

    /// The faults of the S3 side that have fired, in order.
    #[must_use]
    pub fn fired_s3(&self) -> Vec<S3Fault> {
        self.shared.state().s3.fired.clone()
    }

    /// The scripted faults of the S3 side that have not fired yet, in order.
    #[must_use]
    pub fn pending_s3_faults(&self) -> Vec<S3Fault> {
        self.shared.state().s3.pending.iter().map(|scripted| scripted.fault.clone()).collect()
    }

    /// Closes the port of the S3 side and resets its connections, until [`Sandbox::restore_s3`]. What it holds stays.
    pub fn vanish_s3(&self) {
        let (reply, replied) = std::sync::mpsc::sync_channel(1);
        if self.shared.s3.commands.send(Command::Vanish(Some(reply))).is_ok() {
            let _ = replied.recv();
        }
    }

    /// Opens the S3 side again, on the same port, after [`Sandbox::vanish_s3`] or [`S3Fault::Vanish`]. Does nothing if it is open.
    ///
    /// # Errors
    /// [`SandboxError`] if somebody else has taken the port.
    pub fn restore_s3(&self) -> Result<(), SandboxError> {
        let (reply, replied) = std::sync::mpsc::sync_channel(1);
        let gone = |_| io::Error::other("the sandbox has stopped");
        let restored = match self.shared.s3.commands.send(Command::Restore(reply)) {
            Ok(()) => replied.recv().unwrap_or_else(|error| Err(gone(error.to_string()))),
            Err(error) => Err(gone(error.to_string())),
        };
        restored.map_err(|error| SandboxError::new("its S3 port", error))
    }
}

/// Serves the S3 side, and loads what arrives there.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let Some(inbox) = shared.s3.take_inbox() else { return };
    let mut service = S3ServiceBuilder::new(Operations(Arc::clone(&shared)));
    service.set_auth(Doorkeeper(Arc::clone(&shared)));
    service.set_access(Doorkeeper(Arc::clone(&shared)));
    let loads = arrival::load_all(Arc::clone(&shared), inbox.arrivals);
    tokio::join!(loads, listen(listener, shared, service.build(), inbox.commands));
}

/// Takes connections whenever it is not told to be gone.
async fn listen(
    listener: TcpListener,
    shared: Arc<Shared>,
    operations: S3Service,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let Ok(address) = listener.local_addr() else { return };
    let places = Arc::new(Semaphore::new(shared.settings.max_connections));
    let gone = watch::Sender::new(());
    let serve = |stream| connection(stream, Arc::clone(&shared), operations.clone(), gone.subscribe());
    let mut open = Some(listener);
    loop {
        let accepted = async {
            match &open {
                Some(listener) => accept(listener, Arc::clone(&places), serve).await,
                None => std::future::pending().await,
            }
        };
        let command = tokio::select! {
            command = commands.recv() => command,
            () = accepted => None,
        };
        let (reply, done) = match command {
            None => return,
            Some(Command::Vanish(reply)) => {
                open = None;
                gone.send_replace(());
                (reply, Ok(()))
            }
            Some(Command::Restore(reply)) => {
                let restored = match open {
                    Some(_) => Ok(()),
                    None => {
                        bind(address).and_then(|(listener, _)| enlist(listener)).map(|listener| open = Some(listener))
                    }
                };
                (Some(reply), restored)
            }
        };
        if let Some(reply) = reply {
            let _ = reply.send(done);
        }
    }
}

async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    operations: S3Service,
    mut gone: watch::Receiver<()>,
) -> io::Result<()> {
    let patience = shared.settings.read_timeout;
    let (ending, mut ended) = mpsc::channel(1);
    let front = Front { shared, operations, ending };
    let serve = move |request: Request<Incoming>| -> Served<_> { Box::pin(front.clone().serve(request)) };
    let ended = async {
        tokio::select! {
            ending = ended.recv() => ending,
            _ = gone.changed() => Some(Ending::Reset),
        }
    };
    converse(stream, patience, serve, ended).await
}
