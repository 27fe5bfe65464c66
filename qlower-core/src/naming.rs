//! Names of files on a customer's server, made from templates.
//!
//! A customer gives rules: an archive `VIN.zip`, that holds `vin_01`, `vin_02`, …. Here they are templates, and [`plan`] makes the
//! names of a whole delivery from them, or says everything that is wrong before anybody connects.
//!
//! # Templates
//!
//! | in a template | stands for |
//! | --- | --- |
//! | `{n}` | the file's position in the delivery, from 1 |
//! | `{name}`, `{stem}`, `{ext}` | the last part of the file's local name, the same without its ending, the ending without its dot |
//! | `{hash}` | SHA-256 of the file's content, 64 hexadecimal digits |
//! | `{date}`, `{time}` | when the delivery is made, in UTC: `2026-11-22`, `174508` |
//! | `{partner}` | the partner's id, of a payload |
//! | `{vin}`, … | a variable of the caller's |
//! | `{n:02}` | with zeros in front, two characters at least: `01`, and `100` for the hundredth |
//! | `{hash:12}` | the first 12 characters |
//! | `{vin:lower}`, `{vin:upper}` | in small letters, in capitals |
//! | `{hash:8:upper}` | one after the other |
//! | `{{`, `}}` | a brace |
//! | `/` | the end of a folder's name. In a value it is an error |
//!
//! The words of a file (`n`, `name`, `stem`, `ext`, `hash`) are reserved, and for the rule `file` alone: archive, side file and
//! directory are one for the delivery. A caller's variable wins over `date`, `time` and `partner`.
//!
//! # Names
//!
//! A name is a path from where the login lands, and is written in Unicode's composed form (NFC). A segment has at most 255 bytes, a
//! path 1 024. Which characters may occur is for [`Characters`] to say; never a control character, which would be a command of its
//! own to an FTP server.
//!
//! # Example: an archive of images
//! ```
//! use chrono::NaiveDate;
//! use qlower_core::naming::{Rule, Rules, Source, Variables, plan};
//!
//! let rules = Rules::parse([(Rule::File, "{vin:lower}_{n:02}.{ext}"), (Rule::Archive, "{vin}.zip")]).unwrap();
//! let sources = [Source::new("IMG_2041.jpg"), Source::new("IMG_2042.jpg")];
//! let at = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(17, 45, 8).unwrap();
//!
//! let names = plan(&rules, &sources, &Variables::from([("vin", "VF1AA000123456789")]), at).unwrap();
//! assert_eq!(names.archive.as_deref(), Some("VF1AA000123456789.zip"));
//! assert_eq!(names.files, ["vf1aa000123456789_01.jpg", "vf1aa000123456789_02.jpg"]);
//!
//! let errors = plan(&rules, &sources, &Variables::from([("vim", "VF1AA000123456789")]), at).unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "rule file, character 1: there is no variable \"vin\"; did you mean \"vim\"?",
//! );
//! ```

mod characters;
mod code;
mod collision;
mod error;
mod message;
mod path;
mod plan;
mod rules;
mod source;
mod template;
mod variables;

pub use characters::{Characters, UnknownCharacters};
pub use code::NamingCode;
pub use error::NamingError;
pub use plan::{Names, plan};
pub use rules::{Rule, Rules};
pub use source::Source;
pub use template::Template;
pub use variables::Variables;
