//! Addresses as they may be shown.

use url::Url;

use crate::secret::MASK;

/// An address without what may be secret in it: user and password, and the values of its query, each of which may be a key.
///
/// ```
/// use qlower_core::live::shown_url;
///
/// assert_eq!(shown_url("https://me:pw@api.example/power?site=7&apikey=k-1#top"), "https://***@api.example/power?site=***&apikey=***");
/// assert_eq!(shown_url("no address ?apikey=k-1"), "***");
/// ```
#[must_use]
pub fn shown_url(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return MASK.to_owned() };
    let has_user = !url.username().is_empty() || url.password().is_some();
    // Fails for addresses without a host alone, which have no user.
    _ = url.set_username("");
    _ = url.set_password(None);
    url.set_fragment(None);
    let query = url.query().map(|query| {
        let masked = query.split('&').map(|pair| match pair.split_once('=') {
            Some((key, _)) => format!("{key}={MASK}"),
            None => MASK.to_owned(),
        });
        masked.collect::<Vec<_>>().join("&")
    });
    url.set_query(None);
    let mut shown = url.to_string();
    if has_user {
        shown = shown.replacen("://", &format!("://{MASK}@"), 1);
    }
    match query {
        Some(query) => format!("{shown}?{query}"),
        None => shown,
    }
}
