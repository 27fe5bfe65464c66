//! Codes to and from any self-describing serde format.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::ser::Serializer;

use super::code::Code;

pub(super) fn serialize<C: Code, S: Serializer>(value: &C, serializer: S) -> Result<S::Ok, S::Error> {
    match value.wire_integer() {
        Some(number) => serializer.serialize_i64(number),
        None => serializer.serialize_str(value.code()),
    }
}

pub(super) fn deserialize<'de, C: Code, D: Deserializer<'de>>(deserializer: D) -> Result<C, D::Error> {
    deserializer.deserialize_any(CodeVisitor(PhantomData))
}

struct CodeVisitor<C>(PhantomData<C>);

impl<C: Code> Visitor<'_> for CodeVisitor<C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a code of {}, as text or a whole number", C::LIST.name)
    }

    fn visit_str<E: Error>(self, code: &str) -> Result<C, E> {
        Ok(C::from_code(code))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<C, E> {
        Ok(C::from_code(&number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<C, E> {
        Ok(C::from_code(&number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<C, E> {
        // Every whole number up to here is exact in an f64 and in an i64.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() == 0.0 && number.abs() <= EXACT {
            self.visit_i64(number as i64)
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::codes::{LegalStatus, PropertyTaxRegime, VatOption};

    use super::*;

    #[test]
    fn numbers_are_read_as_codes() {
        fn read<C: Code>(json: &str) -> C {
            serde_json::from_str(json).unwrap()
        }
        assert_eq!(read::<PropertyTaxRegime>("5"), PropertyTaxRegime::LmnpReal);
        assert_eq!(read::<PropertyTaxRegime>("5.0"), PropertyTaxRegime::LmnpReal);
        assert_eq!(read::<PropertyTaxRegime>("5e0"), PropertyTaxRegime::LmnpReal);
        assert_eq!(read::<LegalStatus>("6540"), LegalStatus::Sci);
        assert_eq!(read::<VatOption>("20"), VatOption::TwentyPercent);
        assert_eq!(read::<PropertyTaxRegime>("-5"), PropertyTaxRegime::other("-5"));
        assert_eq!(read::<PropertyTaxRegime>("18446744073709551615").code(), "18446744073709551615");
    }

    #[test]
    fn what_cannot_be_a_code_is_refused() {
        for json in ["5.5", "1e30", "1e400", "true", "null", "[5]", "{}", ""] {
            let error = serde_json::from_str::<PropertyTaxRegime>(json).unwrap_err();
            assert!(!error.to_string().is_empty(), "{json}");
        }
        let error = serde_json::from_str::<PropertyTaxRegime>("5.5").unwrap_err().to_string();
        assert!(error.contains("a code of taxRegime, as text or a whole number"), "{error}");
    }

    #[test]
    fn an_unknown_number_is_written_as_it_was_read() {
        for (read, written) in [
            ("96", "96"),
            ("0", "0"),
            ("-3", "-3"),
            (r#""96""#, "96"),
            (r#""05""#, r#""05""#),
            (r#""-0""#, r#""-0""#),
            (r#""+5""#, r#""+5""#),
            (r#""5x""#, r#""5x""#),
            (r#""""#, r#""""#),
            (r#""-""#, r#""-""#),
            (r#""99999999999999999999""#, r#""99999999999999999999""#),
        ] {
            let value: PropertyTaxRegime = serde_json::from_str(read).unwrap();
            assert!(!value.is_known(), "{read}");
            assert_eq!(serde_json::to_string(&value).unwrap(), written);
        }
    }
}
