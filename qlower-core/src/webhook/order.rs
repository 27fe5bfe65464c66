//! What a customer paid for.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde_json::Value;

use super::SignedUrl;
use super::event::{Edition, Raw};

event_model! {
    /// The customer who paid.
    Customer {
        /// First name.
        first_name: optional String as Personal = "first_name",
        /// Last name.
        last_name: optional String as Personal = "last_name",
        /// E-mail address.
        email: required String as Personal = "email",
        /// Phone number.
        phone: optional String as Personal = "phone",
    }
}

event_model! {
    /// A part of a product's price.
    SubItem {
        /// What it is.
        description: optional String as Text = "description",
        /// How many.
        quantity: required i64 as Whole = "quantity",
        /// Price of one, in the order's currency.
        unit_price: required Decimal as Money = "unit_price",
        /// Price of all of them, in the order's currency.
        amount: required Decimal as Money = "amount",
    }
}

event_model! {
    /// Something that was bought.
    Product {
        /// Key of the product.
        product_id: required String as Id = "product_id",
        /// Name of the product.
        product_name: required String as Text = "product_name",
        /// How many.
        quantity: required i64 as Whole = "quantity",
        /// Price of one, in the order's currency.
        unit_price: required Decimal as Money = "unit_price",
        /// Price of all of them, in the order's currency.
        amount: optional Decimal as Money = "amount",
        /// What the price consists of.
        sub_items: list SubItem as Nested = "sub_items",
    }
}

event_model! {
    /// A property that an order is for.
    CoveredProperty {
        /// The id under which the partner loaded it. One that begins with `qlw_` was created by the customer, and is new to
        /// the partner: keep it, since loading the property under that id joins it to the existing one.
        external_id: required String as Id = "external_id",
        /// Name of the property.
        name: optional String as Personal = "name",
    }
    derived {
        /// Whether the customer created the property, so that the partner does not know it yet.
        is_new_to_partner: Boolean
    }
}

event_model! {
    /// A fiscal year of a property that an order is for.
    Coverage {
        /// The fiscal year.
        year: required i32 as YearNumber = "year",
        /// The property.
        property: required CoveredProperty as Nested = "property",
    }
}

event_model! {
    /// An answer of the customer's; only in edition 2.1.
    CustomField {
        /// Key of the question.
        key: optional String as Text = "key",
        /// The question, for people.
        label: optional String as Text = "label",
        /// The answer.
        value: optional String as Anything = "value",
    }
}

event_model! {
    /// The order that was paid.
    Order {
        /// What was paid, in the order's currency.
        total_amount: required Decimal as Money = "total_amount",
        /// Currency, ISO 4217: `EUR`.
        currency: required String as Currency = "currency",
        /// When it was paid.
        payment_date: required DateTime<FixedOffset> as Instant = "payment_date",
        /// Whether it is renewed each fiscal year. Absent in edition 2.1.
        is_subscription: optional bool as Truth = "is_subscription",
        /// What was bought.
        products: list Product as Nested = "products",
        /// The fiscal years of properties that it is for; only the added ones where a customer adds a property. May be empty,
        /// and is in edition 2.1.
        coverage: list Coverage as Nested = "coverage",
        /// Answers of the customer's; only in edition 2.1.
        custom_fields: list CustomField as Nested = "custom_fields",
    }
}

event_model! {
    /// The invoice of an order.
    Invoice {
        /// Where the file is, for seven days. Whoever has this link can read it.
        pdf_url: optional SignedUrl as Link = "pdf_url",
        /// Name of the file. Absent in edition 2.1.
        pdf_filename: optional String as Text = "pdf_filename",
        /// Number of the invoice.
        number: optional String as Text = "number",
    }
}

event_model! {
    /// A payment: a first one (`order.created`), or that of the next fiscal year (`order.renewed`).
    OrderEvent {
        /// Key of the event, the same each time it is sent: what it is de-duplicated by.
        event_id: required String as Id = "event_id",
        /// Number of the order.
        order_id: required i64 as Whole = "order_id",
        /// When the event happened.
        timestamp: required DateTime<FixedOffset> as Instant = "timestamp",
        /// The customer who paid.
        customer: required Customer as Nested = "customer",
        /// The order that was paid.
        order: required Order as Nested = "order",
        /// Its invoice.
        invoice: optional Invoice as Nested = "invoice",
    }
    derived {
        /// The edition of the documentation that describes it: `2.1`, or `current`.
        edition: Text
    }
    kept {
        raw: Raw,
    }
}

/// How the id of a property begins that a customer created, and that is new to the partner.
pub const NEW_PROPERTY_PREFIX: &str = "qlw_";

impl CoveredProperty {
    /// Whether the customer created the property, so that the partner does not know it yet: its id begins with `qlw_`.
    #[must_use]
    pub fn is_new_to_partner(&self) -> bool {
        self.external_id.starts_with(NEW_PROPERTY_PREFIX)
    }
}

impl OrderEvent {
    /// The edition of the documentation that describes it, by the fields that are there.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.raw.edition
    }

    /// The body as it came.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// The whole body, with the fields that this version does not know.
    #[must_use]
    pub fn json(&self) -> Value {
        self.raw.json()
    }

    /// The fiscal years of properties that the order is for.
    #[must_use]
    pub fn coverage(&self) -> &[Coverage] {
        &self.order.coverage
    }

    /// Whether the order is for this fiscal year of this property.
    #[must_use]
    pub fn covers(&self, external_id: &str, year: i32) -> bool {
        self.coverage().iter().any(|covered| covered.year == year && covered.property.external_id == external_id)
    }

    /// The fiscal years of a property that the order is for, in ascending order.
    #[must_use]
    pub fn years_of(&self, external_id: &str) -> Vec<i32> {
        let of_it = self.coverage().iter().filter(|covered| covered.property.external_id == external_id);
        of_it.map(|covered| covered.year).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The properties that the order is for, each once.
    #[must_use]
    pub fn properties(&self) -> Vec<&CoveredProperty> {
        let mut seen = BTreeSet::new();
        let all = self.coverage().iter().map(|covered| &covered.property);
        all.filter(|property| seen.insert(&property.external_id)).collect()
    }

    /// Those of [`properties`](Self::properties) that are new to the partner.
    #[must_use]
    pub fn new_properties(&self) -> Vec<&CoveredProperty> {
        self.properties().into_iter().filter(|property| property.is_new_to_partner()).collect()
    }
}
