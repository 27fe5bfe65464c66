//! Webhooks of the vehicle imaging platform.
//!
//! Each kind of event has an address of its own in the user's settings, so the kind is known from where it arrives: the body's
//! fields are not documented, and kept whole. The platform names itself by HTTP Basic
//! ([`verify_basic`](super::verify_basic)).
//!
//! Nothing in an event identifies it, so there is no key to de-duplicate by: what handles one has to bear a second time.
//!
//! # Example: a vehicle was processed
//! ```
//! use qlower_core::webhook::vehicle::{Event, EventKind};
//!
//! let event = Event::new(EventKind::VehicleProcessed, br#"{"vin": "VF1RFB00066123456"}"#)?;
//! assert_eq!(event.kind().name(), "vehicle_processed");
//! assert_eq!(event.json()["vin"], "VF1RFB00066123456");
//! # Ok::<(), qlower_core::webhook::InvalidEvent>(())
//! ```

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::event::Raw;
use super::fields::{Field, Kind, Model, Need};
use super::invalid::InvalidEvent;
use super::node::Node;
use crate::lang::Lang;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $Kind:ident = $name:literal, $en:literal, $fr:literal;)+) => {
        /// What happened on the platform.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[doc = $doc])* #[doc = concat!(" Name `", $name, "`.")] $Kind,)+
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Kind),+];
            const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name, such as `vehicle_processed`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)+
                }
            }

            /// What people call it. The French labels are the platform's own.
            #[must_use]
            pub const fn label(self, lang: Lang) -> &'static str {
                match self {
                    $(Self::$Kind => lang.pick($en, $fr),)+
                }
            }
        }
    };
}

kinds! {
    /// A user was created.
    UserCreated = "user_created", "User created", "Utilisateur créé";
    /// A user was updated.
    UserUpdated = "user_updated", "User updated", "Utilisateur mis à jour";
    /// A vehicle was created.
    VehicleCreated = "vehicle_created", "Vehicle created", "Véhicule créé";
    /// A vehicle was updated.
    VehicleUpdated = "vehicle_updated", "Vehicle updated", "Véhicule mis à jour";
    /// A vehicle was deleted.
    VehicleDeleted = "vehicle_deleted", "Vehicle deleted", "Véhicule supprimé";
    /// Files were added to a vehicle.
    VehicleFilesAdded = "vehicle_files_added", "Files added to a vehicle", "Ajout de fichiers au véhicule";
    /// A vehicle's image was downloaded.
    VehicleImageDownloaded = "vehicle_image_downloaded", "Vehicle image downloaded", "Image du véhicule téléchargée";
    /// The file of a vehicle's image was downloaded.
    VehicleImageFileDownloaded = "vehicle_image_file_downloaded", "Vehicle image file downloaded", "Fichier d'image du véhicule téléchargé";
    /// A vehicle's images were processed: the most used one.
    VehicleProcessed = "vehicle_processed", "Vehicle processed", "Véhicule traité";
    /// A cut-out image is processed.
    CutOutImageProcessing = "cut_out_image_processing", "Cut-out image processing", "Traitement de l'image de coupe";
    /// There are new data.
    NewData = "new_data", "New data", "Nouvelles données";
}

impl EventKind {
    /// Finds a kind by its name in either spelling (`vehicle_processed`, `vehicleProcessed`), or by a label.
    ///
    /// ```
    /// use qlower_core::webhook::vehicle::EventKind;
    ///
    /// assert_eq!(EventKind::from_name("vehicleProcessed"), Some(EventKind::VehicleProcessed));
    /// assert_eq!(EventKind::from_name("Véhicule traité"), Some(EventKind::VehicleProcessed));
    /// assert_eq!(EventKind::from_name("vehicle_sold"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim();
        // People write either apostrophe, and either case.
        let plain = |text: &str| text.replace('’', "'").to_lowercase();
        let is_label = |kind: Self| [Lang::En, Lang::Fr].iter().any(|lang| plain(kind.label(*lang)) == plain(name));
        Self::ALL.iter().copied().find(|kind| is_spelling(name, kind.name()) || is_label(*kind))
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no kind of event has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of event {0:?}: use one of {names}", names = EventKind::NAMES.join(", "))]
pub struct UnknownEventKind(String);

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    /// As [`EventKind::from_name`].
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_name(name).ok_or_else(|| UnknownEventKind(name.to_owned()))
    }
}

/// Whether a name is this one, in `snake_case` or in `camelCase`.
pub(super) fn is_spelling(name: &str, snake: &str) -> bool {
    if name == snake {
        return true;
    }
    let mut words = snake.split('_');
    let mut rest = name.strip_prefix(words.next().unwrap_or_default());
    for word in words {
        rest = rest.and_then(|rest| {
            let (first, tail) = (word.get(..1)?, word.get(1..)?);
            rest.strip_prefix(&*first.to_ascii_uppercase())?.strip_prefix(tail)
        });
    }
    rest == Some("")
}

/// An event of the vehicle imaging platform.
///
/// `Debug` shows nothing of the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    kind: EventKind,
    raw: Raw,
}

impl Event {
    /// Name, description and fields.
    pub const MODEL: Model = Model {
        name: "VehicleEvent",
        doc: "An event of the vehicle imaging platform.",
        fields: &[
            Field {
                name: "kind",
                key: "kind",
                kind: Kind::Name(EventKind::NAMES),
                need: Need::Required,
                is_masked: false,
                doc: "What happened: known from the address at which it arrives.",
            },
            Field {
                name: "body",
                key: "body",
                kind: Kind::Json,
                need: Need::Optional,
                is_masked: true,
                doc: "The whole body: its fields are not documented.",
            },
        ],
    };

    /// Reads a body that arrived at the address of this kind of event.
    ///
    /// # Errors
    /// [`InvalidEvent`] if the body is not UTF-8, not JSON, or nested too deep.
    pub fn new(kind: EventKind, body: &[u8]) -> Result<Self, InvalidEvent> {
        Node::read(body)?;
        Ok(Self { kind, raw: Raw::new(body) })
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.kind
    }

    /// The body as it came.
    #[must_use]
    pub const fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// The whole body. Of a key that stands twice the last value counts, and a number that a binary float would change is a text.
    #[must_use]
    pub fn json(&self) -> Value {
        self.raw.json()
    }

    /// The normal form: `kind` and `body`.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({"kind": self.kind.name(), "body": self.json()})
    }
}
