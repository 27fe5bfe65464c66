//! Uploading by S3.

mod batch;
mod connector;
mod judge;
mod multipart;
mod settings;
mod sink;
mod source;
mod status;
mod store;
mod upload;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::time::Instant;
use tracing::Instrument;

use crate::attempts::{Achieved, attempts};
use crate::client::{Client, Parts};
use crate::error::{ConfigError, Error};
use crate::failure::{Failure, Route};
use crate::http::Setup;
use crate::receipt::{Certainty, Object, Receipt};
use connector::Connector;
use judge::Reason;
pub(crate) use settings::Settings;
pub use sink::S3Sink;
pub(crate) use source::Content;
pub use status::UploadStatus;
pub(crate) use store::Store;
use store::{Attempt, Place};
pub(crate) use upload::Cargo;
pub use upload::{Upload, UploadProgress};

/// Uploads by S3 (feature `s3`).
impl Client {
    /// Uploads a payload, or a file that holds one, to the partner's bucket.
    ///
    /// The object's arrival starts a load on Qlower's side; [`upload_status`](Self::upload_status) tells what came of it.
    ///
    /// Small payloads are put in one request, larger ones in parts
    /// ([`s3_multipart_threshold`](crate::ClientBuilder::s3_multipart_threshold)). Every request is tried again as the
    /// [`RetryPolicy`](crate::RetryPolicy) says. The key is [that of the payload](qlower_core::address::object_key), which has
    /// the hash of its content in it, and the object is made only if there is none with this key, where the store knows such
    /// conditions. So nothing is overwritten, and nothing but permission to put is needed: when the answer to a try is lost,
    /// the next one learns that the object is there, and so does an upload of the same payload by a later run
    /// ([`Receipt::already_there`]).
    ///
    /// Dropping the future stops the upload. Of one in parts, a task of the runtime then tells the store to forget the parts,
    /// as happens after every failure.
    ///
    /// # Errors
    /// [`Error`], which tells by [`certainty`](Error::certainty) whether the object may be there all the same. A
    /// [`StoreError`](crate::error::StoreError) tells what to do about a refusal. Nothing leaves if credentials are missing, if
    /// the partner's name makes no name of a bucket, or if the payload is another partner's.
    ///
    /// # Example: to a sandbox
    #[cfg_attr(all(feature = "sandbox-s3"), doc = "```")]
    #[cfg_attr(not(feature = "sandbox-s3"), doc = "```ignore")]
    /// use qlower_client::sandbox::Sandbox;
    /// use qlower_client::{Client, check_text};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::builder().partner("acme", "k-1").start().await?;
    /// let client = Client::builder(sandbox.environment())
    ///     .s3_endpoint(sandbox.s3_endpoint())
    ///     .access_key_id(Sandbox::DEFAULT_ACCESS_KEY_ID)
    ///     .secret_access_key(Sandbox::DEFAULT_SECRET_ACCESS_KEY)
    ///     .build()?;
    ///
    /// let text = r#"{"inigPtynm": "acme", "apiKey": "k-1", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
    ///   "transactions": [{"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"}]}"#;
    /// let receipt = client.upload(&check_text(text).into_result()?).await?;
    /// assert_eq!(receipt.bucket(), "ql-loader-stg-acme");
    /// assert!(receipt.key().starts_with("loader-1738393200000-"));
    /// assert!(!receipt.already_there());
    ///
    /// let again = client.upload(&check_text(text).into_result()?).await?;
    /// assert_eq!(again.key(), receipt.key());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn upload<'a>(&self, upload: impl Into<Upload<'a>>) -> Result<Receipt<Object>, Error> {
        let upload = upload.into();
        self.guard_header(upload.partner(), upload.api_key())?;
        let progress = upload.progress();
        let cargo = upload.cargo()?;
        self.deliver(cargo, progress).await
    }

    /// Uploads what is known to be this client's to upload.
    ///
    /// The future is boxed: it is deep enough for the compiler to give up on programs that wrap it a few times.
    pub(crate) fn deliver<'f>(
        &'f self,
        cargo: Cargo,
        progress: Option<&'f (dyn Fn(UploadProgress) + Send + Sync)>,
    ) -> Boxed<'f, Receipt<Object>> {
        Box::pin(async move {
            let bucket = self.bucket(&cargo.partner)?;
            let span = tracing::info_span!(
                "qlower.upload",
                bucket = %bucket,
                key = %cargo.key,
                bytes = cargo.size,
                sha256 = %cargo.sha256_hex,
            );
            self.0.upload(bucket, cargo, progress).instrument(span).await
        })
    }

    pub(crate) fn bucket(&self, partner: &str) -> Result<String, Error> {
        let bucket = self.0.environment.bucket(partner);
        bucket.map_err(|error| Error::local(ConfigError::new("partner", error.to_string())))
    }
}

pub(crate) type Boxed<'f, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'f>>;

/// An object that is there now.
struct Stored {
    etag: Option<String>,
    already_there: bool,
}

impl Parts {
    /// The store, set up when it is first needed.
    async fn store(&self) -> Result<&Store, Error> {
        let store = self.store.get_or_try_init(|| async { self.connect() }).await;
        store.map_err(Error::local)
    }

    fn connect(&self) -> Result<Store, ConfigError> {
        let target = self.s3.target(&self.environment)?;
        let http = Setup {
            target: &target,
            connect_timeout: self.route.connect_timeout,
            user_agent: &self.user_agent,
            ca_bundle: self.ca_bundle.as_ref(),
            proxy: self.proxy.as_ref(),
        }
        .build()?;
        let route = Route::new(&target, self.proxy.is_some(), self.route.timeout, self.route.connect_timeout);
        let connector = Connector { http, route: Arc::new(route), max_reply_bytes: self.max_reply_bytes };
        Store::new(&self.s3, &self.environment, connector)
    }

    async fn upload(
        &self,
        bucket: String,
        cargo: Cargo,
        progress: Option<&(dyn Fn(UploadProgress) + Send + Sync)>,
    ) -> Result<Receipt<Object>, Error> {
        let store = self.store().await?;
        let place = Place { bucket, key: cargo.key.clone() };
        if cargo.resume
            && let Some(found) = self.find(&place).await?
        {
            return Ok(receipt(found, place, cargo));
        }
        let tell = |done: u64| {
            if let Some(progress) = progress {
                progress(UploadProgress { done, total: cargo.size });
            }
        };
        tell(0);
        let stored = if cargo.size < self.s3.multipart_threshold {
            let whole = usize::try_from(cargo.size).unwrap_or(usize::MAX);
            let (reader, bytes) = source::Reader::new(cargo.content.clone(), cargo.size).next(whole).await?;
            reader.finish(&cargo.sha256)?;
            let stored = self.in_one(store, &place, bytes, &cargo).await?;
            tell(cargo.size);
            stored
        } else {
            self.in_parts(store, &place, &cargo, &tell).await?
        };
        tracing::info!(attempt = stored.attempts, already_there = stored.value.already_there, "uploaded");
        Ok(receipt(stored, place, cargo))
    }

    /// What an earlier upload of the same object has come to, if that can be told.
    async fn find(&self, place: &Place) -> Result<Option<Achieved<Stored>>, Error> {
        let start = Instant::now();
        let status = self.status(&place.bucket, &place.key).await?;
        let there = status.is_final() || status == UploadStatus::Pending;
        tracing::info!(%status, "looked for an earlier upload");
        Ok(there.then(|| Achieved {
            value: Stored { etag: None, already_there: true },
            attempts: 1,
            duration: start.elapsed(),
            before: Certainty::NotProcessed,
        }))
    }

    async fn in_one(
        &self,
        store: &Store,
        place: &Place,
        bytes: Bytes,
        cargo: &Cargo,
    ) -> Result<Achieved<Stored>, Error> {
        let conditional = AtomicBool::new(true);
        attempts(&self.retry, |so_far| {
            let put = |condition| store.put(place, bytes.clone(), &cargo.sha256_hex, condition);
            commit(put, &conditional, cargo.key_has_hash, so_far)
        })
        .await
    }
}

fn receipt(stored: Achieved<Stored>, place: Place, cargo: Cargo) -> Receipt<Object> {
    let Achieved { value, attempts, duration, before } = stored;
    Receipt {
        certainty: Certainty::Processed,
        attempts,
        duration,
        payload_sha256: cargo.sha256_hex,
        earlier_attempt_may_have_been_processed: before != Certainty::NotProcessed,
        outcome: Object {
            bucket: place.bucket,
            key: place.key,
            etag: value.etag,
            size: cargo.size,
            already_there: value.already_there,
        },
    }
}

/// One attempt to make the object; a store that refuses the condition is asked without it.
async fn commit<F>(
    request: impl Fn(bool) -> F,
    conditional: &AtomicBool,
    key_has_hash: bool,
    so_far: Certainty,
) -> Result<Stored, Failure>
where
    F: Future<Output = Attempt<Option<String>>>,
{
    let mut answer = request(conditional.load(Ordering::Relaxed)).await;
    if matches!(answer, Err((Reason::NotImplemented, _))) && conditional.swap(false, Ordering::Relaxed) {
        tracing::debug!("the store does not know conditional writes");
        answer = request(false).await;
    }
    match answer {
        Ok(etag) => Ok(Stored { etag, already_there: false }),
        // The key is the content's: whoever made the object, it is this one.
        Err((Reason::Exists, _)) if key_has_hash => Ok(Stored { etag: None, already_there: true }),
        // The parts are gone because an attempt whose answer was lost has joined them.
        Err((Reason::NoSuchUpload, _)) if so_far == Certainty::Unknown => {
            Ok(Stored { etag: None, already_there: true })
        }
        Err((_, failure)) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use qlower_core::Environment;

    use super::*;

    #[test]
    fn an_upload_can_be_a_task() {
        fn task<T: Send>(_: &T) {}
        let client = Client::builder(Environment::Staging).build().unwrap();
        fn tasks(client: &Client, receipt: &Receipt<Object>, upload: Upload<'_>) {
            task(&client.upload(upload));
            task(&client.wait_for(receipt, std::time::Duration::ZERO));
        }
        let _ = (client, tasks);
    }

    #[tokio::test]
    async fn an_environment_of_ones_own_is_not_taken_for_aws() {
        let environment = Environment::custom("http://127.0.0.1:9").unwrap();
        let client = Client::builder(environment).access_key_id("id").secret_access_key("s3cr3t").build().unwrap();
        let error = client.0.store().await.err().unwrap();
        assert!(error.is_config());
        assert_eq!(error.to_string(), "s3_endpoint: an environment of one's own has its own store: set its URL");
    }
}
