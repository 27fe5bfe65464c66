//! What a producer answers.

mod answer;
mod builder;

use std::fmt;

use super::access::{Access, Shown};
use super::measurement::{Form, Measurement, Unavailable};
use super::policy::{ALLOWED_HEADER, ALLOWED_METHODS, PREFLIGHT_SECONDS};
use super::unit::Unit;

pub use answer::{Answer, Outcome};
pub use builder::{ProducerBuilder, ProducerError};

/// A request, as far as a producer looks at it.
#[derive(Clone, Copy)]
pub struct Incoming<'r> {
    /// The method, such as `GET`.
    pub method: &'r str,
    /// What stands behind the `?` of the address, as it came; empty if there is nothing.
    pub query: &'r str,
    /// The headers, one item a line, names in whatever case.
    pub headers: &'r [(&'r str, &'r [u8])],
}

impl<'r> Incoming<'r> {
    /// The value of a header; `Err` if it stands there twice.
    pub(super) fn only(&self, name: &str) -> Option<Result<&'r [u8], ()>> {
        let mut all = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let (_, first) = all.next()?;
        Some(if all.next().is_some() { Err(()) } else { Ok(first) })
    }
}

impl fmt::Debug for Incoming<'_> {
    /// Without the query and the values of headers, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Incoming").field("method", &self.method).field("headers", &names).finish_non_exhaustive()
    }
}

/// The settings of a producer of readings, and what it answers to a request. It is pure: [`gate`](Self::gate) tells whether a value is
/// wanted at all, and [`answer`](Self::answer) what to say once there is one.
///
/// # Example: a request of a browser
/// ```
/// use qlower_core::live::{Access, Incoming, Measurement, Producer, Unavailable};
///
/// let producer = Producer::builder().access(Access::api_key(["k-1"])).build()?;
/// let headers: &[(&str, &[u8])] = &[("Origin", b"https://quelia.fr"), ("X-API-Key", b"k-1")];
/// let request = Incoming { method: "GET", query: "", headers };
///
/// let admitted = producer.gate(&request).expect("a value is wanted");
/// let answer = producer.answer(&admitted, Ok(Measurement::new(42.5)));
/// assert_eq!((answer.status(), answer.body()), (200, r#"{"current_power":42.5}"#));
/// assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("https://quelia.fr"));
///
/// assert_eq!(producer.answer(&admitted, Err(Unavailable)).status(), 503);
/// let unknown = Incoming { headers: &[], ..request };
/// assert_eq!(producer.gate(&unknown).unwrap_err().status(), 401);
/// # Ok::<(), qlower_core::live::ProducerError>(())
/// ```
///
/// # What is answered
///
/// | what came | answer |
/// | --- | --- |
/// | `GET` | 200 with the document; `HEAD`: the same without it |
/// | `OPTIONS` | 204; a browser's question before a request (preflight) never has credentials, so none are wanted |
/// | another method | 405, with `Allow` |
/// | not a secret that was agreed on, where one is wanted | 401, with `WWW-Authenticate` |
/// | no value, or one that is not finite, or in a unit that cannot be converted | 503 |
///
/// Origins are compared as they are written, byte for byte: one that was named reads it in `Access-Control-Allow-Origin`, another
/// one does not get the header, and its browser keeps the answer from it. A request without an `Origin`, as from a terminal, sees the
/// first one that was named. Nothing may be stored by caches on the way; answers differ by origin, and say so (`Vary`).
#[derive(Clone, Debug)]
pub struct Producer {
    access: Vec<Access>,
    origins: Origins,
    form: Form,
    unit: Option<Unit>,
}

#[derive(Clone, Debug)]
enum Origins {
    Any,
    Named(Vec<String>),
}

/// A request that a value has to be had for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    origin: Option<String>,
    without_body: bool,
}

impl Producer {
    /// Chooses settings.
    pub fn builder() -> ProducerBuilder {
        ProducerBuilder::new()
    }

    /// The form of its document.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The unit of its value, if it was set.
    #[must_use]
    pub const fn unit(&self) -> Option<&Unit> {
        self.unit.as_ref()
    }

    /// Looks at a request before any value is asked for.
    ///
    /// # Errors
    /// The whole answer, where no value is wanted: to `OPTIONS`, other methods, and whoever may not read.
    pub fn gate(&self, request: &Incoming<'_>) -> Result<Admitted, Answer> {
        let origin = self.named_to(request);
        match request.method {
            "OPTIONS" => return Err(self.finish(self.options(), origin.as_deref())),
            "GET" | "HEAD" => {}
            _ => {
                let answer = Answer::error(405, Outcome::WrongMethod, "method_not_allowed").with("Allow", ALLOW);
                return Err(self.finish(answer, origin.as_deref()));
            }
        }
        let without_body = request.method == "HEAD";
        let shown = self.access.iter().map(|access| access.shown(request)).max();
        let outcome = match shown {
            None | Some(Shown::Right) => return Ok(Admitted { origin, without_body }),
            Some(Shown::Wrong) => Outcome::WrongCredentials,
            Some(Shown::Nothing) => Outcome::NoCredentials,
        };
        let mut challenges: Vec<&str> = self.access.iter().map(Access::challenge).collect();
        challenges.dedup();
        let mut answer = Answer::error(401, outcome, "unauthorized");
        for challenge in challenges {
            answer = answer.with("WWW-Authenticate", challenge);
        }
        let answer = self.finish(answer, origin.as_deref());
        Err(if without_body { answer.without_body() } else { answer })
    }

    /// Answers a request that was admitted, with the value that there is.
    #[must_use]
    pub fn answer(&self, admitted: &Admitted, measured: Result<Measurement, Unavailable>) -> Answer {
        let answer = match measured {
            Ok(measured) => self.given(measured),
            Err(Unavailable) => Answer::error(503, Outcome::Unavailable, "unavailable"),
        };
        let answer = self.finish(answer, admitted.origin.as_deref());
        if admitted.without_body { answer.without_body() } else { answer }
    }

    fn given(&self, measured: Measurement) -> Answer {
        let refused = |outcome| Answer::error(503, outcome, "unavailable");
        if !measured.value.is_finite() {
            return refused(Outcome::NotFinite);
        }
        let measured = match (&self.unit, &measured.unit) {
            (Some(unit), None) => measured.unit(unit.clone()),
            (Some(unit), Some(own)) => match own.convert(measured.value, unit) {
                Some(value) => Measurement { value, unit: Some(unit.clone()), at: measured.at },
                None => return refused(Outcome::UnitMismatch),
            },
            (None, _) => measured,
        };
        // Zero has no sign.
        let measured = Measurement { value: measured.value + 0.0, ..measured };
        Answer::new(200, Outcome::Given, self.form.write(&measured))
    }

    fn options(&self) -> Answer {
        let mut headers = vec![ALLOWED_HEADER];
        for header in self.access.iter().filter_map(Access::header) {
            if !headers.contains(&header) {
                headers.push(header);
            }
        }
        Answer::new(204, Outcome::Preflight, String::new())
            .with("Allow", ALLOW)
            .with("Access-Control-Allow-Methods", ALLOWED_METHODS)
            .with("Access-Control-Allow-Headers", headers.join(", "))
            .with("Access-Control-Max-Age", PREFLIGHT_SECONDS.to_string())
    }

    /// The origin that is told to a browser.
    fn named_to(&self, request: &Incoming<'_>) -> Option<String> {
        match (&self.origins, request.only("origin")) {
            (Origins::Any, _) => Some("*".to_owned()),
            (Origins::Named(origins), None) => origins.first().cloned(),
            (Origins::Named(_), Some(Err(()))) => None,
            (Origins::Named(origins), Some(Ok(given))) => {
                origins.iter().find(|origin| origin.as_bytes() == given).cloned()
            }
        }
    }

    fn finish(&self, answer: Answer, origin: Option<&str>) -> Answer {
        let answer = answer.with("Cache-Control", "no-store").with("X-Content-Type-Options", "nosniff");
        let answer = match self.origins {
            Origins::Any => answer,
            Origins::Named(_) => answer.with("Vary", "Origin"),
        };
        match origin {
            Some(origin) => answer.with("Access-Control-Allow-Origin", origin),
            None => answer,
        }
    }
}

const ALLOW: &str = "GET, HEAD, OPTIONS";
