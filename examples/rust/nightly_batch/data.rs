//! A night's work of a made-up agency: the same for the same day.

use std::error::Error;

use chrono::{Days, NaiveDate};
use qlower_client::codes::PropertyTaxRegime;
use qlower_client::{Property, Transaction};

pub(crate) struct Night {
    pub(crate) day: NaiveDate,
    pub(crate) properties: u64,
}

type Made<T> = Result<T, Box<dyn Error>>;

impl Night {
    pub(crate) fn properties(&self) -> impl Iterator<Item = Made<Property>> {
        (1..=self.properties).map(|number| {
            Ok(Property::builder()
                .id(format!("L{number:05}"))
                .description(format!("Appartement {number}"))
                .street(format!("{number} rue de l'Église"))
                .town("Orléans")
                .post_code("45000")
                .country("FR")
                .last_name("Dupont")
                .first_name("Élise")
                .email(format!("bailleur{number}@example.com"))
                .acquisition_date("2010-05-06")
                .tax_regime(PropertyTaxRegime::LmnpReal)
                .build()?)
        })
    }

    /// Rents of the last months, in cents that differ.
    pub(crate) fn transactions(&self, number: u64) -> impl Iterator<Item = Made<Transaction>> {
        let properties = self.properties.max(1);
        (0..number).map(move |at| {
            let day = self.day.checked_sub_days(Days::new(at % 365)).unwrap_or(self.day);
            Ok(Transaction::builder()
                .id(format!("{}-{at:08}", self.day))
                .date(day)
                .property_id(format!("L{:05}", at % properties + 1))
                .amount(amount(at))
                .reference("Loyer")
                .build()?)
        })
    }
}

fn amount(at: u64) -> String {
    format!("{}.{:02}", 300 + at % 1700, at % 100)
}
