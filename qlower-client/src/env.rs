//! Reading the environment of the process.

use std::ffi::OsString;

use qlower_core::Environment;

use crate::builder::{ClientBuilder, ENVIRONMENT};
use crate::error::{ConfigError, Error};

/// A variable's text; `None` if it is absent or blank.
pub(crate) fn text(name: &'static str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<String>, Error> {
    let Some(value) = variable(name) else {
        return Ok(None);
    };
    match value.into_string() {
        Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Err(_) => Err(Error::local(ConfigError::new(name, "not Unicode text"))),
    }
}

pub(crate) fn builder(variable: impl Fn(&str) -> Option<OsString>) -> Result<ClientBuilder, Error> {
    ClientBuilder::new(environment(&variable)?).fill(variable)
}

pub(crate) fn environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Environment, Error> {
    let Some(name) = text(ENVIRONMENT, &variable)? else {
        let problem = "not set: use \"production\", \"staging\" or an https:// URL";
        return Err(Error::local(ConfigError::new(ENVIRONMENT, problem)));
    };
    name.parse().map_err(|error| Error::local(ConfigError::new(ENVIRONMENT, "not usable").caused_by(error)))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
    }

    #[test]
    fn variables_fill_only_what_was_not_given() {
        let variables =
            with(&[("QLOWER_ENVIRONMENT", " Staging "), ("QLOWER_PARTNER", "acme"), ("QLOWER_API_KEY", "k-s3cr3t")]);
        let shown = format!("{:?}", builder(&variables).unwrap());
        assert!(
            shown.contains(r#"environment: Staging, partner: Some("acme"), api_key: Some(ApiKey(***))"#),
            "{shown}"
        );

        let given = ClientBuilder::new(Environment::Production).partner("other");
        let shown = format!("{:?}", given.fill(variables).unwrap());
        assert!(shown.contains(r#"environment: Production, partner: Some("other"), api_key: Some("#), "{shown}");

        let blank = with(&[("QLOWER_ENVIRONMENT", "prod"), ("QLOWER_PARTNER", ""), ("QLOWER_API_KEY", " ")]);
        let shown = format!("{:?}", builder(blank).unwrap());
        assert!(shown.contains("environment: Production, partner: None, api_key: None"), "{shown}");
    }

    #[test]
    fn the_environment_can_be_asked_for_by_itself() {
        let named = environment(with(&[("QLOWER_ENVIRONMENT", "prod"), ("QLOWER_PARTNER", "acme")])).unwrap();
        assert_eq!(named, Environment::Production);
        assert!(environment(with(&[])).unwrap_err().is_config());
    }

    #[test]
    fn no_environment_is_guessed() {
        for variables in [with(&[]), with(&[("QLOWER_ENVIRONMENT", "")])] {
            let error = builder(variables).unwrap_err();
            assert!(error.is_config() && error.to_string().starts_with("QLOWER_ENVIRONMENT: not set"), "{error}");
        }
        let error = builder(with(&[("QLOWER_ENVIRONMENT", "http://user:s3cr3t@example.com")])).unwrap_err();
        assert_eq!(error.to_string(), "QLOWER_ENVIRONMENT: not usable");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "the URL of an environment must not hold a user name or password");
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_unicode_is_named_and_not_shown() {
        use std::os::unix::ffi::OsStringExt;

        let variable = |name: &str| (name == "QLOWER_API_KEY").then(|| OsString::from_vec(vec![b'k', 0xff]));
        let error = ClientBuilder::new(Environment::Staging).fill(variable).unwrap_err();
        assert_eq!(error.to_string(), "QLOWER_API_KEY: not Unicode text");
    }
}
