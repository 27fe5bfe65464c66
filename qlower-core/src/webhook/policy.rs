//! What sender and receiver hold each other to.

/// Header of the signature.
pub const SIGNATURE_HEADER: &str = "X-Qlower-Signature";
/// Header of the key that a partner may have chosen.
pub const API_KEY_HEADER: &str = "X-API-KEY";
/// What Qlower calls itself when it sends a webhook.
pub const USER_AGENT: &str = "Qlower-Partner-Notifier/1.0";
/// Least length of a key for [`API_KEY_HEADER`], in characters.
pub const MIN_API_KEY_LENGTH: usize = 32;
/// How far a signature's time may lie from the receiver's, in seconds, in either direction.
pub const TOLERANCE_SECONDS: u64 = 300;
/// How long Qlower waits for an answer, in seconds.
pub const SENDER_TIMEOUT_SECONDS: u64 = 30;
/// How long a receiver of this SDK lets the work take before it asks for another try, in seconds: safely less than
/// [`SENDER_TIMEOUT_SECONDS`].
pub const HANDLING_TIMEOUT_SECONDS: u64 = 25;
/// Largest body that a receiver of this SDK takes, in bytes: a documented event has a few thousand.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// How long a receiver of this SDK waits for a body, in seconds.
pub const BODY_TIMEOUT_SECONDS: u64 = 10;
/// For how long a receiver of this SDK claims an event for itself, in seconds: if it dies meanwhile, the event can be handled again
/// after that.
pub const LEASE_SECONDS: u64 = 600;
/// How many events a receiver of this SDK works on at once.
pub const MAX_CONCURRENCY: u32 = 256;
/// How many handled events a store in memory remembers.
pub const MEMORY_CAPACITY: usize = 100_000;
/// For how long a store in a file remembers a handled event, in seconds: 30 days, where Qlower tries for some hours.
pub const RETENTION_SECONDS: u64 = 30 * 24 * 60 * 60;
/// Seconds that Qlower waits before each further try: six tries in all.
pub const RETRY_AFTER_SECONDS: [u64; 5] = [30, 120, 600, 1_800, 3_600];

/// Whether the sender takes an answer for delivered.
///
/// ```
/// assert!(qlower_core::webhook::is_delivered(204));
/// ```
#[must_use]
pub const fn is_delivered(status: u16) -> bool {
    matches!(status, 200..=299)
}

/// Whether the sender tries again after an answer. What is neither delivered nor tried again is given up for good.
///
/// ```
/// use qlower_core::webhook::is_tried_again;
///
/// assert!(is_tried_again(503) && is_tried_again(429));
/// assert!(!is_tried_again(401), "given up for good");
/// ```
#[must_use]
pub const fn is_tried_again(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 500..=599)
}

/// Whether the value of a `Content-Type` header names JSON: `application/json`, or a type that ends with `+json`. Case and
/// parameters do not matter.
///
/// ```
/// use qlower_core::webhook::is_json;
///
/// assert!(is_json(b"application/json; charset=utf-8") && is_json(b"application/problem+json"));
/// assert!(!is_json(b"text/plain"));
/// ```
#[must_use]
pub fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let suffix = essence.last_chunk::<5>().is_some_and(|end| end.eq_ignore_ascii_case(b"+json"));
    essence.eq_ignore_ascii_case(b"application/json") || (suffix && essence.contains(&b'/'))
}
