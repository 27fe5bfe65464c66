//! A producer of readings: asks its source, and answers.

mod call;
#[cfg(feature = "live")]
mod router;
mod telling;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use qlower_core::live::{Answer, FRESH_FOR_SECONDS, Incoming, Measurement, Producer};

use call::Call;

/// How long a source may take, unless something else is set: 2.8 seconds, so that the answer without a value is there, too, within the
/// 3 seconds that watchers wait.
pub const SOURCE_TIMEOUT: Duration = Duration::from_millis(2800);

/// What keeps a source from giving a value. It is logged, and never answered.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// What measures. Any asynchronous function without parameters is one that gives a number or a [`Measurement`], or an error where
/// there is none just now.
pub trait Source: Send + Sync + 'static {
    /// Gives the current value. It is dropped when it takes too long; a panic counts as an error. What blocks its thread belongs into
    /// `tokio::task::spawn_blocking`: it would hold up the whole runtime.
    fn measure(&self) -> impl Future<Output = Result<Measurement, SourceError>> + Send;
}

impl<F, W, M, E> Source for F
where
    F: Fn() -> W + Send + Sync + 'static,
    W: Future<Output = Result<M, E>> + Send,
    M: Into<Measurement>,
    E: Into<SourceError>,
{
    async fn measure(&self) -> Result<Measurement, SourceError> {
        self().await.map(Into::into).map_err(Into::into)
    }
}

type Measuring = Pin<Box<dyn Future<Output = Result<Measurement, SourceError>> + Send>>;

/// A producer with its source: for axum ([`router`](Self::router)), any server of tower services, or other frameworks
/// ([`answer`](Self::answer)). It is cheap to clone, and all clones share one call of the source. It wants a Tokio runtime.
///
/// What it answers to whom stands at [`Producer`]. The source is asked once for all who ask at the same time, and not again within
/// a second; the same holds for a failure. A source that takes longer than [`SOURCE_TIMEOUT`], fails or panics is answered 503, and
/// asked again by the next request. Who hangs up does not end the call that others wait for.
///
/// A measurement that does not say of when it is counts as of the moment at which the source gave it.
///
/// By `tracing`, target `qlower_client::live`, it tells `WARN` why there is no value (`error`) and who was refused (`outcome`), and
/// `DEBUG` the rest. No query is in it, nor the value of a header.
///
/// # Example: one value, for axum
/// ```
/// use qlower_client::live::{Access, LiveProducer, Producer, SourceError, Unit};
///
/// async fn megawatts() -> Result<f64, SourceError> {
///     Ok(42.5) // from the meter, in time
/// }
///
/// # fn example() -> Result<axum::Router, Box<dyn std::error::Error>> {
/// let producer = Producer::builder().unit(Unit::Megawatt).access(Access::api_key(["k-1"])).build()?;
/// let app = axum::Router::new().merge(LiveProducer::new(producer, megawatts).router("/power"));
/// # Ok(app)
/// # }
/// # assert!(example().is_ok());
/// ```
pub struct LiveProducer(Arc<Inner>);

struct Inner {
    producer: Producer,
    call: Arc<Call>,
}

impl LiveProducer {
    /// A producer that asks this source.
    pub fn new(producer: Producer, source: impl Source) -> Self {
        let source = Arc::new(source);
        let measure = move || -> Measuring {
            let source = Arc::clone(&source);
            // Within the future, where a panic is the task's: a plain function may panic before it gives one.
            Box::pin(async move { source.measure().await })
        };
        let call = Call::new(Box::new(measure), SOURCE_TIMEOUT, Duration::from_secs(FRESH_FOR_SECONDS));
        Self(Arc::new(Inner { producer, call: Arc::new(call) }))
    }

    /// Sets how long the source may take, [`SOURCE_TIMEOUT`] by default. Watchers wait 3 seconds for the whole reply.
    #[must_use]
    pub fn source_timeout(self, timeout: Duration) -> Self {
        self.with(|call| call.timeout(timeout))
    }

    /// Sets for how long a value is given out again before the source is asked anew, 1 second by default: any number of watchers
    /// then costs no more than one that polls each second. Zero asks for each request, though still once for those that come while
    /// it is under way.
    #[must_use]
    pub fn fresh_for(self, time: Duration) -> Self {
        self.with(|call| call.fresh_for(time))
    }

    fn with(self, change: impl FnOnce(&Call) -> Call) -> Self {
        let call = Arc::new(change(&self.0.call));
        Self(Arc::new(Inner { producer: self.0.producer.clone(), call }))
    }

    /// The settings.
    #[must_use]
    pub fn producer(&self) -> &Producer {
        &self.0.producer
    }

    /// Answers one request, for other frameworks: the query as it came, without its `?`; the headers one item a line.
    ///
    /// # Example: a request with a key
    /// ```
    /// use qlower_client::live::{Access, LiveProducer, Producer, SourceError};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let producer = Producer::builder().access(Access::query("apikey", ["k-1"])).build()?;
    /// let live = LiveProducer::new(producer, async || Ok::<_, SourceError>(42.5));
    /// let answer = live.answer("GET", "apikey=k-1", [("Origin", "https://quelia.fr")]).await;
    /// assert_eq!((answer.status(), answer.body()), (200, r#"{"current_power":42.5}"#));
    /// assert_eq!(live.answer("GET", "", [("Origin", "https://quelia.fr")]).await.status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn answer<N, V>(&self, method: &str, query: &str, headers: impl IntoIterator<Item = (N, V)>) -> Answer
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let headers: Vec<(N, V)> = headers.into_iter().collect();
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        self.answer_to(&Incoming { method, query, headers: &headers }).await
    }

    pub(crate) async fn answer_to(&self, request: &Incoming<'_>) -> Answer {
        let Inner { producer, call } = &*self.0;
        let answer = match producer.gate(request) {
            Ok(admitted) => producer.answer(&admitted, call.measured().await),
            Err(answer) => answer,
        };
        telling::answered(&answer);
        answer
    }
}

impl Clone for LiveProducer {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl fmt::Debug for LiveProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveProducer").field("producer", &self.0.producer).finish_non_exhaustive()
    }
}
