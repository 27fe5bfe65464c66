//! What holds for any body of a webhook.

use qlower_core::Lang;
use qlower_core::webhook::vehicle::EventKind;
use qlower_core::webhook::{Event, InvalidEvent, OrderEvent, keyclic, vehicle};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::corpus::KEY;

/// Reads bytes as an event of Qlower's, of Keyclic's, and of the vehicle platform.
///
/// # Errors
/// Says which property does not hold.
pub fn event(body: &[u8]) -> Result<(), String> {
    match Event::parse(body) {
        Ok(event) => qlower(&event, body)?,
        Err(invalid) => refused(&invalid, body)?,
    }
    match keyclic::Event::parse(body) {
        Ok(event) => of_keyclic(&event, body)?,
        Err(invalid) => refused(&invalid, body)?,
    }
    match vehicle::Event::new(EventKind::VehicleProcessed, body) {
        Ok(event) => _ = readable(&event.told())?,
        Err(invalid) => refused(&invalid, body)?,
    }
    Ok(())
}

fn qlower(event: &Event, body: &[u8]) -> Result<(), String> {
    if event.raw() != body {
        return Err("the event changed the body".to_owned());
    }
    let told = event.told();
    let again = Event::parse(&readable(&told)?).map_err(|invalid| format!("what is told cannot be read: {invalid}"))?;
    if again.told() != told || (again.id(), again.event_type()) != (event.id(), event.event_type()) {
        return Err(format!("reading what is told changes it: {told} becomes {}", again.told()));
    }
    readable(&event.json())?;
    if let Some(order) = event.order() {
        exact(order, body)?;
        if order.properties().len() > order.coverage().len() {
            return Err("more properties than coverage".to_owned());
        }
    }
    Ok(())
}

fn of_keyclic(event: &keyclic::Event, body: &[u8]) -> Result<(), String> {
    if event.raw() != body {
        return Err("the event changed the body".to_owned());
    }
    let told = event.told();
    let again = keyclic::Event::parse(&readable(&told)?)
        .map_err(|invalid| format!("what is told cannot be read: {invalid}"))?;
    // The key is of these bytes, others have another.
    if ["event", "payload"].iter().any(|part| again.told().get(part) != told.get(part)) {
        return Err(format!("reading what is told changes it: {told} becomes {}", again.told()));
    }
    Ok(())
}

/// What is told can be read by any parser.
fn readable(told: &Value) -> Result<Vec<u8>, String> {
    let text = told.to_string();
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value == *told => Ok(text.into_bytes()),
        Ok(_) => Err(format!("another parser reads something else: {text}")),
        Err(error) => Err(format!("another parser cannot read it: {error}: {text}")),
    }
}

/// What is refused is refused at a place, and shows nothing of the body.
fn refused(invalid: &InvalidEvent, body: &[u8]) -> Result<(), String> {
    if !(invalid.pointer().is_empty() || invalid.pointer().starts_with('/')) {
        return Err(format!("no pointer: {invalid:?}"));
    }
    let shown = [invalid.to_string(), invalid.message(Lang::Fr), format!("{invalid:?}")];
    if shown.iter().any(|shown| shown.contains(KEY)) {
        return Err(format!("the error shows the body: {shown:?}"));
    }
    if invalid.problem().name() == "not_json" && serde_json::from_slice::<Box<RawValue>>(body).is_ok() {
        return Err(format!("another parser takes this as JSON: {invalid}"));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Document {
    order: Order,
}

#[derive(Deserialize)]
struct Order {
    total_amount: Box<RawValue>,
    #[serde(default)]
    products: Option<Vec<Product>>,
}

#[derive(Deserialize)]
struct Product {
    unit_price: Box<RawValue>,
}

/// The amounts have the digits that another parser finds in the text.
fn exact(event: &OrderEvent, body: &[u8]) -> Result<(), String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // It is stricter in what is of no concern here, such as half a character in a key.
    let Ok(Document { order }) = serde_json::from_slice::<Document>(body) else { return Ok(()) };
    let products = order.products.unwrap_or_default();
    if products.len() != event.order.products.len() {
        return Err(format!("{} products instead of {}", event.order.products.len(), products.len()));
    }
    let prices = event.order.products.iter().zip(&products).map(|(read, given)| (read.unit_price, &given.unit_price));
    for (read, given) in prices.chain([(event.order.total_amount, &order.total_amount)]) {
        let text = serde_json::from_str::<String>(given.get()).unwrap_or_else(|_| given.get().to_owned());
        if digits(&read.to_string()) != digits(&text) {
            return Err(format!("{text} is read as {read}"));
        }
    }
    Ok(())
}

/// Sign, digits without zeros at either end, and the place of the point before the first of them.
fn digits(text: &str) -> (bool, String, i64) {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) =
        number.trim_start_matches('-').split_once('.').unwrap_or((number.trim_start_matches('-'), ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return (false, String::new(), 0);
    }
    let point =
        whole.len() as i64 - (all.len() - significant.len()) as i64 + exponent.parse::<i64>().unwrap_or(i64::MIN / 2);
    (number.starts_with('-'), significant.trim_end_matches('0').to_owned(), point)
}
