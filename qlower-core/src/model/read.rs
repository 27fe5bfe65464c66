//! From JSON text to models, exactly: numbers keep every digit, invalid scalars keep their text.

use std::borrow::Cow;

use super::Payload;
use crate::check::{CheckOptions, Report, check};
use crate::codes::Code;
use crate::scan::{Scanner, Stop, Token};
use crate::secret::ApiKey;
use crate::value::{Country, Email, Entered, FileLink, Nic, PostCode, Scalar, Siren, Siret, Version};

/// Reads itself from text whose structure the check has found sound.
pub(crate) trait Read: Sized {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Stop>;
}

/// Reads values one after the other.
pub(crate) struct Reader<'t>(Scanner<'t>);

impl<'t> Reader<'t> {
    pub(crate) const fn new(text: &'t [u8], at: usize) -> Self {
        Self(Scanner::new(text, at))
    }

    /// Calls `field` with each key; it has to take the value.
    pub(crate) fn object(&mut self, mut field: impl FnMut(&mut Self, &str) -> Result<(), Stop>) -> Result<(), Stop> {
        match self.0.token()? {
            Token::Object => {}
            Token::Array => return self.0.skip_rest(false),
            _ => return Ok(()),
        }
        let mut first = true;
        while self.0.next_member(first)? {
            first = false;
            let key = self.0.string()?.decode();
            self.0.colon()?;
            field(self, &key)?;
        }
        Ok(())
    }

    /// The source of the next value.
    pub(crate) fn raw(&mut self) -> Result<&'t str, Stop> {
        let start = self.0.pos();
        self.0.skip()?;
        let raw = self.0.text().get(start..self.0.pos()).unwrap_or_default();
        Ok(std::str::from_utf8(raw).unwrap_or("null"))
    }

    /// The text of the next scalar.
    fn scalar(&mut self) -> Result<Option<Cow<'t, str>>, Stop> {
        Ok(match self.0.token()? {
            Token::Text(text) => Some(text.decode()),
            Token::Number(raw) => Some(String::from_utf8_lossy(raw)),
            Token::Bool(value) => Some(if value { "true".into() } else { "false".into() }),
            Token::Null | Token::Invalid => None,
            Token::Object => self.0.skip_rest(true).map(|()| None)?,
            Token::Array => self.0.skip_rest(false).map(|()| None)?,
        })
    }
}

macro_rules! from_text {
    ($($Type:ty),+) => { $(impl Read for $Type {
        fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
            Ok(reader.scalar()?.map(|text| Self::from(&*text)).unwrap_or_default())
        }
    })+ };
}
from_text!(String, ApiKey, Siren, Nic, Siret, Email, Country, PostCode, FileLink);

impl Read for Version {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
        // Its default is for those who write.
        Ok(Self::from(&*reader.scalar()?.unwrap_or_default()))
    }
}

impl<T: Scalar> Read for Entered<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
        let bare = reader.0.text().get(reader.0.pos()).is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit());
        let Some(text) = reader.scalar()? else { return Ok(Self::default()) };
        Ok(if bare { Self::from_number(&text) } else { Self::from(&*text) })
    }
}

impl<C: Code> Read for C {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
        let is_text = reader.0.text().get(reader.0.pos()) == Some(&b'"');
        let Some(text) = reader.scalar()? else { return Ok(Self::default()) };
        if is_text {
            return Ok(Self::from_code(&text));
        }
        Ok(Self::from_code(&Self::LIST.code_of_number(&text)))
    }
}

impl<T: Read> Read for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
        if reader.0.eat("null") { Ok(None) } else { T::read(reader).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
        let mut items = Self::new();
        match reader.0.token()? {
            Token::Array => {}
            Token::Object => {
                reader.0.skip_rest(true)?;
                return Ok(items);
            }
            _ => return Ok(items),
        }
        let mut first = true;
        while reader.0.next_element(first)? {
            first = false;
            items.push(T::read(reader)?);
        }
        Ok(items)
    }
}

/// A text that cannot be read into models without losing something.
#[derive(Debug, thiserror::Error)]
#[error("the text cannot be read as a loader payload: {}", .0.first_message())]
pub struct ReadError(Box<Report>);

impl ReadError {
    /// What stands in the way: only findings of the structure (malformed JSON, wrong types, duplicate keys).
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.0
    }
}

impl Payload {
    /// Reads the wire form. Scalars that break their rule are kept as text, so that a faulty payload can be read, mended and
    /// checked again.
    ///
    /// # Errors
    /// [`ReadError`] if reading would lose something: malformed JSON, a value of the wrong JSON type, a duplicate key.
    ///
    /// # Example: every digit is kept
    /// ```
    /// use qlower_core::Payload;
    ///
    /// let text = br#"{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2024-01-15T10:30:00+01:00", "versionId": "2.0",
    ///     "transactions": [{"id": "T", "reqdExctnDt": "2024-01-05", "id-prty": "P", "amt": 1234567.89, "ref": "Loyer"}]}"#;
    /// let payload = Payload::from_json(text)?;
    /// assert_eq!(payload.transactions[0].amount.to_string(), "1234567.89");
    /// assert_eq!(Payload::from_json(&payload.to_json())?, payload);
    /// # Ok::<(), qlower_core::model::ReadError>(())
    /// ```
    pub fn from_json(text: &[u8]) -> Result<Self, ReadError> {
        let report = check(text, &CheckOptions::on(chrono::NaiveDate::MAX).structure_only());
        if report.error_count() > 0 {
            return Err(ReadError(Box::new(report)));
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let start = text.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
        Self::read(&mut Reader::new(text, start)).map_err(|Stop| ReadError(Box::new(report)))
    }

    /// The canonical wire form: compact JSON, keys in the documented order, absent fields and empty arrays left out, decimals exact.
    ///
    /// It holds the access key.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        super::Write::write(self, &mut out);
        out
    }
}
