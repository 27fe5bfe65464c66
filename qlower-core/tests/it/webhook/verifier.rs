//! Signature and key, as agreed.

use qlower_core::webhook::{Credential, Credentials, Reason, Verifier, sign};

use super::{AT, SECRET};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";
const BODY: &[u8] = b"{}";

/// What is refused and why; or the index of the secret, `None` for a key alone.
fn verify(
    verifier: &Verifier,
    signature: &str,
    key: Option<&str>,
    now: i64,
) -> Result<Option<usize>, (Credential, Reason)> {
    let given = Credentials { signature: signature.into(), api_key: key.map(str::as_bytes) };
    match verifier.verify_at(&given, BODY, now) {
        Ok(verified) => Ok(verified.map(|verified| verified.secret())),
        Err(refusal) => Err((refusal.credential(), refusal.reason())),
    }
}

#[test]
fn what_is_set_must_be_there() {
    let header = sign(SECRET, BODY, AT);
    let (signed, keyed) = (Verifier::signed_by(["old", SECRET]), Verifier::keyed_by(KEY));
    let both = signed.clone().and_api_key(KEY);
    let (of_signature, of_key) = (Credential::Signature, Credential::ApiKey);

    assert_eq!(verify(&signed, &header, None, AT), Ok(Some(1)));
    assert_eq!(verify(&signed, &header, Some("any"), AT), Ok(Some(1)), "a key that was not agreed");
    assert_eq!(verify(&signed, "", Some(KEY), AT), Err((of_signature, Reason::Missing)));

    assert_eq!(verify(&keyed, "", Some(KEY), AT), Ok(None));
    assert_eq!(verify(&keyed, "t=1,v1=zz", Some(KEY), AT), Ok(None), "a signature that was not agreed");
    for missing in [None, Some("")] {
        assert_eq!(verify(&keyed, &header, missing, AT), Err((of_key, Reason::Missing)));
        assert_eq!(verify(&both, &header, missing, AT), Err((of_key, Reason::Missing)));
    }

    assert_eq!(verify(&both, &header, Some(KEY), AT), Ok(Some(1)));
    assert_eq!(verify(&both, &header, Some(OTHER), AT), Err((of_key, Reason::Mismatch)));
    assert_eq!(verify(&both, "", Some(KEY), AT), Err((of_signature, Reason::Missing)));
    assert_eq!(
        verify(&both, "t=1,v1=00", None, AT),
        Err((of_signature, Reason::Mismatch)),
        "the signature comes first"
    );
}

#[test]
fn a_key_is_compared_whole() {
    let keyed = Verifier::keyed_by(KEY);
    let upper = KEY.to_uppercase();
    let longer = format!("{KEY}0");
    for wrong in [&KEY[..31], &KEY[1..], &longer, &upper, " ", "\0", &format!(" {KEY}")] {
        assert_eq!(verify(&keyed, "", Some(wrong), AT), Err((Credential::ApiKey, Reason::Mismatch)), "{wrong:?}");
    }
}

#[test]
fn one_of_several_keys_is_enough() {
    let rotation = Verifier::keyed_by(OTHER).and_api_key(KEY);
    assert_eq!(verify(&rotation, "", Some(KEY), AT), Ok(None));
    assert_eq!(verify(&rotation, "", Some(OTHER), AT), Ok(None));
    assert_eq!(verify(&rotation, "", Some(&format!("{OTHER},{KEY}")), AT), Err((Credential::ApiKey, Reason::Mismatch)));
}

#[test]
fn what_is_empty_accepts_nothing() {
    let nothing: [&str; 0] = [];
    for unusable in [
        Verifier::signed_by(nothing),
        Verifier::signed_by([""]),
        Verifier::keyed_by(""),
        Verifier::signed_by([SECRET]).and_api_key(""),
        Verifier::signed_by([""]).and_api_key(KEY),
    ] {
        assert!(!unusable.is_usable(), "{unusable:?}");
        for secret in ["", SECRET] {
            for key in [None, Some(""), Some(KEY)] {
                assert!(verify(&unusable, &sign(secret, BODY, AT), key, AT).is_err(), "{unusable:?}");
            }
        }
    }
    for usable in [Verifier::signed_by(["", SECRET]), Verifier::keyed_by("").and_api_key(KEY)] {
        assert!(usable.is_usable(), "{usable:?}");
    }
}

#[test]
fn the_tolerance_can_be_set() {
    let header = sign(SECRET, BODY, AT);
    for (tolerance, good, bad) in [(0, 0, 1), (60, -60, -61), (60, 60, 61), (3_600, 3_600, 3_601)] {
        let verifier = Verifier::signed_by([SECRET]).tolerance(tolerance);
        assert_eq!(verify(&verifier, &header, None, AT + good), Ok(Some(0)));
        let expired = (Credential::Signature, Reason::Expired { skew: bad });
        assert_eq!(verify(&verifier, &header, None, AT + bad), Err(expired));
    }
    let any = Verifier::signed_by([SECRET]).tolerance(u64::MAX);
    assert_eq!(verify(&any, &header, None, i64::MIN), Ok(Some(0)));
    assert_eq!(verify(&any, &header, None, i64::MAX), Ok(Some(0)));
}

#[test]
fn nothing_shows_a_secret_or_key() {
    let verifier = Verifier::signed_by([SECRET]).and_api_key(KEY);
    let header = sign(SECRET, BODY, AT);
    let given = Credentials { signature: (&header).into(), api_key: Some(KEY.as_bytes()) };
    let bytes = format!("{:?}", KEY.as_bytes());
    for text in [format!("{verifier:?}"), format!("{verifier:#?}"), format!("{given:?}"), format!("{given:#?}")] {
        assert!(!text.contains(SECRET) && !text.contains(KEY), "{text}");
        assert!(!text.replace(['\n', ' '], "").contains(&bytes.replace(' ', "")), "{text}");
        assert!(text.contains("***"), "{text}");
    }
}
