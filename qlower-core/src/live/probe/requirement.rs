//! What is looked at.

use crate::lang::Lang;

/// Something that a producer has to do, or should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// The address begins with `https://`.
    Https,
    /// Its host is known, and takes connections.
    Reachable,
    /// Its certificate is trusted, for this host, and not about to expire.
    Certificate,
    /// It answers 200.
    Status,
    /// It wants the credentials that it was given. Only advised: it may be public.
    Authentication,
    /// The whole reply is there within 3 seconds.
    Latency,
    /// The reply says that it is JSON. Only advised: readers look at the reply itself.
    ContentType,
    /// The reply is JSON.
    Json,
    /// Something is where the path leads.
    Path,
    /// What is there is a finite number.
    Number,
    /// The document's unit is the one that was agreed, or can be converted.
    Unit,
    /// The document tells when its value was measured, and that is not long ago. Only advised: the simple form tells nothing.
    Timestamp,
    /// Scripts of the page may read the reply.
    CorsOrigin,
    /// Its answer to a browser's question before the request (preflight) allows it.
    CorsPreflight,
}

impl Requirement {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 14] = [
        Self::Https,
        Self::Reachable,
        Self::Certificate,
        Self::Status,
        Self::Authentication,
        Self::Latency,
        Self::ContentType,
        Self::Json,
        Self::Path,
        Self::Number,
        Self::Unit,
        Self::Timestamp,
        Self::CorsOrigin,
        Self::CorsPreflight,
    ];

    /// Its name, such as `cors_origin`: it stays the same in later versions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Reachable => "reachable",
            Self::Certificate => "certificate",
            Self::Status => "status",
            Self::Authentication => "authentication",
            Self::Latency => "latency",
            Self::ContentType => "content_type",
            Self::Json => "json",
            Self::Path => "path",
            Self::Number => "number",
            Self::Unit => "unit",
            Self::Timestamp => "timestamp",
            Self::CorsOrigin => "cors_origin",
            Self::CorsPreflight => "cors_preflight",
        }
    }

    /// What it is called, for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Https => lang.pick("Encrypted (https)", "Chiffrement (https)"),
            Self::Reachable => lang.pick("Reachable", "Joignable"),
            Self::Certificate => lang.pick("Certificate", "Certificat"),
            Self::Status => lang.pick("HTTP status", "Statut HTTP"),
            Self::Authentication => lang.pick("Authentication", "Authentification"),
            Self::Latency => lang.pick("Response time", "Temps de réponse"),
            Self::ContentType => lang.pick("Content type", "Type de contenu"),
            Self::Json => lang.pick("JSON", "JSON"),
            Self::Path => lang.pick("Path to the value", "Chemin vers la valeur"),
            Self::Number => lang.pick("Number", "Nombre"),
            Self::Unit => lang.pick("Unit", "Unité"),
            Self::Timestamp => lang.pick("Moment of the value", "Horodatage"),
            Self::CorsOrigin => lang.pick("Readable by the page (CORS)", "Lisible par la page (CORS)"),
            Self::CorsPreflight => lang.pick("Browser's question (preflight)", "Question du navigateur (preflight)"),
        }
    }

    /// Whether it is demanded, and not only advised.
    #[must_use]
    pub const fn is_demanded(self) -> bool {
        !matches!(self, Self::Authentication | Self::ContentType | Self::Timestamp)
    }
}
