//! Whether a page may read the reply, as browsers judge it.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderName,
};
use qlower_core::live::{ALLOWED_HEADER, ALLOWED_METHODS, Examined, Requirement};
use url::Url;

use super::super::fault::FaultKind;

/// By the header of the reply itself.
pub(super) fn origin(headers: &HeaderMap, origin: &str) -> Examined {
    match allowed(headers, origin) {
        Ok(whom) => Examined::new(
            Requirement::CorsOrigin,
            true,
            format!("Access-Control-Allow-Origin: {whom}"),
            format!("Access-Control-Allow-Origin: {whom}"),
        ),
        Err((en, fr)) => Examined::new(
            Requirement::CorsOrigin,
            false,
            format!("{en}: answer with Access-Control-Allow-Origin: {origin}"),
            format!("{fr} : répondez avec Access-Control-Allow-Origin: {origin}"),
        ),
    }
}

/// By what was answered to a browser's question.
pub(super) fn preflight(
    answer: &Result<(u16, HeaderMap), (FaultKind, [String; 2])>,
    page: &str,
    auth: Option<&HeaderName>,
) -> Examined {
    let not_met = |en: String, fr: String| Examined::new(Requirement::CorsPreflight, false, en, fr);
    let (status, headers) = match answer {
        Ok((status, headers)) => (*status, headers),
        Err((_, [en, fr])) => return not_met(format!("OPTIONS: {en}"), format!("OPTIONS : {fr}")),
    };
    match status {
        200..=299 => {}
        401 | 403 => {
            return not_met(
                format!(
                    "OPTIONS is answered with HTTP {status}: a browser sends no credentials with it, so answer without them"
                ),
                format!("OPTIONS répond HTTP {status} : un navigateur n'y joint pas d'identifiants, répondez sans eux"),
            );
        }
        _ => {
            return not_met(
                format!("OPTIONS is answered with HTTP {status}: answer with 204 or 200, and the headers of CORS"),
                format!("OPTIONS répond HTTP {status} : répondez 204 ou 200, avec les en-têtes CORS"),
            );
        }
    }
    let (mut en, mut fr) = (Vec::new(), Vec::new());
    if let Err((problem, probleme)) = allowed(headers, page) {
        en.push(format!("{problem}: add Access-Control-Allow-Origin: {page}"));
        fr.push(format!("{probleme} : ajoutez Access-Control-Allow-Origin: {page}"));
    }
    if !lists(headers, &ACCESS_CONTROL_ALLOW_METHODS, "GET") {
        en.push(format!("it does not allow GET: add Access-Control-Allow-Methods: {ALLOWED_METHODS}"));
        fr.push(format!("GET n'est pas autorisé : ajoutez Access-Control-Allow-Methods: {ALLOWED_METHODS}"));
    }
    if !lists(headers, &ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADER) {
        en.push(format!("it does not allow {ALLOWED_HEADER}: add Access-Control-Allow-Headers: {ALLOWED_HEADER}"));
        fr.push(format!(
            "{ALLOWED_HEADER} n'est pas autorisé : ajoutez Access-Control-Allow-Headers: {ALLOWED_HEADER}"
        ));
    }
    if !en.is_empty() {
        return not_met(en.join("\n"), fr.join("\n"));
    }
    // The star does not stand for Authorization, but for any other header.
    let named = |name: &HeaderName| {
        let list = HeaderMap::from_iter(
            headers.get_all(ACCESS_CONTROL_ALLOW_HEADERS).iter().map(|v| (ACCESS_CONTROL_ALLOW_HEADERS, v.clone())),
        );
        if *name == http::header::AUTHORIZATION {
            names(&list, name.as_str())
        } else {
            lists(&list, &ACCESS_CONTROL_ALLOW_HEADERS, name.as_str())
        }
    };
    match auth.filter(|name| !named(name)) {
        Some(name) => Examined::new(
            Requirement::CorsPreflight,
            true,
            format!("allowed; a browser that is to send {name} itself needs it in Access-Control-Allow-Headers, too"),
            format!(
                "autorisé ; un navigateur qui enverrait {name} lui-même en a aussi besoin dans Access-Control-Allow-Headers"
            ),
        ),
        None => Examined::new(
            Requirement::CorsPreflight,
            true,
            format!("OPTIONS is answered with HTTP {status}, GET and {ALLOWED_HEADER} are allowed"),
            format!("OPTIONS répond HTTP {status}, GET et {ALLOWED_HEADER} sont autorisés"),
        ),
    }
}

/// Whom the reply allows to read it, if the page is among them; or what is wrong.
fn allowed(headers: &HeaderMap, page: &str) -> Result<String, (String, String)> {
    let mut values = headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).iter();
    let (first, second) = (values.next(), values.next());
    let Some(first) = first else {
        return Err(("no page may read it".to_owned(), "aucune page ne peut le lire".to_owned()));
    };
    let value = first.to_str().unwrap_or_default().trim();
    if second.is_some() || value.contains(',') {
        return Err((
            "more than one origin is named, which no browser takes".to_owned(),
            "plusieurs origines sont nommées, ce qu'aucun navigateur n'accepte".to_owned(),
        ));
    }
    if value == "*" || value == page {
        return Ok(value.to_owned());
    }
    if value.trim_end_matches('/').eq_ignore_ascii_case(page) {
        return Err((
            "the origin is not written as a browser does, in small letters and without a slash at the end".to_owned(),
            "l'origine n'est pas écrite comme le fait un navigateur, en minuscules et sans barre oblique finale"
                .to_owned(),
        ));
    }
    // What is no origin is not shown.
    let other = Url::parse(value).ok().filter(|url| url.host().is_some()).map(|url| url.origin().ascii_serialization());
    Err(match other {
        Some(other) => (format!("only {other} may read it"), format!("seul {other} peut le lire")),
        None => (
            "another page may read it, not this one".to_owned(),
            "une autre page peut le lire, pas celle-ci".to_owned(),
        ),
    })
}

/// Whether a list has a word, or the star.
fn lists(headers: &HeaderMap, list: &HeaderName, word: &str) -> bool {
    let words = headers.get_all(list).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    words.map(str::trim).any(|listed| listed == "*" || listed.eq_ignore_ascii_case(word))
}

fn names(headers: &HeaderMap, word: &str) -> bool {
    let words = headers.values().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    words.map(str::trim).any(|listed| listed.eq_ignore_ascii_case(word))
}
