//! What watchers and producers of readings hold each other to.

/// How often a reading is asked for, in seconds, unless something else is set.
pub const INTERVAL_SECONDS: u64 = 5;
/// The shortest interval that may be set, in seconds.
pub const MIN_INTERVAL_SECONDS: u64 = 1;
/// The longest interval that may be set, in seconds.
pub const MAX_INTERVAL_SECONDS: u64 = 60;
/// Within how many seconds a whole reply has to be there. A producer of this SDK gives its source no longer either.
pub const TIMEOUT_SECONDS: u64 = 3;
/// Within how many seconds a reply ideally is there.
pub const IDEAL_LATENCY_SECONDS: u64 = 1;
/// From what age on a reading counts as stale, in seconds, unless something else is set.
pub const STALE_AFTER_SECONDS: u64 = 60;
/// For how long a producer of this SDK gives out one value before it asks its source again, in seconds: less than any interval of a
/// watcher that has not been asked for, so that each poll sees something new, and many watchers cost no more than one.
pub const FRESH_FOR_SECONDS: u64 = 1;
/// Largest document that is read, in bytes: a documented one has a hundred.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;
/// The page whose scripts read a producer, unless others are named.
pub const DEFAULT_ORIGIN: &str = "https://quelia.fr";
/// Methods that a producer names to browsers, in `Access-Control-Allow-Methods`.
pub const ALLOWED_METHODS: &str = "GET, OPTIONS";
/// Header that a producer names to browsers, in `Access-Control-Allow-Headers`, beside those of its authentication.
pub const ALLOWED_HEADER: &str = "Content-Type";
/// Header of a key.
pub const KEY_HEADER: &str = "X-API-Key";
/// For how long a browser need not ask again whether it may read a producer, in seconds. Without it, Chromium asks before every
/// other poll.
pub const PREFLIGHT_SECONDS: u64 = 3600;
/// Words of a document's `status` with which its value is not to be trusted, in small letters.
///
/// All others pass, since not each is `ok`: documented examples have `online`, too, and a plant at night says `standby`.
pub const BAD_STATUSES: [&str; 24] = [
    "bad",
    "disconnected",
    "down",
    "err",
    "erreur",
    "error",
    "expired",
    "fail",
    "failed",
    "failure",
    "fault",
    "hors ligne",
    "indisponible",
    "invalid",
    "invalide",
    "ko",
    "nok",
    "not ok",
    "not_ok",
    "offline",
    "stale",
    "timeout",
    "unavailable",
    "unreachable",
];
