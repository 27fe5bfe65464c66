//! What may accompany a delivery.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::ftp::pace::Pace;

/// How far a delivery is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Connections that were tried so far, this one included; from 1.
    pub attempt: u32,
    /// Which file goes out, counted from 1.
    pub file: usize,
    /// How many files there are, archive and side file as one each.
    pub files: usize,
    /// The file's name on the server, with the folders.
    pub path: String,
    /// Bytes of this file that are on their way or there, those of an earlier attempt included.
    pub sent: u64,
    /// Bytes of this file.
    pub size: u64,
}

type Callback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// What may accompany a delivery: details for the side file, and who is told of the progress.
///
/// # Example: who uploaded the vehicle
/// ```
/// use qlower_client::ftp::DeliverOptions;
///
/// let details = serde_json::json!({"uploaded_by": "Zoé"});
/// let options = DeliverOptions::default()
///     .details(details.as_object().cloned().unwrap_or_default())
///     .progress(|progress| println!("{}: {} of {} bytes", progress.path, progress.sent, progress.size));
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct DeliverOptions {
    pub(crate) details: Option<serde_json::Map<String, serde_json::Value>>,
    pub(crate) progress: Option<Callback>,
    pub(crate) pace: Option<Arc<dyn Pace>>,
}

impl DeliverOptions {
    /// Puts details into the side file, below `details`. Without the setting
    /// [`side_file`](crate::ftp::DestinationBuilder::side_file) they go nowhere.
    ///
    /// Default: none.
    pub fn details(mut self, details: serde_json::Map<String, serde_json::Value>) -> Self {
        self.details = Some(details);
        self
    }

    /// Has a function told of the progress: at the beginning and the end of each file, and about ten times a second between.
    ///
    /// It is called on the task that sends, which waits for it.
    ///
    /// Default: none.
    pub fn progress(mut self, told: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(told));
        self
    }

    /// Has others wait, and waits for them: see [`Pace`].
    pub(crate) fn paced(mut self, pace: Arc<dyn Pace>) -> Self {
        self.pace = Some(pace);
        self
    }
}

impl fmt::Debug for DeliverOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverOptions")
            .field("details", &self.details.as_ref().map(|details| details.keys().collect::<Vec<_>>()))
            .field("progress", &self.progress.is_some())
            .finish()
    }
}
