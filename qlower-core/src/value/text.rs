//! Texts with a rule of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::entered::{InvalidValue, TextVisitor};
use super::identifier::all_digits;

macro_rules! text_scalar {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the text obeys its rule.
            #[must_use]
            pub fn is_valid(&self) -> bool {
                let valid: fn(&str) -> bool = $valid;
                valid(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let scalar = Self(text.to_owned());
                if scalar.is_valid() { Ok(scalar) } else { Err(InvalidValue { what: $what }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextVisitor).map(Self)
            }
        }
    };
}

text_scalar! {
    /// Number of a company in the French register: nine digits. Its checksum is a warning of the check, not part of the rule.
    ///
    /// ```
    /// use qlower_core::value::Siren;
    ///
    /// assert!("732829320".parse::<Siren>().is_ok());
    /// assert!(!Siren::from("732 829 320").is_valid());
    /// ```
    Siren, "a SIREN (9 digits)", |text| all_digits(text.as_bytes(), 9)
}

text_scalar! {
    /// Number of an establishment within its company: five digits.
    Nic, "a NIC (5 digits)", |text| all_digits(text.as_bytes(), 5)
}

text_scalar! {
    /// Number of an establishment: SIREN and NIC, fourteen digits.
    Siret, "a SIRET (14 digits)", |text| all_digits(text.as_bytes(), 14)
}

text_scalar! {
    /// E-mail address, without display name; its domain has a dot.
    Email, "an e-mail address", is_email
}

text_scalar! {
    /// Country code of ISO 3166-1 alpha-2. Only `FR` is documented, another one is a warning of the check.
    Country, "a country code of two capital letters", |text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

text_scalar! {
    /// Post code. A French one has five digits; another form is a warning of the check.
    PostCode, "a French post code (5 digits)", |text| all_digits(text.as_bytes(), 5)
}

text_scalar! {
    /// Absolute URL of a file, with scheme and host. Anything but `https` is a warning of the check.
    FileLink, "an absolute URL", |text| url_scheme(text).is_some()
}

/// Edition of the payload's format; wire key `versionId`. The default is `2.0`, the only one this crate writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The edition that these models describe.
    pub const CURRENT: &'static str = "2.0";

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Version {
    fn default() -> Self {
        Self(Self::CURRENT.to_owned())
    }
}

impl From<&str> for Version {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Version {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn is_email(text: &str) -> bool {
    let options = email_address::Options::default().with_required_tld().without_display_text().without_domain_literal();
    email_address::EmailAddress::parse_with_options(text, options).is_ok()
}

/// The scheme of an absolute URL with a host; white space inside is not tolerated, as no reader agrees on what it means.
pub(crate) fn url_scheme(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) || !text.contains("://") {
        return None;
    }
    let url = url::Url::parse(text).ok()?;
    url.host_str().is_some_and(|host| !host.is_empty()).then(|| url.scheme().to_owned())
}

/// The URL with its white space encoded, if that is all that was wrong.
pub(crate) fn suggest_url(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let candidate = if trimmed.contains("://") {
        trimmed.replace(' ', "%20")
    } else {
        format!("https://{}", trimmed.replace(' ', "%20"))
    };
    let url = url::Url::parse(&candidate).ok()?;
    // "mailto:a@example.com" would become a host with a user name.
    let plain_host = url.host_str().is_some_and(|host| host.contains('.')) && url.username().is_empty();
    (candidate != text && plain_host && url_scheme(&candidate).is_some()).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_an_at_and_a_dotted_domain() {
        for ok in ["jean.dupont@example.com", "j+x@sous.domaine.fr", "o'neil@example.org"] {
            assert!(Email::from(ok).is_valid(), "{ok}");
        }
        for bad in [
            "",
            "jean",
            "jean@",
            "@example.com",
            "jean@localhost",
            "a b@example.com",
            "Jean <j@example.com>",
            "j@[127.0.0.1]",
            "a@b@example.com",
            "j@example..com",
        ] {
            assert!(!Email::from(bad).is_valid(), "{bad}");
        }
    }

    #[test]
    fn links_need_scheme_and_host() {
        for ok in [
            "https://liasse20220601a.pdf",
            "http://example.com/a",
            "https://example.com/é.pdf",
            "https://example.com/a%20b",
        ] {
            assert!(FileLink::from(ok).is_valid(), "{ok}");
        }
        for bad in [
            "",
            "example.com/a.pdf",
            "https://",
            "https:/example.com",
            "file:///etc/passwd",
            "https://example.com/a b",
            "C:\\a.pdf",
        ] {
            assert!(!FileLink::from(bad).is_valid(), "{bad}");
        }
        assert_eq!(suggest_url("https://example.com/a b.pdf").as_deref(), Some("https://example.com/a%20b.pdf"));
        assert_eq!(suggest_url("example.com/a.pdf").as_deref(), Some("https://example.com/a.pdf"));
        assert_eq!(suggest_url("nowhere"), None);
        assert_eq!(suggest_url("mailto:a@example.com"), None);
    }
}
