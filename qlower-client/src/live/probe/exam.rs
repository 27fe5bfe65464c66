//! The requests of an examination, one after the other, and what each tells.

use std::time::Duration;

use http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    WWW_AUTHENTICATE,
};
use http::{Method, StatusCode};
use qlower_core::Lang;
use qlower_core::live::{
    ALLOWED_HEADER, Examined, IDEAL_LATENCY_SECONDS, ProbeReport, Requirement, TIMEOUT_SECONDS, Unit, ValuePath,
    shown_url,
};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::super::fault::{FaultKind, FeedFault, RedirectProblem, TimeoutStage, in_english, in_french};
use super::super::poll::{Limit, body, get};
use super::super::setting::{Place, peer};
use super::super::{Auth, SettingError};
use super::{certificate, cors, document};

/// No host takes longer to be connected to, if it takes connections at all.
const CONNECTING: Duration = Duration::from_secs(5);

pub(super) struct Exam {
    http: reqwest::Client,
    place: Place,
    url: Url,
    unit: Option<Unit>,
    origin: HeaderValue,
    seen: certificate::Seen,
    report: ProbeReport,
}

/// A reply as it came.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Result<Vec<u8>, FaultKind>,
    latency: Duration,
}

impl Exam {
    pub(super) fn new(
        place: Place,
        url: Url,
        path: ValuePath,
        unit: Option<Unit>,
        origin: HeaderValue,
    ) -> Result<Self, SettingError> {
        let seen = certificate::Seen::default();
        let http = place.client(&url, CONNECTING.min(place.timeout), |judge| seen.through(judge, host(&url)))?;
        let report = ProbeReport::new(shown_url(place.auth.url(&url).as_str()), path);
        Ok(Self { http, place, url, unit, origin, seen, report })
    }

    pub(super) async fn run(mut self) -> ProbeReport {
        if !self.https() {
            return self.rest_not_examined(Requirement::Https);
        }
        let started = Instant::now();
        let limit = Limit::starting_now(self.place.timeout);
        let answer = get(&self.http, &self.url, &self.place.auth, Some(&self.origin), limit).await;
        if !self.reached(answer.as_ref().err()) {
            return self.rest_not_examined(Requirement::Certificate);
        }
        let reply = match answer {
            Ok(response) => reply(response, started, limit).await,
            Err(fault) => {
                let examined = self.unmet(Requirement::Status, &fault);
                self.report.push(examined);
                if matches!(fault, FaultKind::Timeout { .. }) {
                    return self.too_slow(&fault);
                }
                return self.rest_not_examined(Requirement::Status);
            }
        };
        let (preflight, public) = tokio::join!(self.preflight(), self.is_public());
        self.answered(&reply, public);
        self.examine_document(&reply);
        let origin = self.origin.to_str().unwrap_or_default().to_owned();
        // What is no document says nothing of who may read one; whether a browser may ask is known without credentials.
        let (document, guarded) = (reply.status.is_success(), matches!(reply.status.as_u16(), 401 | 403));
        self.report.push(match document {
            true => cors::origin(&reply.headers, &origin),
            false => Examined::not_examined(Requirement::CorsOrigin),
        });
        self.report.push(match document || guarded {
            true => cors::preflight(&preflight, &origin, self.place.auth.header_name().as_ref()),
            false => Examined::not_examined(Requirement::CorsPreflight),
        });
        self.report
    }

    /// Whether to go on.
    fn https(&mut self) -> bool {
        let (met, en, fr) = match (self.url.scheme(), self.place.allow_http) {
            ("https", _) => (true, "https", "https"),
            (_, true) => (
                true,
                "plain http, accepted because of allow_http; a page on https cannot read it",
                "http simple, admis par allow_http ; une page en https ne peut pas le lire",
            ),
            _ => (
                false,
                "plain http: whoever is on the way could read and change the value, and a page on https cannot read it; use https",
                "http simple : quiconque sur le chemin pourrait lire et changer la valeur, et une page en https ne peut pas le \
                 lire ; utilisez https",
            ),
        };
        self.report.push(Examined::new(Requirement::Https, met, en, fr));
        self.place.may_be_read(&self.url)
    }

    /// What is to be said about the way there. Whether to go on.
    fn reached(&mut self, fault: Option<&FaultKind>) -> bool {
        // Without a certificate, nobody knows whether there was a connection.
        let connecting = |fault: &&FaultKind| match fault {
            FaultKind::Dns => true,
            FaultKind::Connect { .. } | FaultKind::Timeout { stage: TimeoutStage::Connect, .. } => self.seen.is_empty(),
            _ => false,
        };
        if let Some(fault) = fault.filter(connecting) {
            let examined = self.unmet(Requirement::Reachable, fault);
            self.report.push(examined);
            if self.url.scheme() == "https" {
                self.report.push(Examined::not_examined(Requirement::Certificate));
            }
            return false;
        }
        let peer = peer(&self.url);
        let (en, fr) = (format!("{peer} takes connections"), format!("{peer} accepte les connexions"));
        self.report.push(Examined::new(Requirement::Reachable, true, en, fr));
        if self.url.scheme() != "https" {
            return true;
        }
        let problem = match fault {
            Some(FaultKind::Certificate(problem)) => Some(*problem),
            Some(
                fault @ (FaultKind::Tls
                | FaultKind::Connect { .. }
                | FaultKind::Timeout { stage: TimeoutStage::Connect, .. }),
            ) => {
                let examined = self.unmet(Requirement::Certificate, fault);
                self.report.push(examined);
                return false;
            }
            _ => None,
        };
        let (met, [en, fr]) = self.seen.judge(host(&self.url), problem);
        self.report.push(Examined::new(Requirement::Certificate, met, en, fr));
        problem.is_none()
    }

    fn unmet(&self, requirement: Requirement, fault: &FaultKind) -> Examined {
        let [en, fr] = self.words(fault);
        Examined::new(requirement, false, en, fr)
    }

    fn words(&self, fault: &FaultKind) -> [String; 2] {
        let [en, fr] = advice(fault, self.url.scheme() == "https").unwrap_or_default();
        let fault = FeedFault::new(fault.clone(), peer(&self.url));
        [fault.message(Lang::En) + en, fault.message(Lang::Fr) + fr]
    }

    /// Status and authentication, response time.
    fn answered(&mut self, reply: &Reply, public: Option<Result<bool, FaultKind>>) {
        let status = reply.status.as_u16();
        let wants = matches!(status, 401 | 403);
        let met = status == 200;
        let scheme = scheme(&reply.headers);
        let wanted = |before: &str| scheme.map(|scheme| format!("{before}{scheme}")).unwrap_or_default();
        let (en, fr) = match (status, self.place.auth.is_none()) {
            (200, _) => ("HTTP 200".to_owned(), "HTTP 200".to_owned()),
            (401 | 403, true) => (
                format!("HTTP {status}: it asks for credentials{}, so give them", wanted(", by ")),
                format!("HTTP {status} : il demande des identifiants{} : donnez-les", wanted(", par ")),
            ),
            (401 | 403, false) => (
                format!("HTTP {status}: it does not take these credentials{}", wanted("; it asks for ")),
                format!("HTTP {status} : il n'accepte pas ces identifiants{}", wanted(" ; il demande ")),
            ),
            (201..=299, _) => (
                format!("HTTP {status}: answer with 200 and a document"),
                format!("HTTP {status} : répondez 200 avec un document"),
            ),
            _ => {
                let [en, fr] = self.words(&FaultKind::Status { status, retry_after: None });
                (en, fr)
            }
        };
        self.report.push(Examined::new(Requirement::Status, met, en, fr));
        if let Some(examined) = authentication(self.place.auth.is_none(), wants, reply.status.is_success(), public) {
            self.report.push(examined);
        }
        match &reply.body {
            Err(fault @ FaultKind::Timeout { .. }) => {
                let examined = self.unmet(Requirement::Latency, fault);
                self.report.push(examined);
            }
            // How long it took to fail says nothing.
            Err(_) => self.report.push(Examined::not_examined(Requirement::Latency)),
            Ok(_) => {
                self.report.latency = Some(reply.latency);
                self.report.push(latency(reply.latency));
            }
        }
    }

    fn examine_document(&mut self, reply: &Reply) {
        let of_document = [Requirement::ContentType, Requirement::Json, Requirement::Path, Requirement::Number];
        match &reply.body {
            _ if !reply.status.is_success() => {
                for requirement in of_document {
                    self.report.push(Examined::not_examined(requirement));
                }
            }
            Ok(body) => {
                self.report.push(document::content_type(&reply.headers));
                let path = self.report.path.clone();
                document::examine(&mut self.report, body, &path, self.unit.as_ref(), &reply.headers);
            }
            Err(fault) => {
                self.report.push(document::content_type(&reply.headers));
                let examined = self.unmet(Requirement::Json, fault);
                self.report.push(examined);
                self.report.push(Examined::not_examined(Requirement::Path));
                self.report.push(Examined::not_examined(Requirement::Number));
            }
        }
    }

    /// As a browser asks before it sends what is not usual: without credentials.
    async fn preflight(&self) -> Result<(u16, HeaderMap), (FaultKind, [String; 2])> {
        let limit = Limit::starting_now(self.place.timeout);
        let mut wanted = vec![ALLOWED_HEADER.to_ascii_lowercase()];
        wanted.extend(self.place.auth.header_name().map(|name: HeaderName| name.as_str().to_owned()));
        wanted.sort();
        let request = self
            .http
            .request(Method::OPTIONS, self.url.clone())
            .header(ORIGIN, &self.origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "GET")
            .header(ACCESS_CONTROL_REQUEST_HEADERS, wanted.join(","));
        let fault = match timeout_at(limit.until, request.send()).await {
            Ok(Ok(response)) => return Ok((response.status().as_u16(), response.headers().clone())),
            Ok(Err(error)) => FaultKind::of(&error, false, limit.limit),
            Err(_) => limit.exceeded(TimeoutStage::Answer),
        };
        let words = self.words(&fault);
        Err((fault, words))
    }

    /// Whether it answers without the credentials as well; `None` if there are none.
    async fn is_public(&self) -> Option<Result<bool, FaultKind>> {
        if self.place.auth.is_none() {
            return None;
        }
        let limit = Limit::starting_now(self.place.timeout);
        let answer = get(&self.http, &self.url, &Auth::none(), Some(&self.origin), limit).await;
        Some(answer.map(|response| response.status().is_success()))
    }

    fn too_slow(mut self, fault: &FaultKind) -> ProbeReport {
        let examined = self.unmet(Requirement::Latency, fault);
        self.report.push(examined);
        self.rest_not_examined(Requirement::Latency)
    }

    /// Those after a requirement that could not be looked at, of the ones that every report has.
    fn rest_not_examined(mut self, after: Requirement) -> ProbeReport {
        let conditional = [Requirement::Authentication, Requirement::Unit, Requirement::Timestamp];
        for requirement in Requirement::ALL {
            let open = self.report.get(requirement).is_none() && !conditional.contains(&requirement);
            let applies = requirement != Requirement::Certificate || self.url.scheme() == "https";
            if open && applies && place_of(requirement) > place_of(after) {
                self.report.push(Examined::not_examined(requirement));
            }
        }
        self.report
    }
}

/// What to do about it, where the fault itself does not say.
fn advice(fault: &FaultKind, https: bool) -> Option<[&'static str; 2]> {
    Some(match fault {
        FaultKind::Dns => ["; look at the host in the URL", " ; vérifiez l'hôte dans l'URL"],
        FaultKind::Connect { .. } => [
            "; look at host and port, and whether the server runs",
            " ; vérifiez l'hôte et le port, et que le serveur fonctionne",
        ],
        FaultKind::Timeout { stage: TimeoutStage::Connect, .. } if https => [
            "; look at host, port and firewall, and whether https is spoken there",
            " ; vérifiez l'hôte, le port et le pare-feu, et que le serveur y parle https",
        ],
        FaultKind::Timeout { stage: TimeoutStage::Connect, .. } => {
            ["; look at host, port and firewall", " ; vérifiez l'hôte, le port et le pare-feu"]
        }
        FaultKind::Redirect(RedirectProblem::OtherHost) => [
            "; set the URL that it leads to, if that one is right",
            " ; donnez l'URL à laquelle il mène, si c'est la bonne",
        ],
        FaultKind::Redirect(RedirectProblem::Downgrade) => {
            ["; let it answer by https", " ; faites-le répondre en https"]
        }
        FaultKind::Status { status: 404 | 410, .. } => ["; look at its path", " ; vérifiez son chemin"],
        FaultKind::Status { status: 405, .. } => ["; let it answer GET", " ; faites-le répondre à GET"],
        FaultKind::Status { status: 500..=599, .. } => {
            ["; its log tells why, or examine it again later", " ; voyez son journal, ou refaites l'examen plus tard"]
        }
        FaultKind::Compressed => ["; send it as it is", " ; envoyez-le tel quel"],
        _ => return None,
    })
}

fn place_of(requirement: Requirement) -> Option<usize> {
    Requirement::ALL.iter().position(|other| *other == requirement)
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

async fn reply(response: Response, started: Instant, limit: Limit) -> Reply {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = body(response, limit).await;
    Reply { status, headers, body, latency: started.elapsed() }
}

fn authentication(none: bool, wants: bool, success: bool, public: Option<Result<bool, FaultKind>>) -> Option<Examined> {
    let (met, en, fr) = match (none, wants, public) {
        (true, true, _) => (false, "credentials are missing", "il manque des identifiants"),
        (true, false, _) if success => (true, "none is asked for", "aucune n'est demandée"),
        (false, true, _) => (false, "these credentials are refused", "ces identifiants sont refusés"),
        (false, false, Some(Ok(false))) if success => {
            (true, "it asks for credentials, and takes these", "il demande des identifiants et accepte ceux-ci")
        }
        (false, false, Some(Ok(true))) if success => (
            false,
            "it answers without the credentials as well: whoever knows the URL may read the value",
            "il répond aussi sans identifiants : quiconque connaît l'URL peut lire la valeur",
        ),
        _ => return None,
    };
    Some(Examined::new(Requirement::Authentication, met, en, fr))
}

/// How it wants to be asked, of the ways that there are.
fn scheme(headers: &HeaderMap) -> Option<&'static str> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let given = challenge.split(' ').next().unwrap_or_default();
    ["Basic", "Bearer"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(given))
}

fn latency(latency: Duration) -> Examined {
    let (ideal, limit) = (Duration::from_secs(IDEAL_LATENCY_SECONDS), Duration::from_secs(TIMEOUT_SECONDS));
    let (en, fr) = (in_english(latency), in_french(latency));
    let (met, en, fr) = if latency <= ideal {
        (true, en, fr)
    } else if latency <= limit {
        let (ideal_en, ideal_fr) = (in_english(ideal), in_french(ideal));
        (true, format!("{en}: ideal is {ideal_en} at most"), format!("{fr} : l'idéal est {ideal_fr} au plus"))
    } else {
        let (limit_en, limit_fr) = (in_english(limit), in_french(limit));
        (false, format!("{en}: it has to be {limit_en} at most"), format!("{fr} : il faut {limit_fr} au plus"))
    };
    Examined::new(Requirement::Latency, met, en, fr)
}
