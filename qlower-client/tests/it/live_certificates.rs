//! Certificates of servers, good and bad.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

fn authority_named(name: &str, by: Option<&Authority>) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = match by {
        Some(by) => params.signed_by(&key, &by.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Authority { certificate, issuer: Issuer::new(params, key) }
}

static KNOWN: LazyLock<Authority> = LazyLock::new(|| authority_named("a known authority", None));
static UNKNOWN: LazyLock<Authority> = LazyLock::new(|| authority_named("an unknown authority", None));
static BETWEEN: LazyLock<Authority> = LazyLock::new(|| authority_named("an intermediate", Some(&KNOWN)));

pub(crate) fn authority() -> String {
    KNOWN.certificate.pem()
}

/// A moment so many days from now, and an hour more.
pub(crate) fn days(from_now: i64) -> SystemTime {
    let days = Duration::from_secs(from_now.unsigned_abs() * 86_400 + 3600);
    if from_now < 0 { SystemTime::now() - days } else { SystemTime::now() + days }
}

pub(crate) struct Leaf {
    params: CertificateParams,
    issuer: &'static Authority,
    further: bool,
}

impl Leaf {
    pub(crate) fn good() -> Self {
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        Self { params, issuer: &KNOWN, further: false }.valid(days(-1), days(90))
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.params.subject_alt_names = CertificateParams::new([name.to_owned()]).unwrap().subject_alt_names;
        self
    }

    pub(crate) fn valid(mut self, from: SystemTime, to: SystemTime) -> Self {
        (self.params.not_before, self.params.not_after) = (from.into(), to.into());
        self
    }

    pub(crate) fn by_unknown(mut self) -> Self {
        self.issuer = &UNKNOWN;
        self
    }

    /// By an authority whose certificate is sent along, or not.
    pub(crate) fn by_intermediate(mut self, further: bool) -> Self {
        (self.issuer, self.further) = (&BETWEEN, further);
        self
    }

    pub(crate) fn config(self) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut chain = vec![self.params.signed_by(&key, &self.issuer.issuer).unwrap().der().clone()];
        if self.further {
            chain.push(self.issuer.certificate.der().clone());
        }
        config(chain, &key)
    }
}

pub(crate) fn self_signed(name: &str) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    config(vec![certificate.der().clone()], &key)
}

fn config(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap()
}
