//! What a host and other lines may be.

use crate::ftp::error::Error;

/// A name or address, without the brackets that IPv6 addresses have in URLs.
pub(super) fn host(given: &str) -> Result<String, Error> {
    let host = given.trim();
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() {
        return Err(Error::config("host", ("empty", "vide")));
    }
    let address = host.parse::<std::net::IpAddr>().is_ok();
    let name = host.len() <= 253
        && host.split('.').all(|label| !label.is_empty() || host.ends_with('.'))
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    if !address && !name {
        return Err(Error::config(
            "host",
            (
                "neither a host's name nor its address: port and folder have settings of their own",
                "ni un nom d'hôte ni une adresse : le port et le dossier ont leurs propres réglages",
            ),
        ));
    }
    Ok(host.to_owned())
}

/// FTP commands are lines: a line break in a value would begin another command.
pub(super) fn one_line(setting: &'static str, value: &str) -> Result<(), Error> {
    if value.chars().any(|c| matches!(c, '\r' | '\n' | '\0')) {
        return Err(Error::config(
            setting,
            ("must not contain line breaks or NUL", "ne doit contenir ni saut de ligne ni NUL"),
        ));
    }
    Ok(())
}

pub(super) fn is_loopback(host: &str) -> bool {
    match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => {
            let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
}
