//! The client.

use std::fmt;
use std::sync::Arc;

use qlower_core::{ApiKey, Checked, Environment};
use tracing::Instrument;
use url::Url;

use crate::builder::ClientBuilder;
use crate::error::{ConfigError, Error, TooLargeError};
use crate::failure::Route;
use crate::receipt::Receipt;
use crate::retry::RetryPolicy;

/// Sends checked payloads to one environment of Qlower.
///
/// A client is cheap to clone, and may be used from several tasks at once: clones share their connections. It works
/// inside a Tokio runtime with I/O and time enabled, the one in which it was used first.
///
/// # Example: send, and look at what failed
/// ```no_run
/// use qlower_client::{Check, Client, Environment, Payload};
///
/// # async fn example(payload: Payload) -> Result<(), qlower_client::Error> {
/// let client = Client::builder(Environment::Staging).build()?;
/// let receipt = client.send(&payload.check().into_result()?).await?;
/// for error in receipt.reply().errors() {
///     println!("{}: {}", error.pointer().unwrap_or("(not found)"), error.message());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) http: reqwest::Client,
    pub(crate) target: Url,
    pub(crate) route: Route,
    pub(crate) environment: Environment,
    pub(crate) partner: Option<String>,
    pub(crate) api_key: Option<ApiKey>,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_reply_bytes: usize,
    #[cfg(feature = "s3")]
    pub(crate) user_agent: String,
    #[cfg(feature = "s3")]
    pub(crate) ca_bundle: Option<crate::authorities::CaBundle>,
    #[cfg(feature = "s3")]
    pub(crate) proxy: Option<crate::http::ProxyUrl>,
    #[cfg(feature = "s3")]
    pub(crate) s3: crate::s3::Settings,
    #[cfg(feature = "s3")]
    pub(crate) store: tokio::sync::OnceCell<crate::s3::Store>,
}

impl Client {
    /// Starts a client's settings.
    ///
    /// ```
    /// use qlower_client::{Client, Environment, RetryPolicy};
    ///
    /// let client = Client::builder(Environment::custom("http://127.0.0.1:8080")?).retry(RetryPolicy::none()).build()?;
    /// assert_eq!(client.environment().loader_url().port(), Some(8080));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(environment: Environment) -> ClientBuilder {
        ClientBuilder::new(environment)
    }

    /// Starts with what the environment variables `QLOWER_ENVIRONMENT` (`production`, `staging` or a URL),
    /// `QLOWER_PARTNER` and `QLOWER_API_KEY` say. Only the first one is required: no environment is guessed.
    ///
    /// # Errors
    /// A [configuration error](Error::is_config) that names the variable.
    pub fn builder_from_env() -> Result<ClientBuilder, Error> {
        crate::env::builder(|name| std::env::var_os(name))
    }

    /// Makes a client from the environment variables alone; see [`builder_from_env`](Self::builder_from_env).
    ///
    /// # Errors
    /// A [configuration error](Error::is_config) that names the variable or the setting.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder_from_env()?.build()
    }

    /// The environment that the variable `QLOWER_ENVIRONMENT` names, for settings that come from elsewhere.
    ///
    /// # Errors
    /// A [configuration error](Error::is_config) that names the variable, if it is absent, blank, or names none.
    pub fn environment_from_env() -> Result<Environment, Error> {
        crate::env::environment(|name| std::env::var_os(name))
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Where this client sends to.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.0.environment
    }

    /// Sends a payload by REST, and waits until Qlower has treated it.
    ///
    /// The bytes are those that were checked, and are not copied. Failures that may pass are tried again as the
    /// [`RetryPolicy`] says. A reply in which items failed is a receipt, not an error: see [`Receipt::reply`].
    ///
    /// Dropping the future closes the connection; nothing goes on in the background. What Qlower has received by then
    /// it may treat.
    ///
    /// # Errors
    /// [`Error`], which tells by [`certainty`](Error::certainty) whether Qlower may have treated the payload. Nothing
    /// leaves if the payload exceeds [`max_body_bytes`](ClientBuilder::max_body_bytes), is another
    /// [`partner`](ClientBuilder::partner)'s, has another [`api_key`](ClientBuilder::api_key), or if there is no
    /// Tokio runtime.
    pub async fn send(&self, checked: &Checked) -> Result<Receipt, Error> {
        self.guard(checked)?;
        let span = tracing::info_span!(
            "qlower.send",
            url = %self.0.target,
            bytes = checked.bytes().len(),
            sha256 = %checked.sha256_hex(),
        );
        self.0.send(checked).instrument(span).await
    }

    fn guard(&self, checked: &Checked) -> Result<(), Error> {
        let (size, limit) = (checked.bytes().len(), self.0.max_body_bytes);
        if size > limit {
            return Err(Error::local(TooLargeError { size, limit }));
        }
        self.guard_header(checked.partner(), Some(checked.api_key()))
    }

    pub(crate) fn guard_header(&self, partner: &str, api_key: Option<&ApiKey>) -> Result<(), Error> {
        let config = |setting, problem: &str| Error::local(ConfigError::new(setting, problem));
        if self.0.partner.as_deref().is_some_and(|own| own != partner) {
            return Err(config("partner", "the payload is another partner's"));
        }
        if let (Some(own), Some(api_key)) = (&self.0.api_key, api_key)
            && own != api_key
        {
            return Err(config("api_key", "the payload has another access key"));
        }
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(config("runtime", "sending needs a Tokio runtime"));
        }
        Ok(())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Client");
        #[cfg(feature = "s3")]
        debug.field("s3", &self.0.s3);
        debug
            .field("environment", &self.0.environment)
            .field("partner", &self.0.partner)
            .field("api_key", &self.0.api_key)
            .field("route", &self.0.route)
            .field("retry", &self.0.retry)
            .field("max_body_bytes", &self.0.max_body_bytes)
            .field("max_reply_bytes", &self.0.max_reply_bytes)
            .finish_non_exhaustive()
    }
}
