//! The certificate that a host shows, also one that is not trusted.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use qlower_core::Lang;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::super::fault::CertificateProblem;
use super::super::pick;
use crate::authorities::Judge;

const DAY: i64 = 86_400;
/// With less time left than that, and than a third of its whole time, a certificate is about to expire.
const SOON: i64 = 7 * DAY;

/// The certificate that was seen last.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Arc<Mutex<Option<Shown>>>);

#[derive(Debug)]
struct Shown {
    leaf: Vec<u8>,
    /// How many more came with it.
    further: usize,
}

/// Judges as any other client of this crate, and keeps what it saw.
#[derive(Debug)]
struct Looking {
    judge: Judge,
    host: String,
    seen: Seen,
}

impl ServerCertVerifier for Looking {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // A proxy may show one too.
        if name.to_str() == self.host {
            let shown = Shown { leaf: leaf.to_vec(), further: chain.len() };
            *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        }
        self.judge.verify_server_cert(leaf, chain, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

impl Seen {
    /// The judge, who keeps here what certificate that host shows.
    pub(super) fn through(&self, judge: Judge, host: &str) -> Judge {
        Arc::new(Looking { judge, host: host.to_owned(), seen: self.clone() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Whether the certificate will do, and a sentence about it in both languages.
    pub(super) fn judge(&self, host: &str, problem: Option<CertificateProblem>) -> (bool, [String; 2]) {
        let both = |say: &dyn Fn(Lang) -> String| [say(Lang::En), say(Lang::Fr)];
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let parsed =
            shown.as_ref().and_then(|shown| Some((X509Certificate::from_der(&shown.leaf).ok()?.1, shown.further)));
        let Some((certificate, further)) = parsed else {
            let met = problem.is_none();
            return (
                met,
                both(&|lang| if met { pick(lang, "trusted", "reconnu").to_owned() } else { unreadable(lang) }),
            );
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|now| i64::try_from(now.as_secs()).ok());
        let (now, validity) = (now.unwrap_or_default(), certificate.validity());
        let (start, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        let left = end.saturating_sub(now);
        match problem {
            None => {
                let soon = left < SOON && left < end.saturating_sub(start) / 3;
                (!soon, both(&|lang| trusted(left, soon, lang)))
            }
            Some(CertificateProblem::Expired) => (false, both(&|lang| expired(-left, lang))),
            Some(CertificateProblem::NotYetValid) => (false, both(&|lang| early(start.saturating_sub(now), lang))),
            Some(CertificateProblem::WrongHost) => {
                let names = names(&certificate);
                (false, both(&|lang| wrong_host(host, &names, lang)))
            }
            Some(CertificateProblem::Untrusted | CertificateProblem::Other) => {
                let own = certificate.issuer().as_raw() == certificate.subject().as_raw();
                (false, both(&|lang| untrusted(own, further, lang)))
            }
            Some(CertificateProblem::Revoked) => (false, both(&revoked)),
        }
    }
}

fn days(seconds: i64, lang: Lang) -> String {
    match seconds / DAY {
        0 => pick(lang, "less than a day", "moins d'un jour").to_owned(),
        1 => pick(lang, "1 day", "1 jour").to_owned(),
        days => pick(lang, format!("{days} days"), format!("{days} jours")),
    }
}

fn trusted(left: i64, soon: bool, lang: Lang) -> String {
    let days = days(left, lang);
    if soon {
        let (en, fr) = (format!("expires in {days}: renew it"), format!("expire dans {days} : renouvelez-le"));
        return pick(lang, en, fr);
    }
    pick(lang, format!("trusted, valid for {days}"), format!("reconnu, valable encore {days}"))
}

fn expired(ago: i64, lang: Lang) -> String {
    let days = days(ago, lang);
    pick(lang, format!("expired {days} ago: renew it"), format!("expiré depuis {days} : renouvelez-le"))
}

fn early(left: i64, lang: Lang) -> String {
    let days = days(left, lang);
    pick(
        lang,
        format!("valid only in {days}: look at the server's clock, and at this machine's"),
        format!("valable seulement dans {days} : vérifiez l'horloge du serveur et celle de cette machine"),
    )
}

fn wrong_host(host: &str, names: &[String], lang: Lang) -> String {
    let names = names.join(", ");
    let (en, fr) = if names.is_empty() {
        (String::from("for no host at all"), String::from("pour aucun hôte"))
    } else {
        (format!("for {names}"), format!("pour {names}"))
    };
    pick(
        lang,
        format!("{en}, and not for {host}: use one that names this host"),
        format!("{fr}, et non pour {host} : utilisez-en un qui nomme cet hôte"),
    )
}

fn untrusted(own: bool, further: usize, lang: Lang) -> String {
    let text = match (own, further) {
        (true, _) => pick(
            lang,
            "self-signed: no browser trusts it; use one of a public authority, such as Let's Encrypt",
            "auto-signé : aucun navigateur ne le reconnaît ; utilisez celui d'une autorité publique, comme Let's Encrypt",
        ),
        (false, 0) => pick(
            lang,
            "its issuer is not known here, and the server sends no intermediate certificate: set up the full chain, or use one of \
             a public authority",
            "son émetteur est inconnu ici et le serveur n'envoie pas de certificat intermédiaire : installez la chaîne complète, \
             ou utilisez celui d'une autorité publique",
        ),
        (false, _) => pick(
            lang,
            "its issuer is not a public authority: no browser trusts it",
            "son émetteur n'est pas une autorité publique : aucun navigateur ne le reconnaît",
        ),
    };
    text.to_owned()
}

fn revoked(lang: Lang) -> String {
    pick(lang, "revoked by its authority: get a new one", "révoqué par son autorité : demandez-en un autre").to_owned()
}

fn unreadable(lang: Lang) -> String {
    pick(lang, "cannot be read or trusted", "illisible ou non reconnu").to_owned()
}

/// The first names that it is for, where they are names.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let sound =
        |name: &&str| name.len() < 100 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.*_".contains(&b));
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name).filter(sound).map(str::to_owned),
        GeneralName::IPAddress(bytes) => {
            let ip = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            ip.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(|ip| ip.to_string())
        }
        _ => None,
    });
    names.take(5).collect()
}
