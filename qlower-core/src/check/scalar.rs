//! Values of a single field: type, form, list.

use std::borrow::Cow;

use super::FindingCode;
use super::engine::Checker;
use super::object::{Frame, Slot};
use super::params::{Detail, JsonType, Params};
use crate::codes::{CodeList, WireType};
use crate::model::{Field, Kind, Model, ModelName};
use crate::scan::{Stop, Text, Token};
use crate::value::date::{self, Reading};
use crate::value::{decimal, identifier, number, text as rule, timestamp};

/// What a value turned out to be.
enum Verdict {
    Valid(u32),
    /// To be reported, with a suggestion.
    Wrong(FindingCode, Option<String>),
    /// To be reported, but the value stands.
    Doubtful(FindingCode, Option<String>, u32),
}

use Verdict::{Doubtful, Valid, Wrong};

impl<'t> Checker<'t> {
    /// Checks the scalar at the position as the value of a field.
    #[inline]
    pub(super) fn scalar(
        &mut self,
        model: &'static Model,
        field: &'static Field,
        index: usize,
        frame: &mut Frame<'t>,
    ) -> Result<(), Stop> {
        let at = self.scan.pos();
        let token = self.scan.token();
        self.drain(Some(field.key));
        match token? {
            Token::Text(text) => self.text(model, field, index, frame, text),
            Token::Number(raw) => return self.number(model, field, index, frame, at, raw),
            Token::Null => {
                if field.required {
                    self.report(FindingCode::MissingField, model.name, at, Params::field(field.key));
                }
            }
            Token::Invalid => frame.set(index, Slot { at, ..Slot::default() }, false),
            other => {
                frame.set(index, Slot { at, ..Slot::default() }, false);
                return self.wrong_type(model.name, Some(field), at, expected(field), other);
            }
        }
        Ok(())
    }

    #[inline]
    fn text(
        &mut self,
        model: &'static Model,
        field: &'static Field,
        index: usize,
        frame: &mut Frame<'t>,
        text: Text<'t>,
    ) {
        if field.required && text.is_blank() {
            self.report(FindingCode::MissingField, model.name, text.at, Params::field(field.key));
            return;
        }
        let verdict = match field.kind {
            Kind::Text | Kind::Secret | Kind::PostCode => Valid(0),
            Kind::Date => date_verdict(date::read(&text.bytes())),
            Kind::Decimal => decimal_verdict(decimal::read(&text.bytes(), false)),
            Kind::Code(list) => match list.find_bytes(&text.bytes()) {
                Some(entry) if entry.retired => Doubtful(FindingCode::RetiredCode, None, code_bits(entry.code)),
                Some(entry) => Valid(code_bits(entry.code)),
                None => {
                    Wrong(FindingCode::UnknownCode, list.suggest(&text.decode()).map(|entry| entry.code.to_owned()))
                }
            },
            _ => rare_text(field, &text),
        };
        let slot = |bits| Slot { at: text.at, text: Some(text), bits };
        match verdict {
            Valid(bits) => frame.set(index, slot(bits), true),
            Wrong(code, suggestion) => {
                frame.set(index, slot(0), false);
                self.wrong_value(code, model.name, field, text.at, &text.decode(), suggestion);
            }
            Doubtful(code, suggestion, bits) => {
                frame.set(index, slot(bits), true);
                self.wrong_value(code, model.name, field, text.at, &text.decode(), suggestion);
            }
        }
    }

    #[inline]
    fn number(
        &mut self,
        model: &'static Model,
        field: &'static Field,
        index: usize,
        frame: &mut Frame<'t>,
        at: usize,
        raw: &'t [u8],
    ) -> Result<(), Stop> {
        let verdict = match field.kind {
            Kind::Decimal => decimal_verdict(decimal::read(raw, true)),
            Kind::Integer => integer_verdict(field, number::read_integer(raw, true)),
            Kind::Year => match number::read_integer(raw, true) {
                Some(1000..=9999) => Valid(0),
                _ => Wrong(FindingCode::InvalidYear, None),
            },
            Kind::Code(list) => code_number(list, raw),
            _ => {
                frame.set(index, Slot { at, ..Slot::default() }, false);
                return self.wrong_type(model.name, Some(field), at, expected(field), Token::Number(raw));
            }
        };
        let (valid, bits) = match &verdict {
            Valid(bits) | Doubtful(_, _, bits) => (true, *bits),
            Wrong(..) => (false, 0),
        };
        frame.set(index, Slot { at, text: None, bits }, valid);
        if let Wrong(code, suggestion) | Doubtful(code, suggestion, _) = verdict {
            self.wrong_value(code, model.name, field, at, &String::from_utf8_lossy(raw), suggestion);
        }
        Ok(())
    }

    #[cold]
    fn wrong_value(
        &mut self,
        code: FindingCode,
        model: ModelName,
        field: &'static Field,
        at: usize,
        value: &str,
        suggestion: Option<String>,
    ) {
        let suggestion = match code {
            FindingCode::InvalidDate => date::suggest(value),
            FindingCode::DateWithTime | FindingCode::DateAtMidnight => value.get(..10).map(str::to_owned),
            FindingCode::InvalidDecimal => decimal::suggest(value),
            FindingCode::TooManyDigits => shorter(value),
            _ => suggestion,
        };
        let mut params = Params::field(field.key).value(value).suggestion(suggestion);
        match field.kind {
            Kind::Code(list) if code == FindingCode::UnknownCode => params.accepted = Some(list),
            Kind::Integer if code == FindingCode::OutOfRange => {
                params = params.detail(if may_be_negative(field) { Detail::Signed } else { Detail::NotNegative });
            }
            _ => {}
        }
        self.report(code, model, at, params);
    }
}

/// The type that the wire's published examples use.
const fn expected(field: &Field) -> JsonType {
    match field.kind {
        Kind::Decimal | Kind::Integer => JsonType::Number,
        Kind::Code(list) if matches!(list.wire, WireType::Integer) => JsonType::Number,
        Kind::Object(_) => JsonType::Object,
        Kind::List(_) => JsonType::Array,
        _ => JsonType::Text,
    }
}

fn date_verdict(reading: Reading) -> Verdict {
    match reading {
        Reading::Date(date) => Valid(date.bits()),
        Reading::Midnight(date) => Doubtful(FindingCode::DateAtMidnight, None, date.bits()),
        Reading::OtherTime => Wrong(FindingCode::DateWithTime, None),
        Reading::NoSuchDay => Wrong(FindingCode::NonexistentDate, None),
        Reading::Unreadable => Wrong(FindingCode::InvalidDate, None),
    }
}

const fn decimal_verdict(reading: decimal::Reading) -> Verdict {
    match reading {
        decimal::Reading::Number { digits } if digits <= decimal::MAX_DIGITS => Valid(digits),
        decimal::Reading::Number { .. } => Wrong(FindingCode::TooManyDigits, None),
        decimal::Reading::OutOfRange | decimal::Reading::Unreadable => Wrong(FindingCode::InvalidDecimal, None),
    }
}

/// A floor may lie below ground.
fn may_be_negative(field: &Field) -> bool {
    field.key == "nbrFloors"
}

/// Counts of things have no sign and fit into 32 bits.
fn integer_verdict(field: &Field, number: Option<i64>) -> Verdict {
    let smallest = if may_be_negative(field) { i64::from(i32::MIN) } else { 0 };
    match number {
        Some(number) if (smallest..=i64::from(i32::MAX)).contains(&number) => Valid(0),
        Some(_) => Wrong(FindingCode::OutOfRange, None),
        None => Wrong(FindingCode::InvalidInteger, None),
    }
}

/// A code's number, for rules that ask for one.
fn code_bits(code: &str) -> u32 {
    code.parse().unwrap_or(0)
}

fn code_number(list: &'static CodeList, raw: &[u8]) -> Verdict {
    // 5.0 is the number 5.
    let whole = number::read_integer(raw, true).map(|number| number.to_string());
    match whole.as_deref().and_then(|code| list.find(code)) {
        Some(entry) if entry.retired => Doubtful(FindingCode::RetiredCode, None, code_bits(entry.code)),
        Some(entry) => Valid(code_bits(entry.code)),
        None => {
            let given = std::str::from_utf8(raw).unwrap_or_default();
            Wrong(FindingCode::UnknownCode, list.suggest(given).map(|entry| entry.code.to_owned()))
        }
    }
}

/// The kinds that occur once an item or less.
fn rare_text(field: &Field, text: &Text<'_>) -> Verdict {
    let value = text.decode();
    let bytes = value.as_bytes();
    match field.kind {
        Kind::Siren if !identifier::all_digits(bytes, 9) => {
            Wrong(FindingCode::InvalidSiren, identifier::suggest(&value, 9))
        }
        Kind::Siren if !identifier::luhn(bytes) => Doubtful(FindingCode::SirenChecksum, None, code_bits(&value)),
        Kind::Siren => Valid(code_bits(&value)),
        Kind::Nic if !identifier::all_digits(bytes, 5) => {
            Wrong(FindingCode::InvalidNic, identifier::suggest(&value, 5))
        }
        Kind::Siret if !identifier::all_digits(bytes, 14) => {
            Wrong(FindingCode::InvalidSiret, identifier::suggest(&value, 14))
        }
        Kind::Siret if !identifier::siret_checksum(bytes) => Doubtful(FindingCode::SiretChecksum, None, 0),
        Kind::Email if !rule::is_email(&value) => {
            let trimmed = value.trim();
            Wrong(FindingCode::InvalidEmail, (trimmed != value && rule::is_email(trimmed)).then(|| trimmed.to_owned()))
        }
        Kind::Country if value != "FR" && !value.trim().is_empty() => {
            Doubtful(FindingCode::ForeignCountry, france(&value), 1)
        }
        Kind::Url => match rule::url_scheme(&value) {
            Some(scheme) if scheme == "https" => Valid(0),
            Some(scheme) => {
                let rest = value.get(4..).filter(|_| scheme == "http");
                Doubtful(FindingCode::InsecureLink, rest.map(|rest| format!("https{rest}")), 0)
            }
            None => Wrong(FindingCode::InvalidUrl, rule::suggest_url(&value)),
        },
        Kind::Version if value != "2.0" => Wrong(FindingCode::UnsupportedVersion, None),
        Kind::Year if bytes.len() != 4 || !identifier::all_digits(bytes, 4) || value == "0000" => {
            Wrong(FindingCode::InvalidYear, None)
        }
        Kind::Integer => integer_verdict(field, number::read_integer(bytes, false)),
        Kind::Timestamp => match timestamp::read(bytes) {
            None => Wrong(FindingCode::InvalidDateTime, None),
            Some(reading) => {
                let suggestion = Some(crate::value::Timestamp::Value(reading.instant).to_string());
                match (reading.has_time, reading.has_offset) {
                    (true, true) => Valid(0),
                    (true, false) => Doubtful(FindingCode::DateTimeWithoutOffset, suggestion, 0),
                    (false, _) => Doubtful(FindingCode::DateTimeWithoutTime, suggestion, 0),
                }
            }
        },
        _ => Valid(0),
    }
}

fn france(given: &str) -> Option<String> {
    let given = given.trim();
    ["fr", "fra", "france"].iter().any(|name| given.eq_ignore_ascii_case(name)).then(|| "FR".to_owned())
}

/// The value with 15 significant digits, where the rest is what arithmetic on binary floats leaves behind.
fn shorter(value: &str) -> Option<String> {
    let exact: rust_decimal::Decimal = value.parse().ok()?;
    let short = exact.round_sf(decimal::MAX_DIGITS)?.normalize();
    // All digits of a value that ends at the cents may be meant.
    (short.scale() <= 2 && exact.normalize().scale() > 2).then(|| short.to_string())
}

impl Params {
    /// The text of a value that is not secret.
    pub(super) fn decoded(self, text: Option<&Text<'_>>) -> Self {
        match text.map(Text::decode) {
            Some(Cow::Borrowed(text)) => self.value(text),
            Some(Cow::Owned(text)) => self.value(&text),
            None => self,
        }
    }
}
