//! Settings of a client, as JavaScript gives them.

use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;
use qlower_client::core::address::BaseUrl;
use qlower_client::{Client, ClientBuilder, Environment};

use crate::fault::{Fault, Outcome, guard};
use crate::retry::{Retry, count, time};

/// What is given. Times are in milliseconds. What is not given comes from the environment, or is the default.
#[napi(object, object_to_js = false)]
pub struct Settings {
    /// The text of an environment.
    pub environment: Option<String>,
    /// Whether that may be plain `http://` to any machine.
    pub environment_insecure: Option<bool>,
    /// The only partner whose payloads are sent.
    pub partner: Option<String>,
    /// The only access key whose payloads are sent.
    pub api_key: Option<String>,
    /// The limit of an attempt.
    pub timeout: Option<f64>,
    /// The limit for connecting.
    pub connect_timeout: Option<f64>,
    /// When to try again.
    pub retry: Option<Retry>,
    /// The path of a PEM file, or what would be in it.
    pub ca_bundle: Option<Either<String, Uint8Array>>,
    /// The URL of a proxy.
    pub proxy: Option<String>,
    /// The name of the program.
    pub user_agent: Option<String>,
    /// The largest payload.
    pub max_body_bytes: Option<f64>,
    /// How much of an answer is read.
    pub max_reply_bytes: Option<f64>,
    /// The region of the bucket.
    pub region: Option<String>,
    /// The id of the key for the bucket.
    pub access_key_id: Option<String>,
    /// Its secret.
    pub secret_access_key: Option<String>,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
    /// The URL of another store.
    pub s3_endpoint: Option<String>,
    /// Whether that may be plain `http://` to any machine.
    pub s3_endpoint_insecure: Option<bool>,
    /// Whether the bucket stands in the path.
    pub s3_path_style: Option<bool>,
    /// Bytes of a part.
    pub s3_part_size: Option<f64>,
    /// From which size on there are parts.
    pub s3_multipart_threshold: Option<f64>,
    /// How many parts at once.
    pub s3_concurrency: Option<f64>,
}

impl Settings {
    /// The client with these settings.
    ///
    /// # Errors
    /// For a setting that cannot be used; it is named.
    pub(crate) fn build(self) -> Result<Client, Fault> {
        let environment = match &self.environment {
            Some(text) => environment(text, self.environment_insecure == Some(true))?,
            None => Client::environment_from_env()?,
        };
        let mut builder = Client::builder(environment);
        if let Some(partner) = self.partner.clone() {
            builder = builder.partner(partner);
        }
        if let Some(key) = self.api_key.clone() {
            builder = builder.api_key(key);
        }
        if let Some(limit) = time("timeout", self.timeout)? {
            builder = builder.timeout(limit);
        }
        if let Some(limit) = time("connectTimeout", self.connect_timeout)? {
            builder = builder.connect_timeout(limit);
        }
        if let Some(retry) = &self.retry {
            builder = builder.retry(retry.policy()?);
        }
        match &self.ca_bundle {
            Some(Either::A(path)) => builder = builder.ca_bundle_file(path),
            Some(Either::B(pem)) => builder = builder.ca_bundle(pem.to_vec()),
            None => {}
        }
        if let Some(proxy) = self.proxy.clone() {
            builder = builder.proxy(proxy);
        }
        if let Some(program) = self.user_agent.clone() {
            builder = builder.user_agent(program);
        }
        if let Some(bytes) = count("maxBodyBytes", self.max_body_bytes)? {
            builder = builder.max_body_bytes(bytes);
        }
        if let Some(bytes) = count("maxReplyBytes", self.max_reply_bytes)? {
            builder = builder.max_reply_bytes(bytes);
        }
        Ok(self.uploads(builder)?.env()?.build()?)
    }

    /// What uploads need besides.
    fn uploads(self, mut builder: ClientBuilder) -> Result<ClientBuilder, Fault> {
        if let Some(region) = self.region {
            builder = builder.region(region);
        }
        if let Some(id) = self.access_key_id {
            builder = builder.access_key_id(id);
        }
        if let Some(secret) = self.secret_access_key {
            builder = builder.secret_access_key(secret);
        }
        if let Some(token) = self.session_token {
            builder = builder.session_token(token);
        }
        let insecure = self.s3_endpoint_insecure == Some(true);
        match self.s3_endpoint {
            Some(url) if insecure => builder = builder.s3_endpoint_insecure(url),
            Some(url) => builder = builder.s3_endpoint(url),
            None if insecure => return Err(Fault::config("s3EndpointInsecure", "there is no s3Endpoint")),
            None => {}
        }
        if let Some(path_style) = self.s3_path_style {
            builder = builder.s3_path_style(path_style);
        }
        if let Some(bytes) = count("s3PartSize", self.s3_part_size)? {
            builder = builder.s3_part_size(bytes);
        }
        if let Some(bytes) = count("s3MultipartThreshold", self.s3_multipart_threshold)? {
            builder = builder.s3_multipart_threshold(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
        if let Some(parts) = count("s3Concurrency", self.s3_concurrency)? {
            builder = builder.s3_concurrency(parts);
        }
        Ok(builder)
    }
}

fn environment(text: &str, insecure: bool) -> Result<Environment, Fault> {
    let environment = if insecure { BaseUrl::insecure(text).map(Environment::Custom) } else { text.parse() };
    environment.map_err(|error| Fault::config("environment", error))
}

/// What is known of an environment.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct EnvironmentFacts {
    /// Its name or URL, in the canonical spelling.
    pub text: String,
    /// The URL that payloads are sent to.
    pub loader_url: String,
}

impl EnvironmentFacts {
    pub(crate) fn of(environment: &Environment) -> Self {
        Self { text: environment.to_string(), loader_url: environment.loader_url().to_string() }
    }
}

/// The environment that a text names.
#[napi]
pub fn environment_of(text: String, insecure: bool) -> Outcome<EnvironmentFacts> {
    guard(|| Ok(EnvironmentFacts::of(&environment(&text, insecure)?)))
}

/// The bucket of a partner in an environment.
#[napi]
pub fn bucket_of(text: String, insecure: bool, partner: String) -> Outcome<String> {
    guard(|| environment(&text, insecure)?.bucket(&partner).map_err(|error| Fault::config("partner", error)))
}
