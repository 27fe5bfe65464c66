//! Webhooks to a receiver on this machine, sent as Qlower is documented to.

mod attempt;
mod body;
mod error;
mod fault;
mod ids;
mod order;
mod outgoing;
mod queue;
mod record;
mod sender;
mod state;
mod target;

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HeaderValue;
use tokio::sync::oneshot;
use tokio::time::Instant;

use self::body::{Context, Event};
pub use self::error::{Unsettled, WebhookError};
pub use self::fault::WebhookFault;
pub use self::order::{Coverage, CustomField, Customer, Invoice, Order, OrderKind, Product, SubItem};
pub use self::record::{Attempt, AttemptOutcome, Delivery, DeliveryState};
pub(super) use self::sender::send_all;
pub(super) use self::state::{Control, Settings, State};
use self::state::{Tell, Waiter, no_partner};
use self::target::Target;
pub use self::target::WebhookTarget;
use super::state::{Shared, State as SandboxState};
use super::{Sandbox, SandboxBuilder};

/// Largest body of a webhook, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// In which order webhooks leave that were held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReleaseOrder {
    /// In the order in which they were emitted: the default.
    #[default]
    AsEmitted,
    /// The last one first.
    Reversed,
    /// In an order that looks random, and is the same for the same seed.
    Shuffled {
        /// Any number.
        seed: u64,
    },
}

super::names::names! { ReleaseOrder:
    "as_emitted" = AsEmitted,
    "reversed" = Reversed,
    with
    "shuffled" = Self::Shuffled { .. },
}

impl ReleaseOrder {
    /// The order of this name; the seed is that of `shuffled`, which needs one.
    ///
    /// # Errors
    /// A [`WebhookError`] for a name that is none, and for a seed that is missing or not needed.
    ///
    /// ```
    /// use qlower_client::sandbox::ReleaseOrder;
    ///
    /// assert_eq!(ReleaseOrder::read("shuffled", Some(7)), Ok(ReleaseOrder::Shuffled { seed: 7 }));
    /// assert_eq!(ReleaseOrder::read("reversed", Some(7)).unwrap_err().to_string(), "seed: the order reversed takes none");
    /// ```
    pub fn read(name: &str, seed: Option<u64>) -> Result<Self, WebhookError> {
        match (name, Self::named(name), seed) {
            (_, Some(order), None) => Ok(order),
            (_, Some(_), Some(_)) => Err(WebhookError::new("seed", format!("the order {name} takes none"))),
            ("shuffled", None, Some(seed)) => Ok(Self::Shuffled { seed }),
            ("shuffled", None, None) => Err(WebhookError::new("seed", "the order shuffled needs it")),
            _ => Err(WebhookError::new("order", format!("must be one of {}", Self::NAMES.join(", ")))),
        }
    }
}

/// Webhooks.
impl SandboxBuilder {
    /// Sets where webhooks go, for every partner that has no target of its own. Without one there are no webhooks.
    pub fn webhook(mut self, target: WebhookTarget) -> Self {
        self.0.webhooks.everyone = Some(target);
        self
    }

    /// Sets where the webhooks of one partner go.
    pub fn webhook_for(mut self, partner: impl Into<String>, target: WebhookTarget) -> Self {
        self.0.webhooks.targets.insert(partner.into(), target);
        self
    }

    /// Sets how fast the time between tries passes: 1.0 by default, in which the tries of a webhook take an hour and three
    /// quarters; with 3600 an hour passes in a second. What a receiver is given to answer does not get shorter by it: see
    /// [`webhook_timeout`](Self::webhook_timeout).
    pub const fn webhook_speed(mut self, speed: f64) -> Self {
        self.0.webhooks.speed = speed;
        self
    }

    /// Sets how long one try may take, in real time: 30 seconds by default, as documented. What is not answered by then is
    /// tried again.
    pub const fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.0.webhooks.timeout = timeout;
        self
    }

    /// Sets from what ids are made, so that they are the same at every run. By default they are new ones each time, and no
    /// receiver that keeps what it handled takes them for duplicates.
    pub const fn webhook_seed(mut self, seed: u64) -> Self {
        self.0.webhooks.seed = Some(seed);
        self
    }
}

/// Webhooks.
///
/// With a target ([`SandboxBuilder::webhook`], or [`Sandbox::set_webhook`] once its port is known) the sandbox tells a receiver on
/// this machine of orders, as Qlower does: by `POST`, signed anew at every try, and tried again on the documented schedule for as
/// long as the answer asks for it. Different webhooks are sent at the same time, so that their order is not certain; see
/// [`Sandbox::release_webhooks`] for one that is.
///
/// # Example: an order that is taken at the second try
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpListener;
/// use std::time::Duration;
///
/// use qlower_client::sandbox::{DeliveryState, Order, Sandbox, WebhookTarget};
///
/// let receiver = TcpListener::bind("127.0.0.1:0")?;
/// let target = WebhookTarget::new(format!("http://{}/qlower", receiver.local_addr()?)).secret("whsec_acme");
/// std::thread::spawn(move || {
///     for answer in ["503 Service Unavailable", "200 OK"] {
///         let (mut stream, _) = receiver.accept().unwrap();
///         stream.read(&mut [0; 65_536]).unwrap();
///         write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").unwrap();
///     }
/// });
///
/// let sandbox = Sandbox::builder().webhook(target).webhook_speed(3600.0).start_blocking()?;
/// let emitted = sandbox.emit_order(Order::created())?;
/// assert!(emitted.event_id.unwrap().starts_with("evt_"));
///
/// let deliveries = sandbox.wait_for_deliveries_blocking(Duration::from_secs(10))?;
/// assert_eq!(deliveries[0].state, DeliveryState::Delivered);
/// assert_eq!(deliveries[0].attempts.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Sandbox {
    /// Sets where webhooks go from now on, for every partner that has no target of its own. What was emitted before still goes
    /// where it was to go.
    ///
    /// # Errors
    /// A [`WebhookError`] for a target that cannot be used.
    pub fn set_webhook(&self, target: WebhookTarget) -> Result<(), WebhookError> {
        let target = Target::try_from(target)?;
        self.shared.state().webhooks.everyone = Some(Arc::new(target));
        Ok(())
    }

    /// Sets where the webhooks of one partner go from now on.
    ///
    /// # Errors
    /// A [`WebhookError`] for a target that cannot be used, or an unknown partner.
    pub fn set_webhook_for(&self, partner: &str, target: WebhookTarget) -> Result<(), WebhookError> {
        let target = Target::try_from(target)?;
        if !self.shared.settings.partners.contains_key(partner) {
            return Err(no_partner(partner));
        }
        self.shared.state().webhooks.targets.insert(partner.to_owned(), Arc::new(target));
        Ok(())
    }

    /// Emits the event of an order, and gives it as it will be sent. Does not wait until it is.
    ///
    /// # Errors
    /// A [`WebhookError`] if there is no target, or if something in the order cannot be written.
    pub fn emit_order(&self, order: Order) -> Result<Delivery, WebhookError> {
        let given = order.target.clone().map(Target::try_from).transpose()?;
        let (partner, once, after) = (order.partner.clone(), order.duplicates_at_once, order.duplicates);
        self.emit(partner, given, (once, after), |context| body::order(order, context))
    }

    /// Emits a ping.
    ///
    /// # Errors
    /// A [`WebhookError`] if there is no target.
    pub fn emit_ping(&self) -> Result<Delivery, WebhookError> {
        self.emit(None, None, (0, 0), |context| body::ping(context.edition, context.now))
    }

    /// Emits any bytes, signed like an event: for tests of what a receiver does with them.
    ///
    /// # Errors
    /// A [`WebhookError`] if there is no target, for more than 64 MiB, or for a content type that is none.
    ///
    /// ```
    /// use qlower_client::sandbox::{Sandbox, WebhookTarget};
    ///
    /// let sandbox = Sandbox::builder().webhook(WebhookTarget::new("http://localhost:9/")).start_blocking()?;
    /// sandbox.hold_webhooks();
    /// assert_eq!(sandbox.emit_raw(b"\xff{", "application/json")?.event_id, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn emit_raw(&self, body: impl AsRef<[u8]>, content_type: &str) -> Result<Delivery, WebhookError> {
        let body = body.as_ref();
        if body.len() > MAX_BODY_BYTES {
            return Err(WebhookError::new("body", format!("has more than {MAX_BODY_BYTES} bytes")));
        }
        HeaderValue::try_from(content_type)
            .map_err(|_| WebhookError::new("content_type", "cannot stand in a header"))?;
        let body = Bytes::copy_from_slice(body);
        let event = Event { event_type: None, event_id: None, order_id: None, content_type: content_type.into(), body };
        self.emit(None, None, (0, 0), |_| Ok(event))
    }

    /// Sends an event once more that was emitted before: the same bytes to the same target.
    ///
    /// # Errors
    /// A [`WebhookError`] if no such event is known (any more).
    pub fn emit_again(&self, event_id: &str) -> Result<Delivery, WebhookError> {
        let mut state = self.shared.state();
        let queue = &mut state.webhooks.queue;
        let (last, target) = queue
            .last_of(event_id)
            .ok_or_else(|| WebhookError::new("event_id", format!("no event {event_id:?} was emitted")))?;
        let delivery = last.again(sender::now());
        queue.add(&delivery, &target, 0, 0)?;
        drop(state);
        self.wake();
        Ok(delivery)
    }

    fn emit(
        &self,
        partner: Option<String>,
        given: Option<Target>,
        (at_once, after): (u32, u32),
        write: impl FnOnce(&mut Context<'_>) -> Result<Event, WebhookError>,
    ) -> Result<Delivery, WebhookError> {
        let settings = &self.shared.settings;
        let mut state = self.shared.state();
        let SandboxState { stores, webhooks, .. } = &mut *state;
        let has_target = |id: &&String| webhooks.everyone.is_some() || webhooks.targets.contains_key(*id);
        let first = || settings.named.iter().find(has_target).or_else(|| settings.named.first());
        let partner = match partner {
            Some(id) if settings.partners.contains_key(&id) => id,
            Some(id) => return Err(no_partner(&id)),
            None => first().cloned().unwrap_or_default(),
        };
        let own = webhooks.targets.get(&partner).or(webhooks.everyone.as_ref()).cloned();
        let target = given
            .map(Arc::new)
            .or(own)
            .ok_or_else(|| WebhookError::new("webhook", format!("partner {partner:?} has no target; set one first")))?;
        let now = sender::now();
        let loaded = stores.get(&partner).map(super::store::Store::snapshot).unwrap_or_default();
        let mut context =
            Context { edition: target.edition, partner: &partner, loaded: &loaded, ids: &mut webhooks.ids, now };
        let event = write(&mut context)?;
        let delivery = Delivery {
            event_id: event.event_id,
            event_type: event.event_type.map(Into::into),
            order_id: event.order_id,
            partner,
            url: target.url.clone(),
            copy: 0,
            content_type: event.content_type,
            body: event.body,
            emitted_at: now,
            state: DeliveryState::Waiting { next: now },
            attempts: Vec::new(),
        };
        webhooks.queue.add(&delivery, &target, after, at_once)?;
        drop(state);
        self.wake();
        Ok(delivery)
    }

    /// The webhooks so far, in the order in which they were emitted: at most 10 000, and 256 MiB of bodies, of which settled ones
    /// give way first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.state().webhooks.queue.deliveries()
    }

    /// Waits until every webhook is settled, that is: delivered, or given up. [`Duration::MAX`] is for ever. What waits does not
    /// keep the sandbox from being stopped.
    ///
    /// # Errors
    /// [`Unsettled`] after this time, or once the sandbox is stopped.
    pub fn wait_for_deliveries(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Result<Vec<Delivery>, Unsettled>> + Send + use<> {
        let (tell, told) = oneshot::channel();
        self.wait(timeout, Tell::Later(tell));
        let shared = Arc::clone(&self.shared);
        async move { settled(&shared, told.await.ok()) }
    }

    /// Waits until every webhook is settled, from a program without an asynchronous runtime; see
    /// [`wait_for_deliveries`](Self::wait_for_deliveries).
    ///
    /// # Errors
    /// [`Unsettled`] after this time.
    pub fn wait_for_deliveries_blocking(&self, timeout: Duration) -> Result<Vec<Delivery>, Unsettled> {
        let (tell, told) = sync_channel(1);
        self.wait(timeout, Tell::Thread(tell));
        settled(&self.shared, told.recv().ok())
    }

    fn wait(&self, timeout: Duration, tell: Tell) {
        let deadline = Instant::now().checked_add(timeout);
        self.shared.state().webhooks.waiters.push(Waiter { deadline, tell: Some(tell) });
        self.wake();
    }

    /// Holds webhooks back: no try begins until [`Sandbox::release_webhooks`]. What is being sent goes on.
    pub fn hold_webhooks(&self) {
        self.shared.state().webhooks.held = true;
        self.wake();
    }

    /// Lets webhooks go again, and first those that are due, in this order: each leaves when the one before was answered. Says
    /// how many these are. What is emitted after this waits for none of them.
    pub fn release_webhooks(&self, order: ReleaseOrder) -> usize {
        let count = {
            let webhooks = &mut self.shared.state().webhooks;
            webhooks.held = false;
            webhooks.queue.release(order)
        };
        self.wake();
        count
    }

    /// Scripts a fault for the next try that it concerns. A try meets one fault: of those that concern it, the one that was
    /// scripted first.
    ///
    /// ```
    /// use qlower_client::sandbox::{Sandbox, WebhookFault};
    ///
    /// let sandbox = Sandbox::builder().start_blocking()?;
    /// sandbox.fail_next_webhook(WebhookFault::OldTime);
    /// assert_eq!(sandbox.pending_webhook_faults(), [WebhookFault::OldTime]);
    /// assert_eq!(sandbox.fired_webhook_faults(), []);
    /// # Ok::<(), qlower_client::sandbox::SandboxError>(())
    /// ```
    pub fn fail_next_webhook(&self, fault: WebhookFault) {
        self.fail_next_webhook_n(fault, 1);
    }

    /// Scripts the same fault for `n` tries.
    pub fn fail_next_webhook_n(&self, fault: WebhookFault, n: usize) {
        self.shared.state().webhooks.queue.pending.extend(std::iter::repeat_n(fault, n));
    }

    /// The faults of webhooks that have fired, in order.
    #[must_use]
    pub fn fired_webhook_faults(&self) -> Vec<WebhookFault> {
        self.shared.state().webhooks.queue.fired.clone()
    }

    /// The scripted faults of webhooks that have not fired yet, in order.
    #[must_use]
    pub fn pending_webhook_faults(&self) -> Vec<WebhookFault> {
        self.shared.state().webhooks.queue.pending.iter().cloned().collect()
    }

    fn wake(&self) {
        self.shared.webhooks.wake();
    }
}

fn settled(shared: &Shared, open: Option<usize>) -> Result<Vec<Delivery>, Unsettled> {
    let queue = &shared.state().webhooks.queue;
    match open {
        Some(0) => Ok(queue.deliveries()),
        // Without an answer there is no event loop any more, and nothing will be sent.
        open => Err(Unsettled { waiting: open.unwrap_or_else(|| queue.open()) }),
    }
}
