//! The one place where events are written.

use bytes::Bytes;
use chrono::{DateTime, Datelike, Utc};
use qlower_core::value::{Amount, Timestamp};
use qlower_core::webhook::{Edition, NEW_PROPERTY_PREFIX, PING};
use qlower_core::{ModelName, Property};
use rust_decimal::Decimal;
use serde::Serialize;

use super::error::WebhookError;
use super::ids::Ids;
use super::order::{Coverage, CustomField, Order, Product, SubItem};
use crate::sandbox::Loaded;

/// An event that can be sent.
pub(super) struct Event {
    pub(super) event_type: Option<&'static str>,
    pub(super) event_id: Option<String>,
    pub(super) order_id: Option<u64>,
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

impl Event {
    fn json(
        event_type: &'static str,
        event_id: Option<String>,
        order_id: Option<u64>,
        body: &impl Serialize,
    ) -> Result<Self, WebhookError> {
        let body = serde_json::to_vec(body).map_err(|error| WebhookError::new("", error.to_string()))?;
        let content_type = "application/json".into();
        Ok(Self { event_type: Some(event_type), event_id, order_id, content_type, body: body.into() })
    }
}

/// What an order's defaults depend on.
pub(super) struct Context<'a> {
    pub(super) edition: Edition,
    pub(super) partner: &'a str,
    pub(super) loaded: &'a Loaded,
    pub(super) ids: &'a mut Ids,
    pub(super) now: DateTime<Utc>,
}

#[derive(Serialize)]
struct PingBody {
    event_type: &'static str,
    timestamp: String,
}

#[derive(Serialize)]
struct OrderBody<'a> {
    event_type: &'static str,
    event_id: &'a str,
    order_id: u64,
    timestamp: String,
    customer: CustomerBody,
    order: PaidBody,
    invoice: InvoiceBody,
}

#[derive(Serialize)]
struct CustomerBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(Serialize)]
struct PaidBody {
    total_amount: f64,
    currency: String,
    payment_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_subscription: Option<bool>,
    products: Vec<ProductBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Vec<CoverageBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_fields: Option<Vec<CustomField>>,
}

#[derive(Serialize)]
struct ProductBody {
    product_id: String,
    product_name: String,
    quantity: u32,
    unit_price: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_items: Option<Vec<SubItemBody>>,
}

#[derive(Serialize)]
struct SubItemBody {
    description: String,
    quantity: u32,
    unit_price: f64,
    amount: f64,
}

#[derive(Serialize)]
struct CoverageBody {
    year: i32,
    property: PropertyBody,
}

#[derive(Serialize)]
struct PropertyBody {
    external_id: String,
    name: String,
}

#[derive(Serialize)]
struct InvoiceBody {
    pdf_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pdf_filename: Option<String>,
    number: String,
}

pub(super) fn ping(edition: Edition, now: DateTime<Utc>) -> Result<Event, WebhookError> {
    let body = PingBody { event_type: PING, timestamp: time(edition, now) };
    Event::json(body.event_type, None, None, &body)
}

pub(super) fn order(order: Order, context: &mut Context<'_>) -> Result<Event, WebhookError> {
    let edition = context.edition;
    refuse_what_the_edition_lacks(&order, edition)?;
    let at = instant("timestamp", order.timestamp.as_ref())?.unwrap_or(context.now);
    let paid_at = instant("payment_date", order.payment_date.as_ref())?.unwrap_or(at);
    let current = edition == Edition::Current;

    let given = order.products.unwrap_or_else(|| vec![Product::default()]);
    let mut total = Decimal::ZERO;
    let mut products = Vec::with_capacity(given.len());
    for (index, product) in given.into_iter().enumerate() {
        let (product, amount) = self::product(product, &format!("products/{index}"), current, context.ids)?;
        total = total.checked_add(amount).ok_or_else(|| too_long("products"))?;
        products.push(product);
    }
    let total = amount("total_amount", order.total_amount.as_ref())?.unwrap_or(total);

    let coverage = match order.coverage {
        _ if !current => None,
        None => Some(vec![default_coverage(context)]),
        given => given,
    };
    let coverage = coverage.map(|list| {
        let covered = list.into_iter().enumerate();
        covered.map(|(index, one)| self::coverage(one, index, paid_at.year(), context)).collect::<Result<Vec<_>, _>>()
    });
    let coverage = coverage.transpose()?;

    let order_id = order.order_id.unwrap_or_else(|| context.ids.order());
    let event_id = order.event_id.unwrap_or_else(|| context.ids.next("evt_"));
    let day = at.format("%Y%m%d");
    let nobody = order.customer.email.is_none();
    let default = |text: &str| Some(text.to_owned()).filter(|_| nobody);
    let body = OrderBody {
        event_type: order.kind.event_type(),
        event_id: &event_id,
        order_id,
        timestamp: time(edition, at),
        customer: CustomerBody {
            first_name: order.customer.first_name.or_else(|| default("Marie")),
            last_name: order.customer.last_name.or_else(|| default("Martin")),
            email: order.customer.email.unwrap_or_else(|| format!("marie.martin.{order_id}@example.com")),
            phone: order.customer.phone.or_else(|| default("+33687654321")),
        },
        order: PaidBody {
            total_amount: float("total_amount", total)?,
            currency: order.currency.unwrap_or_else(|| "EUR".into()),
            payment_date: time(edition, paid_at),
            is_subscription: current.then(|| order.is_subscription.unwrap_or(true)),
            products,
            coverage,
            custom_fields: order.custom_fields.or_else(|| (!current).then(|| vec![tax_year(paid_at.year() - 1)])),
        },
        invoice: InvoiceBody {
            pdf_url: order.invoice.pdf_url.unwrap_or_else(|| {
                let clock = at.format("%H%M%S");
                // A name that is reserved for examples: nothing can be fetched there by mistake.
                format!("https://documents.qlower.example/partner_invoices/invoice_{order_id}_{day}_{clock}.pdf?X-Amz-Expires=604800")
            }),
            pdf_filename: order.invoice.pdf_filename.or_else(|| current.then(|| format!("facture_{day}.pdf"))),
            number: order.invoice.number.unwrap_or_else(|| format!("FQCA-{}-{order_id:06}", at.year())),
        },
    };
    Event::json(body.event_type, Some(event_id.clone()), Some(order_id), &body)
}

fn refuse_what_the_edition_lacks(order: &Order, edition: Edition) -> Result<(), WebhookError> {
    if edition == Edition::Current {
        return Ok(());
    }
    let lacking = [
        ("is_subscription", order.is_subscription.is_some()),
        ("coverage", order.coverage.is_some()),
        ("invoice/pdf_filename", order.invoice.pdf_filename.is_some()),
    ];
    match lacking.into_iter().find(|(_, given)| *given) {
        Some((place, _)) => {
            Err(WebhookError::new(place, format!("edition {} of webhooks does not have it", edition.name())))
        }
        None => Ok(()),
    }
}

fn product(given: Product, place: &str, current: bool, ids: &mut Ids) -> Result<(ProductBody, Decimal), WebhookError> {
    let quantity = given.quantity.unwrap_or(1);
    let at = |member: &str| format!("{place}/{member}");
    let unit_price = amount(&at("unit_price"), given.unit_price.as_ref())?.unwrap_or(Decimal::new(3150, 1));
    let stated = amount(&at("amount"), given.amount.as_ref())?;
    let product_amount = match stated {
        Some(stated) => stated,
        None => unit_price.checked_mul(quantity.into()).ok_or_else(|| too_long(&at("unit_price")))?,
    };
    let sub_items = given.sub_items.map(|items| {
        let items = items.into_iter().enumerate();
        items.map(|(index, item)| sub_item(item, &format!("{place}/sub_items/{index}"))).collect::<Result<Vec<_>, _>>()
    });
    let product = ProductBody {
        product_id: given.product_id.unwrap_or_else(|| ids.next("prod_").chars().take(19).collect()),
        product_name: given.product_name.unwrap_or_else(|| "BIC réel (LMNP ou LMP), SCI (IR ou IS)".into()),
        quantity,
        unit_price: float(&at("unit_price"), unit_price)?,
        amount: stated
            .or_else(|| current.then_some(product_amount))
            .map(|amount| float(&at("amount"), amount))
            .transpose()?,
        sub_items: sub_items.transpose()?,
    };
    Ok((product, product_amount))
}

fn sub_item(given: SubItem, place: &str) -> Result<SubItemBody, WebhookError> {
    let quantity = given.quantity.unwrap_or(1);
    let at = |member: &str| format!("{place}/{member}");
    let unit_price = amount(&at("unit_price"), given.unit_price.as_ref())?.unwrap_or(Decimal::new(1300, 1));
    let item_amount = match amount(&at("amount"), given.amount.as_ref())? {
        Some(stated) => stated,
        None => unit_price.checked_mul(quantity.into()).ok_or_else(|| too_long(&at("unit_price")))?,
    };
    Ok(SubItemBody {
        description: given.description.unwrap_or_else(|| "1 propriété additionnelle".into()),
        quantity,
        unit_price: float(&at("unit_price"), unit_price)?,
        amount: float(&at("amount"), item_amount)?,
    })
}

fn default_coverage(context: &Context<'_>) -> Coverage {
    match properties(context.loaded).next() {
        Some((id, _)) => Coverage::of(id),
        None => Coverage::default(),
    }
}

fn coverage(given: Coverage, index: usize, year: i32, context: &mut Context<'_>) -> Result<CoverageBody, WebhookError> {
    let id = given.property.external_id.unwrap_or_else(|| context.ids.next(NEW_PROPERTY_PREFIX));
    let name = given.property.name.or_else(|| {
        let loaded = properties(context.loaded).find(|(loaded, _)| *loaded == id).map(|(_, name)| name);
        loaded.or_else(|| id.starts_with(NEW_PROPERTY_PREFIX).then(|| "Appartement Bordeaux".into()))
    });
    let name = name.ok_or_else(|| {
        WebhookError::new(
            format!("coverage/{index}/property/external_id"),
            format!("partner {:?} has loaded no property {id:?}: give its name, too", context.partner),
        )
    })?;
    Ok(CoverageBody { year: given.year.unwrap_or(year), property: PropertyBody { external_id: id, name } })
}

/// Id and name of each property that was loaded.
fn properties(loaded: &Loaded) -> impl Iterator<Item = (&str, String)> {
    let properties = loaded.items().filter(|item| item.model() == ModelName::Property);
    properties.filter_map(|item| Some((item.id(), item.read::<Property>().ok()?.description)))
}

fn tax_year(year: i32) -> CustomField {
    CustomField {
        key: "anneedeladeclaration".into(), label: "Année de la déclaration".into(), value: year.to_string()
    }
}

fn time(edition: Edition, at: DateTime<Utc>) -> String {
    let form = match edition {
        Edition::V2_1 => "%Y-%m-%dT%H:%M:%S%.3fZ",
        _ => "%Y-%m-%dT%H:%M:%S+00:00",
    };
    at.format(form).to_string()
}

fn instant(place: &str, given: Option<&Timestamp>) -> Result<Option<DateTime<Utc>>, WebhookError> {
    let wrong = || WebhookError::new(place, "must be a date and a time, such as 2026-08-05T08:42:18+00:00");
    given.map(|given| given.value().map(|at| at.to_utc()).ok_or_else(wrong)).transpose()
}

fn amount(place: &str, given: Option<&Amount>) -> Result<Option<Decimal>, WebhookError> {
    let wrong = || WebhookError::new(place, "must be a decimal number, such as 315.00");
    given.map(|given| given.value().copied().ok_or_else(wrong)).transpose()
}

fn too_long(place: &str) -> WebhookError {
    WebhookError::new(place, "has more digits than a webhook keeps: at most 15")
}

/// Qlower writes amounts as binary floats: only what these keep exactly can be sent.
fn float(place: &str, amount: Decimal) -> Result<f64, WebhookError> {
    let text = amount.normalize().to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.parse().ok().filter(|_| digits <= 15).ok_or_else(|| too_long(place))
}
