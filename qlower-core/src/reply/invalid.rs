//! An answer that is no reply.

use super::excerpt::excerpt;
use super::lenient::Body;
use super::mask::Mask;

/// What keeps a body from being a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyProblem {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is not JSON, or was cut off, or is nested too deep (128 levels).
    #[error("it is not JSON")]
    NotJson,
    /// It is JSON with neither a status nor counts, errors or results.
    #[error("it is JSON of another kind")]
    OtherJson,
}

/// A body that cannot be read as a [`Reply`](super::Reply).
///
/// It says nothing about whether the payload was processed: an answer may have been lost on the way. `Display` and `Debug`
/// show nothing of the body, apart from the masked excerpt in `Debug`.
///
/// ```
/// use qlower_core::reply::{Reply, ReplyProblem};
///
/// let error = Reply::parse(b"<html><title>Maintenance</title></html>", None).unwrap_err();
/// assert_eq!(error.to_string(), "the answer is not a Qlower reply: it is not JSON");
/// assert_eq!(error.problem(), ReplyProblem::NotJson);
/// assert_eq!(error.excerpt(), "Maintenance");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the answer is not a Qlower reply: {}", content.problem)]
pub struct InvalidReply {
    content: Box<Content>,
    source: Option<serde_json::Error>,
}

#[derive(Debug)]
struct Content {
    problem: ReplyProblem,
    excerpt: String,
    raw: Body,
}

impl InvalidReply {
    pub(super) fn new(problem: ReplyProblem, body: &[u8], mask: &Mask, source: Option<serde_json::Error>) -> Self {
        let content = Content { problem, excerpt: excerpt(body, mask), raw: Body::new(body) };
        Self { content: Box::new(content), source }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> ReplyProblem {
        self.content.problem
    }

    /// The beginning of the body as one line, at most 200 characters, HTML reduced to its text, the access key masked.
    #[must_use]
    pub fn excerpt(&self) -> &str {
        &self.content.excerpt
    }

    /// The body as it came, nothing masked.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        self.content.raw.bytes()
    }
}
