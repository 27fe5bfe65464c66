//! An answer, for any HTTP server.

/// What came of a request, for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// A value was given out.
    Given,
    /// A browser asked whether it may read.
    Preflight,
    /// The method is none of those that are answered.
    WrongMethod,
    /// Credentials are wanted, and there are none.
    NoCredentials,
    /// The credentials are not right.
    WrongCredentials,
    /// There is no value.
    Unavailable,
    /// The value is not finite.
    NotFinite,
    /// The value's unit cannot be converted to the producer's.
    UnitMismatch,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Given,
        Self::Preflight,
        Self::WrongMethod,
        Self::NoCredentials,
        Self::WrongCredentials,
        Self::Unavailable,
        Self::NotFinite,
        Self::UnitMismatch,
    ];

    /// Its name, such as `wrong_credentials`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Preflight => "preflight",
            Self::WrongMethod => "wrong_method",
            Self::NoCredentials => "no_credentials",
            Self::WrongCredentials => "wrong_credentials",
            Self::Unavailable => "unavailable",
            Self::NotFinite => "not_finite",
            Self::UnitMismatch => "unit_mismatch",
        }
    }
}

/// What a producer answers: to be sent as it is, by whatever server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    outcome: Outcome,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(super) fn new(status: u16, outcome: Outcome, body: String) -> Self {
        let headers = if body.is_empty() { vec![] } else { vec![("Content-Type", "application/json".to_owned())] };
        Self { status, outcome, headers, body }
    }

    /// A body that no reader takes for a value.
    pub(super) fn error(status: u16, outcome: Outcome, error: &str) -> Self {
        Self::new(status, outcome, format!(r#"{{"status":"error","error":"{error}"}}"#))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn without_body(self) -> Self {
        let length = self.body.len().to_string();
        Self { body: String::new(), ..self.with("Content-Length", length) }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// What came of the request, for logs.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The headers; `WWW-Authenticate` may stand there several times. `Content-Length` is among them where the body is left out
    /// (`HEAD`), and else the server's to add.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, &**value))
    }

    /// The first value of a header, its name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body, JSON; empty for a preflight and for `HEAD`.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}
