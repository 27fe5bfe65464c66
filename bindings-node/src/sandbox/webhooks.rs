//! Webhooks: what is emitted, and what became of it, as JSON. Its members are those of the client: TypeScript spells them.

use napi::Env;
use napi::bindgen_prelude::{Buffer, Object};
use napi_derive::napi;
use qlower_client::sandbox::{
    Delivery, Order, ReleaseOrder, Sandbox as Server, Unsettled, WebhookError, WebhookFault, WebhookTarget,
};

use super::faults::list;
use super::{Sandbox, given};
use crate::fault::{Fault, Outcome};
use crate::job::{self, Limits, Stop};
use crate::names::camel;

/// Webhooks, and the bytes of the body of each.
#[napi(object, object_from_js = false)]
pub struct SandboxDeliveries {
    /// A JSON array.
    pub told: String,
    /// Their bodies, in the same order.
    pub bodies: Vec<Buffer>,
}

impl From<&[Delivery]> for SandboxDeliveries {
    fn from(deliveries: &[Delivery]) -> Self {
        Self {
            told: list(deliveries, Delivery::told),
            bodies: deliveries.iter().map(|delivery| Buffer::from(&*delivery.body)).collect(),
        }
    }
}

#[napi]
impl Sandbox {
    /// Sets where webhooks go, for one partner or for all that have no target of their own.
    #[napi]
    pub fn set_webhook(&self, target: String, partner: Option<String>) -> Outcome<()> {
        self.with(|server| {
            let target = self::target(&target)?;
            let set = match partner {
                None => server.set_webhook(target),
                Some(partner) => server.set_webhook_for(&partner, target),
            };
            set.map_err(|error| refused(&error))
        })
    }

    /// Emits the event of an order, given as a JSON object.
    #[napi]
    pub fn emit_order(&self, order: String) -> Outcome<SandboxDeliveries> {
        self.emit(|server| server.emit_order(Order::from_json(&order)?))
    }

    /// Emits a ping.
    #[napi]
    pub fn emit_ping(&self) -> Outcome<SandboxDeliveries> {
        self.emit(Server::emit_ping)
    }

    /// Emits any bytes.
    #[napi]
    pub fn emit_raw(&self, body: Buffer, content_type: String) -> Outcome<SandboxDeliveries> {
        self.emit(|server| server.emit_raw(&body, &content_type))
    }

    /// Sends an event once more.
    #[napi]
    pub fn emit_again(&self, event_id: String) -> Outcome<SandboxDeliveries> {
        self.emit(|server| server.emit_again(&event_id))
    }

    /// The webhooks so far.
    #[napi]
    pub fn deliveries(&self) -> Outcome<SandboxDeliveries> {
        self.with(|server| Ok(server.deliveries().as_slice().into()))
    }

    /// Waits until every webhook is settled, or the sandbox is stopped.
    #[napi(ts_return_type = "Promise<Outcome<SandboxDeliveries>>")]
    pub fn wait_for_deliveries<'e>(
        &self,
        env: &'e Env,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        // It does not hold the sandbox, which can be stopped meanwhile.
        let settled = self.server().map(|server| server.wait_for_deliveries(std::time::Duration::MAX));
        let work = async move {
            refused?;
            settled?.await.map_err(|Unsettled { .. }| Fault::new("sandbox", "the sandbox is stopped"))
        };
        job::start(env, limits, work, |deliveries| Ok(SandboxDeliveries::from(deliveries.as_slice())))
    }

    /// Holds webhooks back.
    #[napi]
    pub fn hold_webhooks(&self) -> Outcome<()> {
        self.with(|server| {
            server.hold_webhooks();
            Ok(())
        })
    }

    /// Lets them go, in the order of this name, and says how many were due.
    #[napi]
    pub fn release_webhooks(&self, order: String, seed: Option<f64>) -> Outcome<u32> {
        self.with(|server| {
            let seed = seed.map(self::seed).transpose()?;
            let order = ReleaseOrder::read(&order, seed).map_err(|error| refused(&error))?;
            Ok(u32::try_from(server.release_webhooks(order)).unwrap_or(u32::MAX))
        })
    }

    /// Scripts a fault, given as a JSON object, so many times.
    #[napi]
    pub fn fail_next_webhook(&self, fault: String, times: f64) -> Outcome<()> {
        self.with(|server| {
            let mut fault = given::object(&fault)?;
            fault.retain(|_, value| !value.is_null());
            let name = given::text("name", &fault.remove("name").unwrap_or_default())?;
            let delay = fault.remove("delay").map(|delay| given::time("delay", &delay)).transpose()?;
            if let Some(other) = fault.keys().next() {
                return Err(Fault::config(other, format!("the fault {name} takes none")));
            }
            let fault = WebhookFault::read(&name, delay).map_err(|error| refused(&error))?;
            server.fail_next_webhook_n(fault, given::times(times)?);
            Ok(())
        })
    }

    /// The faults that have fired.
    #[napi]
    pub fn fired_webhook_faults(&self) -> Outcome<String> {
        self.with(|server| Ok(list(&server.fired_webhook_faults(), WebhookFault::told)))
    }

    /// The faults that have not fired yet.
    #[napi]
    pub fn pending_webhook_faults(&self) -> Outcome<String> {
        self.with(|server| Ok(list(&server.pending_webhook_faults(), WebhookFault::told)))
    }
}

impl Sandbox {
    fn emit(&self, emit: impl FnOnce(&Server) -> Result<Delivery, WebhookError>) -> Outcome<SandboxDeliveries> {
        self.with(|server| {
            let emitted = emit(server).map_err(|error| refused(&error))?;
            Ok(std::slice::from_ref(&emitted).into())
        })
    }
}

/// # Errors
/// A fault that names the place.
pub(super) fn target(json: &str) -> Result<WebhookTarget, Fault> {
    WebhookTarget::from_json(json).map_err(|error| refused(&error))
}

/// A whole number, as JavaScript has it.
fn seed(number: f64) -> Result<u64, Fault> {
    if number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just compared")]
        return Ok(number as u64);
    }
    Err(Fault::config("seed", "must be a whole number, 0 or more, and a safe integer"))
}

/// What cannot be used, with the names that JavaScript has for its place, and between backticks.
pub(super) fn refused(error: &WebhookError) -> Fault {
    let mut quoted = true;
    let parts = error.problem().split('`').map(|part| {
        quoted = !quoted;
        if quoted { camel(part) } else { part.to_owned() }
    });
    let problem = parts.collect::<Vec<_>>().join("`");
    Fault::config(&camel(error.place()), problem)
}
