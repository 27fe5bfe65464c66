//! An order, as a test describes it: what is not given has a default.

mod parts;

use qlower_core::value::{Amount, Timestamp};
use qlower_core::webhook::{ORDER_CREATED, ORDER_RENEWED};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use self::parts::{Coverage, CustomField, Customer, Invoice, Product, SubItem};
use super::error::WebhookError;
use super::target::{TargetJson, WebhookTarget};
use crate::sandbox::names::names;

/// Why an order's webhook is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderKind {
    /// A first payment: `order.created`.
    #[default]
    Created,
    /// A subscription's next fiscal year: `order.renewed`.
    Renewed,
    /// A customer added properties: `order.created` again, of which `coverage` holds only the added ones.
    PropertiesAdded,
}

names! { OrderKind:
    "created" = Created,
    "renewed" = Renewed,
    "properties_added" = PropertiesAdded,
    with
}

impl OrderKind {
    pub(super) const fn event_type(self) -> &'static str {
        match self {
            Self::Created | Self::PropertiesAdded => ORDER_CREATED,
            Self::Renewed => ORDER_RENEWED,
        }
    }
}

/// An order to tell a partner of: see [`Sandbox::emit_order`](crate::sandbox::Sandbox::emit_order).
///
/// | what | when it is not given |
/// | --- | --- |
/// | partner | the first that has a target, in the order in which they were named |
/// | target | that of the partner |
/// | event id | a new one: `evt_` and 24 letters and digits |
/// | order's number | the next one, from 1 |
/// | times | now |
/// | customer | Marie Martin, at a new address under `example.com` |
/// | products | one, for 315 euros |
/// | total | the sum of the products' amounts |
/// | subscription | yes |
/// | coverage | this year, and the property that the partner loaded first; if it loaded none, a new one |
/// | custom fields | none; in edition 2.1 the year of the tax return |
/// | invoice | one at a host that does not exist |
///
/// # Example
/// ```
/// use qlower_client::sandbox::{Coverage, Customer, Order, Product};
///
/// let order = Order::created()
///     .partner("acme")
///     .customer(Customer::new("jean@example.com").first_name("Jean"))
///     .products([Product::new("Abonnement", "199.50").quantity(2)])
///     .covers(Coverage::new_property("Studio Lyon").year(2026))
///     .duplicates(1);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Order {
    pub(super) kind: OrderKind,
    pub(super) partner: Option<String>,
    pub(super) target: Option<WebhookTarget>,
    pub(super) event_id: Option<String>,
    pub(super) order_id: Option<u64>,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) customer: Customer,
    pub(super) total_amount: Option<Amount>,
    pub(super) currency: Option<String>,
    pub(super) payment_date: Option<Timestamp>,
    pub(super) is_subscription: Option<bool>,
    pub(super) products: Option<Vec<Product>>,
    pub(super) coverage: Option<Vec<Coverage>>,
    pub(super) custom_fields: Option<Vec<CustomField>>,
    pub(super) invoice: Invoice,
    pub(super) duplicates: u32,
    pub(super) duplicates_at_once: u32,
}

impl Order {
    /// A first payment.
    pub fn created() -> Self {
        Self::default()
    }

    /// A subscription's next fiscal year.
    pub fn renewed() -> Self {
        Self { kind: OrderKind::Renewed, ..Self::default() }
    }

    /// Properties that a customer added.
    pub fn properties_added() -> Self {
        Self { kind: OrderKind::PropertiesAdded, ..Self::default() }
    }

    /// Sets the partner whose order it is.
    pub fn partner(mut self, id: impl Into<String>) -> Self {
        self.partner = Some(id.into());
        self
    }

    /// Sends it somewhere else than to the partner's target.
    pub fn to(mut self, target: WebhookTarget) -> Self {
        self.target = Some(target);
        self
    }

    /// Sets the event's id, `event_id`: the key by which a receiver knows it again.
    pub fn event_id(mut self, id: impl Into<String>) -> Self {
        self.event_id = Some(id.into());
        self
    }

    /// Sets the order's number, `order_id`.
    pub const fn order_id(mut self, id: u64) -> Self {
        self.order_id = Some(id);
        self
    }

    /// Sets the event's time, `timestamp`: a `chrono::DateTime`, or text in ISO 8601.
    pub fn timestamp(mut self, at: impl Into<Timestamp>) -> Self {
        self.timestamp = Some(at.into());
        self
    }

    /// Sets who paid.
    pub fn customer(mut self, customer: Customer) -> Self {
        self.customer = customer;
        self
    }

    /// Sets `total_amount`, exact, of at most 15 digits.
    pub fn total(mut self, amount: impl Into<Amount>) -> Self {
        self.total_amount = Some(amount.into());
        self
    }

    /// Sets the currency (ISO 4217), `EUR` by default.
    pub fn currency(mut self, code: impl Into<String>) -> Self {
        self.currency = Some(code.into());
        self
    }

    /// Sets when it was paid, `payment_date`; by default the event's time.
    pub fn paid_at(mut self, at: impl Into<Timestamp>) -> Self {
        self.payment_date = Some(at.into());
        self
    }

    /// Sets `is_subscription`, which edition 2.1 does not have.
    pub const fn subscription(mut self, is_subscription: bool) -> Self {
        self.is_subscription = Some(is_subscription);
        self
    }

    /// Sets what was bought.
    pub fn products(mut self, products: impl IntoIterator<Item = Product>) -> Self {
        self.products = Some(products.into_iter().collect());
        self
    }

    /// Adds a property to `coverage`, which edition 2.1 does not have. A text is the id of one that was loaded.
    pub fn covers(mut self, coverage: impl Into<Coverage>) -> Self {
        self.coverage.get_or_insert_default().push(coverage.into());
        self
    }

    /// Leaves `coverage` empty.
    pub fn covers_nothing(mut self) -> Self {
        self.coverage = Some(Vec::new());
        self
    }

    /// Adds a custom field.
    pub fn custom_field(mut self, key: impl Into<String>, label: impl Into<String>, value: impl Into<String>) -> Self {
        let field = CustomField { key: key.into(), label: label.into(), value: value.into() };
        self.custom_fields.get_or_insert_default().push(field);
        self
    }

    /// Sets the invoice.
    pub fn invoice(mut self, invoice: Invoice) -> Self {
        self.invoice = invoice;
        self
    }

    /// Sends it so many times more, each after the one before was delivered: the same event, with the same bytes.
    pub const fn duplicates(mut self, n: u32) -> Self {
        self.duplicates = n;
        self
    }

    /// Sends it so many times more, all at the same time as the first.
    pub const fn duplicates_at_once(mut self, n: u32) -> Self {
        self.duplicates_at_once = n;
        self
    }

    /// Reads one from JSON, for programs in other languages.
    ///
    /// It is an object whose members have the names that they have in a webhook: `customer`, `total_amount`, `currency`,
    /// `payment_date`, `is_subscription`, `products`, `coverage`, `custom_fields`, `invoice`, `event_id`, `order_id` and
    /// `timestamp`; and `kind` (`created`, `renewed`, `properties_added`), `partner`, `webhook` (see
    /// [`WebhookTarget::from_json`]), `duplicates`, `duplicates_at_once`. All may be absent. Amounts are numbers, or exact as
    /// texts.
    ///
    /// # Errors
    /// A [`WebhookError`] that names the place of the first member that is unknown or of another type.
    ///
    /// ```
    /// use qlower_client::sandbox::Order;
    ///
    /// assert!(Order::from_json(r#"{"kind": "renewed", "products": [{"unit_price": "199.50"}]}"#).is_ok());
    /// let error = Order::from_json(r#"{"products": [{"unit_prise": 1}]}"#).unwrap_err();
    /// assert_eq!(error.place(), "products/0/unit_prise");
    /// ```
    pub fn from_json(text: &str) -> Result<Self, WebhookError> {
        let json: OrderJson = read_json(text)?;
        let kind = json.kind.map(|name| {
            OrderKind::named(&name)
                .ok_or_else(|| WebhookError::new("kind", format!("must be one of {}", OrderKind::NAMES.join(", "))))
        });
        Ok(Self {
            kind: kind.transpose()?.unwrap_or_default(),
            partner: json.partner,
            target: json.webhook.map(WebhookTarget::try_from).transpose()?,
            event_id: json.event_id,
            order_id: json.order_id,
            timestamp: json.timestamp,
            customer: json.customer.unwrap_or_default(),
            total_amount: json.total_amount,
            currency: json.currency,
            payment_date: json.payment_date,
            is_subscription: json.is_subscription,
            products: json.products,
            coverage: json.coverage,
            custom_fields: json.custom_fields,
            invoice: json.invoice.unwrap_or_default(),
            duplicates: json.duplicates.unwrap_or_default(),
            duplicates_at_once: json.duplicates_at_once.unwrap_or_default(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderJson {
    kind: Option<String>,
    partner: Option<String>,
    webhook: Option<TargetJson>,
    event_id: Option<String>,
    order_id: Option<u64>,
    timestamp: Option<Timestamp>,
    customer: Option<Customer>,
    total_amount: Option<Amount>,
    currency: Option<String>,
    payment_date: Option<Timestamp>,
    is_subscription: Option<bool>,
    products: Option<Vec<Product>>,
    coverage: Option<Vec<Coverage>>,
    custom_fields: Option<Vec<CustomField>>,
    invoice: Option<Invoice>,
    duplicates: Option<u32>,
    duplicates_at_once: Option<u32>,
}

/// Reads JSON; a fault names its place.
pub(super) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, WebhookError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place: Vec<String> = error.path().iter().filter_map(segment).collect();
        // Line and column in a text that a program wrote tell nobody anything.
        let problem = error.inner().to_string();
        let problem = problem.split(" at line ").next().unwrap_or_default();
        WebhookError::new(place.join("/"), problem)
    })?;
    reader.end().map_err(|_| WebhookError::new("", "something follows the JSON value"))?;
    Ok(read)
}

fn segment(segment: &serde_path_to_error::Segment) -> Option<String> {
    use serde_path_to_error::Segment;
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    }
}
