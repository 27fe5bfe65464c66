//! Who judges certificates by those authorities: one for all who trust the same ones, since a set of them takes memory and time.

use std::env::var_os;
use std::ffi::OsString;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{CaBundle, NO_PEM, NO_SYSTEM, NONE_IN_IT, refused};
use crate::config_error::ConfigError;

/// For so long the system's authorities are not looked up again, while somebody uses them.
const SYSTEM_FOR: Duration = Duration::from_secs(60);

const UNUSABLE: (&str, &str) = ("a certificate in it cannot be used", "un certificat qui y figure est inutilisable");

/// Judges the certificate that a server shows.
pub(crate) type Judge = Arc<dyn ServerCertVerifier>;

static OURS: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));
static ALL: Judges = Judges(Mutex::new(Vec::new()));

/// Judges certificates by the authorities of the bundle, or of the system.
pub(crate) fn judge(bundle: Option<&CaBundle>) -> Result<Judge, ConfigError> {
    let authorities = match bundle {
        Some(bundle) => Authorities::Bundle(bundle.pem()?.into()),
        None => Authorities::System(["SSL_CERT_FILE", "SSL_CERT_DIR"].map(var_os)),
    };
    ALL.judge(authorities, Instant::now())
}

/// The cryptography that the program has chosen, or else this crate's.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::clone(&OURS))
}

#[derive(PartialEq, Eq)]
enum Authorities {
    /// Where the environment says that they are.
    System([Option<OsString>; 2]),
    Bundle(Box<[u8]>),
}

/// Those that are in use.
struct Judges(Mutex<Vec<Known>>);

struct Known {
    authorities: Authorities,
    since: Instant,
    judge: Weak<dyn ServerCertVerifier>,
}

impl Judges {
    fn judge(&self, authorities: Authorities, now: Instant) -> Result<Judge, ConfigError> {
        // Held meanwhile, so that those who come together wait for one.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.judge.strong_count() > 0);
        let mut same = all.iter().filter(|known| known.authorities == authorities && known.is_of(now));
        if let Some(judge) = same.find_map(|known| known.judge.upgrade()) {
            return Ok(judge);
        }
        let judge = authorities.judge()?;
        all.push(Known { authorities, since: now, judge: Arc::downgrade(&judge) });
        Ok(judge)
    }
}

impl Known {
    /// Whether it is as one that would be made now. A system may get other authorities.
    fn is_of(&self, now: Instant) -> bool {
        match self.authorities {
            Authorities::Bundle(_) => true,
            Authorities::System(_) => now.saturating_duration_since(self.since) < SYSTEM_FOR,
        }
    }
}

impl Authorities {
    fn judge(&self) -> Result<Judge, ConfigError> {
        let provider = provider();
        let pem = match self {
            Self::System(_) => {
                let judge = rustls_platform_verifier::Verifier::new(provider);
                return Ok(Arc::new(judge.map_err(|error| refused(NO_SYSTEM).caused_by(error))?));
            }
            Self::Bundle(pem) => pem,
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| refused(NO_PEM).caused_by(error))?;
            roots.add(certificate).map_err(|error| refused(UNUSABLE).caused_by(error))?;
        }
        if roots.is_empty() {
            return Err(refused(NONE_IN_IT));
        }
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(judge.map_err(|error| refused(("cannot be used", "inutilisable")).caused_by(error))?)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

    use super::*;

    fn bundle() -> Authorities {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        Authorities::Bundle(pem.into_bytes().into())
    }

    fn again(authorities: &Authorities) -> Authorities {
        match authorities {
            Authorities::System(places) => Authorities::System(places.clone()),
            Authorities::Bundle(pem) => Authorities::Bundle(pem.clone()),
        }
    }

    #[test]
    fn who_trusts_the_same_bundle_shares_one_judge_and_nobody_else_does() {
        let (judges, now) = (Judges(Mutex::default()), Instant::now());
        let (one, other) = (bundle(), bundle());
        let first = judges.judge(again(&one), now).unwrap();
        let later = now + 100 * SYSTEM_FOR;
        let second = judges.judge(again(&one), later).unwrap();
        assert!(Arc::ptr_eq(&first, &second), "a bundle does not change");
        let third = judges.judge(other, now).unwrap();
        assert!(!Arc::ptr_eq(&first, &third));
        assert_eq!(judges.0.lock().unwrap().len(), 2);
        drop((first, second));
        drop(judges.judge(bundle(), now).unwrap());
        let kept = judges.0.lock().unwrap().iter().filter(|known| known.judge.strong_count() > 0).count();
        assert_eq!(kept, 1, "nothing is kept that nobody uses");
        assert_eq!(Arc::strong_count(&third), 1);
    }

    #[test]
    fn the_authorities_of_a_system_are_looked_up_again_after_a_minute() {
        let (judges, now) = (Judges(Mutex::default()), Instant::now());
        let system = || Authorities::System([None, None]);
        // There are machines without any.
        let Ok(first) = judges.judge(system(), now) else { return };
        let judge = |after| judges.judge(system(), now + after).unwrap();
        assert!(Arc::ptr_eq(&first, &judge(SYSTEM_FOR - Duration::from_millis(1))));
        let second = judge(SYSTEM_FOR);
        assert!(!Arc::ptr_eq(&first, &second));
        assert!(Arc::ptr_eq(&second, &judge(SYSTEM_FOR + Duration::from_secs(1))), "the newer one from now on");
        let elsewhere = Authorities::System([Some("elsewhere.pem".into()), None]);
        assert!(judges.0.lock().unwrap().iter().all(|known| known.authorities != elsewhere));
    }

    #[test]
    fn what_is_no_bundle_is_refused_and_not_kept() {
        let judges = Judges(Mutex::default());
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (pem, said) in [
            (&b""[..], NONE_IN_IT.0),
            (b"no certificate", NONE_IN_IT.0),
            (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", NO_PEM.0),
            (broken, UNUSABLE.0),
        ] {
            let error = judges.judge(Authorities::Bundle(pem.into()), Instant::now()).unwrap_err();
            assert_eq!(error.to_string(), format!("ca_bundle: {said}"));
        }
        assert!(judges.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_bundle_of_any_size_is_not_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(super::super::MAX + 1).unwrap();
        let error = CaBundle::File(file.path().into()).pem().unwrap_err();
        assert!(error.to_string().ends_with("is too large"), "{error}");
        let missing = CaBundle::File("does-not-exist.pem".into()).pem().unwrap_err();
        assert_eq!(missing.to_string(), "ca_bundle: does-not-exist.pem cannot be read");
    }
}
