//! What holds for every event, and for every text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use qlower_core::webhook::vehicle::EventKind;
use qlower_core::webhook::{Edition, Event, keyclic, vehicle};
use serde_json::Value;

use super::{CURRENT, V2_1};

/// A decimal as a text of JSON: sign, digits, fraction.
fn decimal() -> impl Strategy<Value = String> {
    ("-?(0|[1-9][0-9]{0,13})", prop::option::of("[0-9]{1,6}"))
        .prop_map(|(whole, fraction)| fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Zéèç' -]{0,12}", any::<String>()]
}

fn id() -> impl Strategy<Value = String> {
    "(qlw_|evt_|)[A-Za-z0-9é-]{1,20}"
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[derive(Clone, Debug)]
struct Given {
    is_current: bool,
    event_id: String,
    order_id: i64,
    email: String,
    phone: Option<String>,
    total: (String, bool),
    prices: Vec<(String, Option<String>, i64)>,
    coverage: Vec<(i32, String)>,
    answers: Vec<(String, String)>,
    /// Members in another order, with space, and with some that nobody knows.
    turn: usize,
    space: &'static str,
    unknown: String,
}

fn given() -> impl Strategy<Value = Given> {
    let order = (any::<bool>(), id(), -(1_i64 << 53) + 1..1 << 53, text(), prop::option::of(text()));
    let money = ((decimal(), any::<bool>()), vec((decimal(), prop::option::of(decimal()), -5..99_i64), 0..4));
    let more = (vec((1000..9999_i32, id()), 0..4), vec((text(), text()), 0..3));
    let form = (0..6_usize, select(vec!["", " ", "\n\t", "\r\n  "]), text());
    (order, money, more, form).prop_map(|(order, money, more, form)| {
        let (is_current, event_id, order_id, email, phone) = order;
        let ((total, prices), (coverage, answers), (turn, space, unknown)) = (money, more, form);
        Given { is_current, event_id, order_id, email, phone, total, prices, coverage, answers, turn, space, unknown }
    })
}

impl Given {
    fn object(&self, mut members: Vec<(&str, String)>) -> String {
        members.push(("unknown", quoted(&self.unknown)));
        let turn = self.turn % members.len();
        members.rotate_left(turn);
        let space = self.space;
        let members: Vec<_> =
            members.iter().map(|(key, value)| format!("{space}\"{key}\"{space}:{space}{value}")).collect();
        format!("{{{}{space}}}", members.join(","))
    }

    fn list(items: impl Iterator<Item = String>) -> String {
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    }

    fn body(&self) -> String {
        let (total, in_quotes) = &self.total;
        let mut order = vec![
            ("total_amount", if *in_quotes { quoted(total) } else { total.clone() }),
            ("currency", "\"EUR\"".to_owned()),
            ("payment_date", "\"2026-01-02T03:04:05Z\"".to_owned()),
        ];
        let products = self.prices.iter().enumerate().map(|(at, (price, amount, quantity))| {
            self.object(vec![
                ("product_id", quoted(&format!("prod_{at}"))),
                ("product_name", quoted(&self.email)),
                ("quantity", quantity.to_string()),
                ("unit_price", price.clone()),
                ("amount", amount.clone().unwrap_or("null".to_owned())),
            ])
        });
        order.push(("products", Self::list(products)));
        if self.is_current {
            let coverage = self.coverage.iter().map(|(year, external_id)| {
                let property = self.object(vec![("external_id", quoted(external_id))]);
                self.object(vec![("year", year.to_string()), ("property", property)])
            });
            order.push(("coverage", Self::list(coverage)));
            order.push(("is_subscription", "false".to_owned()));
        } else {
            let answers = self.answers.iter();
            let answers = answers.map(|(key, value)| self.object(vec![("key", quoted(key)), ("value", quoted(value))]));
            order.push(("custom_fields", Self::list(answers)));
        }
        let mut customer = vec![("email", quoted(&self.email))];
        customer.extend(self.phone.as_ref().map(|phone| ("phone", quoted(phone))));
        self.object(vec![
            ("event_type", "\"order.renewed\"".to_owned()),
            ("event_id", quoted(&self.event_id)),
            ("order_id", self.order_id.to_string()),
            ("timestamp", "\"2026-01-02T03:04:05+00:00\"".to_owned()),
            ("customer", self.object(customer)),
            ("order", self.object(order)),
        ])
    }
}

/// Zero has no sign.
fn digits(text: &str) -> String {
    let is_zero = !text.contains(|digit: char| ('1'..='9').contains(&digit));
    if is_zero { text.trim_start_matches('-') } else { text }.to_owned()
}

/// What holds for any body.
fn sound(body: &[u8]) {
    if let Ok(event) = Event::parse(body) {
        assert_eq!(event.raw(), body);
        let told = event.told();
        let again = Event::parse(told.to_string().as_bytes()).unwrap();
        assert_eq!(again.told(), told, "reading the normal form gives it again");
        assert_eq!((again.id(), again.event_type()), (event.id(), event.event_type()));
        assert!(event.json().is_object());
        let _ = format!("{event:?}");
    }
    if let Ok(event) = keyclic::Event::parse(body) {
        let told = event.told();
        let again = keyclic::Event::parse(told.to_string().as_bytes()).unwrap().told();
        assert_eq!((&again["event"], &again["payload"]), (&told["event"], &told["payload"]));
    }
    if let Ok(event) = vehicle::Event::new(EventKind::NewData, body) {
        assert!(serde_json::from_str::<Value>(&event.told().to_string()).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_order_of_either_edition_is_read_exactly(given in given()) {
        let body = given.body();
        let event = Event::parse(body.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}: {body}")))?;
        prop_assert_eq!((event.event_type(), event.id()), ("order.renewed", Some(given.event_id.as_str())));
        let order = event.order().unwrap();
        prop_assert_eq!(order.order_id, given.order_id);
        prop_assert_eq!(order.edition(), if given.is_current { Edition::Current } else { Edition::V2_1 });
        prop_assert_eq!((&order.customer.email, &order.customer.phone), (&given.email, &given.phone));
        prop_assert_eq!(digits(&order.order.total_amount.to_string()), digits(&given.total.0));
        prop_assert_eq!(order.order.products.len(), given.prices.len());
        for (product, (price, amount, quantity)) in order.order.products.iter().zip(&given.prices) {
            prop_assert_eq!(digits(&product.unit_price.to_string()), digits(price));
            prop_assert_eq!(product.amount.map(|amount| digits(&amount.to_string())), amount.as_deref().map(digits));
            prop_assert_eq!(product.quantity, *quantity);
        }
        if given.is_current {
            let read: Vec<_> = order.coverage().iter().map(|each| (each.year, each.property.external_id.clone())).collect();
            prop_assert_eq!(&read, &given.coverage);
            for (year, external_id) in &given.coverage {
                prop_assert!(order.covers(external_id, *year) && order.years_of(external_id).contains(year));
            }
            prop_assert_eq!(
                order.new_properties().len(),
                given.coverage.iter().filter(|(_, id)| id.starts_with("qlw_")).map(|(_, id)| id).collect::<std::collections::BTreeSet<_>>().len()
            );
        } else {
            let read: Vec<_> = order.order.custom_fields.iter().map(|each| (each.key.clone().unwrap(), each.value.clone().unwrap())).collect();
            prop_assert_eq!(&read, &given.answers);
        }
        let json: Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(&event.json()["unknown"], &json["unknown"]);
        sound(body.as_bytes());
    }

    #[test]
    fn a_changed_body_is_read_or_refused(
        old in any::<bool>(),
        changes in vec((any::<Index>(), 0..4_u8, any::<u8>(), select(vec!["null", "{}", "[", "\"", "1e9", ",", "\\ud800", "\u{feff}", "-"])), 1..6),
    ) {
        let mut body = if old { V2_1 } else { CURRENT }.as_bytes().to_vec();
        for (at, kind, byte, token) in changes {
            let at = at.index(body.len() + 1);
            match kind {
                0 => body.truncate(at),
                1 => _ = body.splice(at..at, token.bytes()),
                2 => body.insert(at, byte),
                _ => if let Some(changed) = body.get_mut(at) { *changed = byte },
            }
        }
        sound(&body);
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..200), text in "[\\[\\]{}\":,a-e0-9.\\\\ -]{0,60}") {
        sound(&body);
        sound(text.as_bytes());
    }
}

#[test]
fn every_beginning_of_a_body_is_refused() {
    for body in [CURRENT, V2_1] {
        for end in 0..body.len() {
            assert!(Event::parse(&body.as_bytes()[..end]).is_err(), "{end}");
        }
    }
}
