//! The names of a delivery, without one.

use chrono::{DateTime, Utc};
use napi_derive::napi;
use qlower_client::core::Lang;
use qlower_client::core::naming::{self, Characters, NamingError, Rule, Rules, Source};

use super::fault;
use super::files::variables;
use crate::fault::{Fault, Outcome, guard, json_text};

/// Rules for names.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct FtpRules {
    /// The folder.
    pub directory: Option<String>,
    /// The name of each file.
    pub file: Option<String>,
    /// The archive.
    pub archive: Option<String>,
    /// The side file.
    pub side_file: Option<String>,
    /// Which names the server takes.
    pub characters: Option<String>,
}

/// What names are made of, for one file.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct FtpSource {
    /// Its name here.
    pub name: String,
    /// The hash of its content.
    pub sha256: Option<String>,
    /// The partner of a payload.
    pub partner: Option<String>,
}

impl FtpRules {
    fn rules(&self) -> Result<Rules, Fault> {
        let templates = [
            (Rule::Directory, &self.directory),
            (Rule::File, &self.file),
            (Rule::Archive, &self.archive),
            (Rule::SideFile, &self.side_file),
        ];
        let given = templates.into_iter().filter_map(|(rule, text)| Some((rule, text.as_deref()?)));
        let characters = self.characters.as_deref().map(characters).transpose()?;
        Rules::default().characters(characters.unwrap_or_default()).with(given).map_err(refused)
    }
}

/// Which names a server takes, by its word.
///
/// # Errors
/// For a word that is none.
pub(super) fn characters(word: &str) -> Result<Characters, Fault> {
    let known = || Characters::ALL.iter().map(|characters| characters.as_str()).collect::<Vec<_>>().join(", ");
    word.parse().map_err(|_| {
        Fault::setting("characters", format!("there are {}", known()), format!("les choix sont {}", known()))
    })
}

/// The names, as a JSON object; `at` is in milliseconds since 1970.
#[napi]
pub fn ftp_names(rules: FtpRules, sources: Vec<FtpSource>, given: Vec<String>, at: Option<f64>) -> Outcome<String> {
    guard(|| {
        let sources: Vec<_> = sources.iter().map(FtpSource::source).collect();
        let names = naming::plan(&rules.rules()?, &sources, &variables(given), moment(at)?.naive_utc());
        json_text(&names.map_err(refused)?)
    })
}

impl FtpSource {
    fn source(&self) -> Source<'_> {
        Source::new(&self.name).sha256(self.sha256.as_deref()).partner(self.partner.as_deref())
    }
}

fn refused(errors: Vec<NamingError>) -> Fault {
    let all = |lang| errors.iter().map(|error| error.message(lang)).collect::<Vec<_>>();
    let message = |lang| all(lang).join(if lang == Lang::Fr { " ; " } else { "; " });
    fault::naming(message, &errors)
}

#[expect(clippy::cast_possible_truncation, reason = "what does not fit is refused")]
fn moment(at: Option<f64>) -> Result<DateTime<Utc>, Fault> {
    match at {
        None => Ok(Utc::now()),
        Some(at) => {
            DateTime::from_timestamp_millis(at as i64).ok_or_else(|| Fault::config("at", "lies too far from now"))
        }
    }
}
