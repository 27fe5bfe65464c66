//! Settings of uploads.

use std::fmt;

use qlower_core::Environment;
use qlower_core::address::BaseUrl;
use qlower_core::secret::MASK;
use url::Url;
use zeroize::Zeroizing;

use crate::builder::ClientBuilder;
use crate::error::{ConfigError, Error};

const MIB: usize = 1024 * 1024;
/// What S3 takes for a part that is not the last.
const MIN_PART: usize = 5 * MIB;
const MAX_PART: usize = 5 * 1024 * MIB;
/// What S3 takes for an object in one request.
const MAX_PUT: u64 = 5 * 1024 * MIB as u64;

#[derive(Clone)]
pub(crate) struct Settings {
    pub(super) region: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<Zeroizing<String>>,
    pub(super) session_token: Option<Zeroizing<String>>,
    endpoint: Option<String>,
    insecure: bool,
    /// Whether region or endpoint come from the environment, where they may be meant for other programs.
    found: bool,
    path_style: Option<bool>,
    pub(super) part_size: usize,
    pub(super) multipart_threshold: u64,
    pub(super) concurrency: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            region: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            endpoint: None,
            insecure: false,
            found: false,
            path_style: None,
            part_size: 8 * MIB,
            multipart_threshold: 16 * MIB as u64,
            concurrency: 4,
        }
    }
}

/// Uploads by S3 (feature `s3`).
impl ClientBuilder {
    /// Sets the region of the partner's bucket.
    ///
    /// Default: `eu-west-1`, as in Qlower's examples. [`env`](Self::env) takes `AWS_REGION`, or `AWS_DEFAULT_REGION`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.s3.region = Some(region.into());
        self
    }

    /// Sets the id of the access key that Qlower gave for the bucket.
    ///
    /// Default: none, and an upload is a configuration error. [`env`](Self::env) takes `AWS_ACCESS_KEY_ID`.
    pub fn access_key_id(mut self, id: impl Into<String>) -> Self {
        self.s3.access_key_id = Some(id.into());
        self
    }

    /// Sets the secret that belongs to [`access_key_id`](Self::access_key_id). It is never printed.
    ///
    /// Default: none. [`env`](Self::env) takes `AWS_SECRET_ACCESS_KEY`.
    pub fn secret_access_key(mut self, secret: impl Into<String>) -> Self {
        self.s3.secret_access_key = Some(Zeroizing::new(secret.into()));
        self
    }

    /// Sets the session token of temporary credentials. It is never printed.
    ///
    /// Default: none. [`env`](Self::env) takes `AWS_SESSION_TOKEN`, with the other two.
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.s3.session_token = Some(Zeroizing::new(token.into()));
        self
    }

    /// Sets the URL of another store that speaks S3, such as a sandbox. Plain `http://` is for this machine only.
    ///
    /// Default: AWS in the [`region`](Self::region), and none for an environment of one's own
    /// ([`Environment::Custom`]): nothing is sent to AWS then. [`env`](Self::env) takes `AWS_ENDPOINT_URL_S3`, or
    /// `AWS_ENDPOINT_URL`.
    pub fn s3_endpoint(mut self, url: impl Into<String>) -> Self {
        self.s3.endpoint = Some(url.into());
        self.s3.insecure = false;
        self
    }

    /// Like [`s3_endpoint`](Self::s3_endpoint), and takes plain `http://` to any machine: payloads, which hold the access
    /// key of Qlower, then travel unprotected.
    pub fn s3_endpoint_insecure(mut self, url: impl Into<String>) -> Self {
        self.s3.endpoint = Some(url.into());
        self.s3.insecure = true;
        self
    }

    /// Sets whether the bucket stands in the path of the URL (`true`) or before the host name.
    ///
    /// Default: in the path if [`s3_endpoint`](Self::s3_endpoint) is set, before the host name for AWS.
    pub const fn s3_path_style(mut self, path_style: bool) -> Self {
        self.s3.path_style = Some(path_style);
        self
    }

    /// Sets the size in bytes of the parts in which large payloads are uploaded, 5 MiB to 5 GiB.
    ///
    /// Default 8 MiB. An upload holds up to [`s3_concurrency`](Self::s3_concurrency) + 1 parts of a file in memory. Where
    /// 10 000 parts, the most that S3 knows, would not do, they are larger.
    pub const fn s3_part_size(mut self, bytes: usize) -> Self {
        self.s3.part_size = bytes;
        self
    }

    /// Sets the size in bytes from which on a payload is uploaded in parts, 5 GiB at most.
    ///
    /// Default 16 MiB: below it, parts save no time.
    pub const fn s3_multipart_threshold(mut self, bytes: u64) -> Self {
        self.s3.multipart_threshold = bytes;
        self
    }

    /// Sets how many parts of a payload are uploaded at once, 1 to 64.
    ///
    /// Default 4.
    pub const fn s3_concurrency(mut self, parts: usize) -> Self {
        self.s3.concurrency = parts;
        self
    }
}

impl Settings {
    /// Takes what was not given from the standard variables of AWS.
    pub(crate) fn fill(&mut self, text: impl Fn(&'static str) -> Result<Option<String>, Error>) -> Result<(), Error> {
        // Keys of two origins do not belong together.
        if self.access_key_id.is_none() && self.secret_access_key.is_none() {
            self.access_key_id = text("AWS_ACCESS_KEY_ID")?;
            self.secret_access_key = text("AWS_SECRET_ACCESS_KEY")?.map(Zeroizing::new);
            if self.session_token.is_none() {
                self.session_token = text("AWS_SESSION_TOKEN")?.map(Zeroizing::new);
            }
        }
        let first = |names: [&'static str; 2]| -> Result<Option<String>, Error> {
            for name in names {
                if let Some(value) = text(name)? {
                    return Ok(Some(value));
                }
            }
            Ok(None)
        };
        if self.region.is_none() {
            self.region = first(["AWS_REGION", "AWS_DEFAULT_REGION"])?;
            self.found |= self.region.is_some();
        }
        if self.endpoint.is_none() {
            self.endpoint = first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])?;
            self.found |= self.endpoint.is_some();
        }
        Ok(())
    }

    /// Checks what can be checked before an upload. What was found in the environment does not hinder a program that does not
    /// upload.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if !self.found {
            self.check_place()?;
        }
        if !(MIN_PART..=MAX_PART).contains(&self.part_size) {
            return Err(ConfigError::new("s3_part_size", "must be from 5 MiB to 5 GiB"));
        }
        if self.multipart_threshold > MAX_PUT {
            return Err(ConfigError::new("s3_multipart_threshold", "must be 5 GiB at most"));
        }
        if !(1..=64).contains(&self.concurrency) {
            return Err(ConfigError::new("s3_concurrency", "must be from 1 to 64"));
        }
        Ok(())
    }

    fn check_place(&self) -> Result<(), ConfigError> {
        self.endpoint()?;
        if !self.region().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(ConfigError::new("region", "not the name of a region, such as eu-west-1"));
        }
        Ok(())
    }

    pub(super) fn endpoint(&self) -> Result<Option<Url>, ConfigError> {
        let Some(text) = &self.endpoint else { return Ok(None) };
        let url = if self.insecure { BaseUrl::insecure(text) } else { BaseUrl::new(text) };
        let url = url.map_err(|error| ConfigError::new("s3_endpoint", "not usable").caused_by(error))?;
        // It was parsed from a URL.
        Url::parse(url.as_str()).map(Some).map_err(|_| ConfigError::new("s3_endpoint", "not a URL"))
    }

    pub(super) fn region(&self) -> &str {
        self.region.as_deref().map_or("eu-west-1", str::trim)
    }

    pub(super) fn path_style(&self) -> bool {
        self.path_style.unwrap_or(self.endpoint.is_some())
    }

    /// Where the store is.
    pub(super) fn target(&self, environment: &Environment) -> Result<Url, ConfigError> {
        self.check_place()?;
        match (self.endpoint()?, environment) {
            (Some(url), _) => Ok(url),
            (None, Environment::Production | Environment::Staging) => {
                let url = format!("https://s3.{}.amazonaws.com", self.region());
                Url::parse(&url).map_err(|_| ConfigError::new("region", "not the name of a region, such as eu-west-1"))
            }
            (None, _) => {
                let problem = "an environment of one's own has its own store: set its URL";
                Err(ConfigError::new("s3_endpoint", problem))
            }
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL with a password in it is refused, but may still stand here.
        let endpoint = self.endpoint().ok().flatten().map(|url| url.to_string());
        f.debug_struct("S3")
            .field("region", &self.region())
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &self.secret_access_key.as_ref().map(|_| MASK))
            .field("session_token", &self.session_token.as_ref().map(|_| MASK))
            .field("endpoint", &endpoint)
            .field("path_style", &self.path_style())
            .field("part_size", &self.part_size)
            .field("multipart_threshold", &self.multipart_threshold)
            .field("concurrency", &self.concurrency)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    fn with(variables: &'static [(&str, &str)]) -> ClientBuilder {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| std::ffi::OsString::from(value))
        };
        Client::builder(Environment::Staging).fill(variable).unwrap()
    }

    #[test]
    fn the_standard_variables_fill_what_was_not_given() {
        let builder = with(&[
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
            ("AWS_SESSION_TOKEN", "t0ken"),
            ("AWS_DEFAULT_REGION", "eu-west-3"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2"),
        ]);
        let Settings { access_key_id, secret_access_key, session_token, .. } = &builder.s3;
        assert_eq!(access_key_id.as_deref(), Some("id"));
        assert_eq!(secret_access_key.as_ref().map(|secret| secret.as_str()), Some("s3cr3t"));
        assert_eq!(session_token.as_ref().map(|token| token.as_str()), Some("t0ken"));
        assert_eq!(builder.s3.region(), "eu-west-3");
        assert_eq!(builder.s3.target(&Environment::Staging).unwrap().port(), Some(2));
        assert!(builder.s3.path_style());
    }

    #[test]
    fn keys_of_two_origins_are_not_mixed() {
        let given = Client::builder(Environment::Staging).access_key_id("mine");
        let filled = given.fill(|name| (name == "AWS_SECRET_ACCESS_KEY").then(|| "theirs".into())).unwrap();
        assert!(filled.s3.secret_access_key.is_none());
    }

    #[test]
    fn what_is_found_and_unusable_hinders_uploads_alone() {
        let builder = with(&[("AWS_ENDPOINT_URL", "http://192.0.2.1:9000")]);
        let client = builder.build().unwrap();
        let error = client.0.s3.target(&Environment::Staging).unwrap_err();
        assert_eq!(error.to_string(), "s3_endpoint: not usable");
        let given = Client::builder(Environment::Staging).s3_endpoint("http://192.0.2.1:9000");
        assert_eq!(given.build().unwrap_err().to_string(), "s3_endpoint: not usable");
        let named = Client::builder(Environment::Staging).s3_endpoint_insecure("http://192.0.2.1:9000");
        assert!(named.build().unwrap().0.s3.target(&Environment::Staging).is_ok());
    }

    #[test]
    fn aws_is_where_the_region_says() {
        let settings = Client::builder(Environment::Production).region("eu-west-3").s3;
        assert_eq!(settings.target(&Environment::Production).unwrap().as_str(), "https://s3.eu-west-3.amazonaws.com/");
        assert!(!settings.path_style());
        assert_eq!(Settings::default().region(), "eu-west-1");
    }
}
