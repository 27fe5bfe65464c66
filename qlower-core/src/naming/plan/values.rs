//! What the words of a delivery stand for.

use std::borrow::Cow;

use chrono::NaiveDateTime;

use crate::naming::source::Source;
use crate::naming::variables::Variables;

/// The words of each file.
pub(in crate::naming) const PER_FILE: &[&str] = &["n", "name", "stem", "ext", "hash"];
/// The words of the delivery.
pub(super) const PER_DELIVERY: [&str; 3] = ["date", "time", "partner"];

/// What the words of the delivery stand for.
pub(super) struct Delivery<'d> {
    pub(super) variables: &'d Variables,
    date: String,
    time: String,
    partner: Partner<'d>,
}

enum Partner<'d> {
    Unknown,
    One(&'d str),
    Several,
}

impl<'d> Delivery<'d> {
    pub(super) fn new(sources: &[Source<'d>], variables: &'d Variables, at: NaiveDateTime) -> Self {
        let mut partners = sources.iter().filter_map(|source| source.partner);
        let partner = match partners.next() {
            Some(first) if partners.all(|partner| partner == first) => Partner::One(first),
            Some(_) => Partner::Several,
            None => Partner::Unknown,
        };
        let (date, time) = (at.format("%Y-%m-%d").to_string(), at.format("%H%M%S").to_string());
        Self { variables, date, time, partner }
    }

    pub(super) fn value<'v>(&'v self, name: &str, file: Option<(usize, &Source<'v>)>) -> Result<Cow<'v, str>, Missing> {
        if let Some((index, source)) = file {
            match name {
                "n" => return Ok(index.saturating_add(1).to_string().into()),
                "name" => return Ok(source.last().into()),
                "stem" => return Ok(source.halves().0.into()),
                "ext" => return Ok(source.halves().1.into()),
                "hash" => return source.sha256.map(Cow::from).ok_or(Missing::Unknown),
                _ => {}
            }
        }
        if let Some(value) = self.variables.get(name) {
            return Ok(value.into());
        }
        match name {
            "date" => Ok(self.date.as_str().into()),
            "time" => Ok(self.time.as_str().into()),
            "partner" => match (file.and_then(|(_, source)| source.partner), &self.partner) {
                (Some(partner), _) => Ok(partner.into()),
                (None, Partner::One(partner)) => Ok((*partner).into()),
                (None, Partner::Several) => Err(Missing::Several),
                (None, Partner::Unknown) => Err(Missing::Unknown),
            },
            _ => Err(Missing::NoVariable),
        }
    }

    /// Whether a word stands for something else in each file.
    pub(super) fn differs(&self, name: &str, source: Option<&Source<'_>>) -> bool {
        let of_payload = name == "partner"
            && self.variables.get(name).is_none()
            && source.is_some_and(|source| source.partner.is_some());
        PER_FILE.contains(&name) || of_payload
    }
}

/// Why a word stands for nothing.
pub(super) enum Missing {
    NoVariable,
    Unknown,
    Several,
}
