//! What an order is made of.

use qlower_core::value::Amount;
use serde::{Deserialize, Serialize};

/// Who paid.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Customer {
    pub(in super::super) email: Option<String>,
    pub(in super::super) first_name: Option<String>,
    pub(in super::super) last_name: Option<String>,
    pub(in super::super) phone: Option<String>,
}

impl Customer {
    /// Somebody of whom nothing but the address is known.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: Some(email.into()), ..Self::default() }
    }

    /// Sets the first name.
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.first_name = Some(name.into());
        self
    }

    /// Sets the last name.
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = Some(name.into());
        self
    }

    /// Sets the phone number.
    pub fn phone(mut self, number: impl Into<String>) -> Self {
        self.phone = Some(number.into());
        self
    }
}

/// Something that was bought.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Product {
    pub(in super::super) product_id: Option<String>,
    pub(in super::super) product_name: Option<String>,
    pub(in super::super) quantity: Option<u32>,
    pub(in super::super) unit_price: Option<Amount>,
    pub(in super::super) amount: Option<Amount>,
    pub(in super::super) sub_items: Option<Vec<SubItem>>,
}

impl Product {
    /// One piece of something; its id is made up.
    pub fn new(name: impl Into<String>, unit_price: impl Into<Amount>) -> Self {
        Self { product_name: Some(name.into()), unit_price: Some(unit_price.into()), ..Self::default() }
    }

    /// Sets its id, `product_id`.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.product_id = Some(id.into());
        self
    }

    /// Sets how many, 1 by default.
    pub const fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets `amount`; by default the unit price times the quantity, and in edition 2.1 none.
    pub fn amount(mut self, amount: impl Into<Amount>) -> Self {
        self.amount = Some(amount.into());
        self
    }

    /// Adds a line of its price, `sub_items`.
    pub fn sub_item(mut self, item: SubItem) -> Self {
        self.sub_items.get_or_insert_default().push(item);
        self
    }
}

/// A line of a product's price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct SubItem {
    pub(in super::super) description: Option<String>,
    pub(in super::super) quantity: Option<u32>,
    pub(in super::super) unit_price: Option<Amount>,
    pub(in super::super) amount: Option<Amount>,
}

impl SubItem {
    /// One piece of something.
    pub fn new(description: impl Into<String>, unit_price: impl Into<Amount>) -> Self {
        Self { description: Some(description.into()), unit_price: Some(unit_price.into()), ..Self::default() }
    }

    /// Sets how many, 1 by default.
    pub const fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets `amount`; by default the unit price times the quantity.
    pub fn amount(mut self, amount: impl Into<Amount>) -> Self {
        self.amount = Some(amount.into());
        self
    }
}

/// A property and a year for which an order is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Coverage {
    pub(in super::super) year: Option<i32>,
    #[serde(default)]
    pub(in super::super) property: Covered,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Covered {
    pub(in super::super) external_id: Option<String>,
    pub(in super::super) name: Option<String>,
}

impl Coverage {
    /// A property that the partner loaded into this sandbox, by its id: its name is taken from there.
    pub fn of(id: impl Into<String>) -> Self {
        Self { year: None, property: Covered { external_id: Some(id.into()), name: None } }
    }

    /// A property that the customer created: it gets an id that starts with `qlw_`.
    pub fn new_property(name: impl Into<String>) -> Self {
        Self { year: None, property: Covered { external_id: None, name: Some(name.into()) } }
    }

    /// Sets the year; by default that of the payment.
    pub const fn year(mut self, year: i32) -> Self {
        self.year = Some(year);
        self
    }

    /// Sets the property's name, which need not be that which was loaded.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.property.name = Some(name.into());
        self
    }
}

impl From<&str> for Coverage {
    fn from(id: &str) -> Self {
        Self::of(id)
    }
}

impl From<String> for Coverage {
    fn from(id: String) -> Self {
        Self::of(id)
    }
}

/// A field that the partner had added to the order's form.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// Its name for programs.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What was entered.
    pub value: String,
}

/// The invoice.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Invoice {
    pub(in super::super) pdf_url: Option<String>,
    pub(in super::super) pdf_filename: Option<String>,
    pub(in super::super) number: Option<String>,
}

impl Invoice {
    /// An invoice of this number.
    pub fn new(number: impl Into<String>) -> Self {
        Self { number: Some(number.into()), ..Self::default() }
    }

    /// Sets where it can be had, `pdf_url`.
    pub fn pdf_url(mut self, url: impl Into<String>) -> Self {
        self.pdf_url = Some(url.into());
        self
    }

    /// Sets the file's name, `pdf_filename`, which edition 2.1 does not have.
    pub fn pdf_filename(mut self, name: impl Into<String>) -> Self {
        self.pdf_filename = Some(name.into());
        self
    }
}
