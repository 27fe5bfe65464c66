//! What holds for every secret, body and header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use qlower_core::Lang;
use qlower_core::webhook::{BasicUser, Reason, explain, sign, verify_at, verify_basic};

use super::outcome;

fn secret() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 1..100)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..300)
}

/// Parts as they may stand in a header, and others.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just(b"t=1786000000".to_vec()),
        Just(b"v1=00ff".to_vec()),
        Just([b"v1=".as_slice(), &[b'a'; 64]].concat()),
        "(t|v1|v0|X-Qlower-Signature|\"|'|\\[|%3D|=|:|;| ){0,4}[0-9a-fA-F+/=\"' %-]{0,70}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..20),
    ];
    vec(part, 0..6).prop_map(|parts| parts.join(b",".as_slice()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_signed_is_genuine(
        secrets in vec(secret(), 1..4), which in any::<Index>(), body in body(), at in 0..i64::MAX, skew in -300_i64..=300,
    ) {
        let secret = which.get(&secrets);
        let header = sign(secret, &body, at);
        let first = secrets.iter().position(|other| other == secret).unwrap();
        let verified = verify_at(&secrets, &header, &body, at.saturating_add(skew)).unwrap();
        prop_assert_eq!((verified.timestamp(), verified.secret()), (at, first));
    }

    #[test]
    fn any_other_time_is_expired(secret in secret(), body in body(), at in 0..=i64::MAX, now in any::<i64>()) {
        let result = outcome(verify_at(&[&secret], &sign(&secret, &body, at), &body, now));
        let wanted = if now.abs_diff(at) <= 300 { Ok(0) } else { Err(Reason::Expired { skew: now.saturating_sub(at) }) };
        prop_assert_eq!(result, wanted);
    }

    #[test]
    fn one_bit_is_enough_to_refuse(
        secret in secret(), body in vec(any::<u8>(), 1..300), at in 0_i64..10_000_000_000, at_bit in any::<Index>(), what in 0..3,
    ) {
        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let bit = at_bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        let header = sign(&secret, &body, at);
        let result = match what {
            0 => outcome(verify_at(&[&secret], &header, &flip(&body), at)),
            1 => outcome(verify_at(&[flip(&secret)], &header, &body, at)),
            _ => {
                let other = flip(header.as_bytes());
                // The case of a digit tells nothing.
                prop_assume!(!other.eq_ignore_ascii_case(header.as_bytes()));
                outcome(verify_at(&[&secret], &*other, &body, at))
            }
        };
        prop_assert!(matches!(result, Err(Reason::Mismatch | Reason::Malformed)), "{:?}", result);
    }

    #[test]
    fn a_key_of_the_length_of_a_block_ends_where_zeros_begin(secret in vec(any::<u8>(), 1..64), zeros in 1_usize..4) {
        // HMAC fills a short key with zeros: the one collision that there is. It is a property of the scheme.
        let longer = [secret.as_slice(), &vec![0; zeros]].concat();
        let same = longer.len() <= 64;
        prop_assert_eq!(sign(&secret, b"{}", 0) == sign(&longer, b"{}", 0), same);
    }

    #[test]
    fn order_spaces_and_unknown_parts_change_nothing(
        secret in secret(), body in body(), spaces in vec("[ \t]{0,2}", 8), more in "[a-su-z][0-9]{0,2}", value in "[ -+\\--~]{0,20}", seed in any::<Index>(),
    ) {
        prop_assume!(more != "v1");
        let header = sign(&secret, &body, 1_786_000_000);
        let (time, code) = header.split_once(',').unwrap();
        let mut parts = [time.to_owned(), code.to_owned(), format!("{more}={value}"), "v1=00".to_owned()];
        let by = seed.index(4);
        parts.rotate_left(by);
        let padded: Vec<String> = parts.iter().enumerate().map(|(at, part)| {
            let (name, value) = part.split_once('=').unwrap();
            format!("{0}{name}{1}={1}{value}{0}", spaces[at], spaces[at + 4])
        }).collect();
        prop_assert_eq!(outcome(verify_at(&[&secret], &padded.join(","), &body, 1_786_000_000)), Ok(0));
    }

    #[test]
    fn a_forged_header_is_refused(secrets in vec(vec(any::<u8>(), 0..20), 0..4), header in header(), body in body(), now in any::<i64>()) {
        let verified = verify_at(&secrets, &*header, &body, now);
        prop_assert!(verified.is_err());
    }

    #[test]
    fn a_user_comes_in_by_the_right_password_only(
        name in "[^:]{0,20}", password in ".{1,20}", other in ".{0,20}",
    ) {
        let users = [BasicUser::new(&*name, &*password)];
        let header = |text: String| format!("Basic {}", STANDARD.encode(text));
        prop_assert_eq!(verify_basic(&users, header(format!("{name}:{password}")).as_bytes()), Ok(0));
        prop_assume!(other != password);
        let refusal = verify_basic(&users, header(format!("{name}:{other}")).as_bytes()).unwrap_err();
        prop_assert_eq!(refusal.reason(), Reason::Mismatch);
    }

    #[test]
    fn reading_a_basic_header_never_panics(header in vec(any::<u8>(), 0..60), scheme in "(Basic |basic  |)") {
        let header = [scheme.as_bytes(), &header].concat();
        prop_assert!(verify_basic(&[BasicUser::new("imaging", "p4ss")], &header).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn explaining_never_panics_and_shows_nothing(
        secret in "[a-z]{6}S3CR3T[a-z0-9]{0,20}", header in header(), text in "[ -~]{0,40}B0DY[ -~é€]{0,40}", json in any::<bool>(), now in any::<i64>(),
    ) {
        let body = if json { serde_json::json!({"event_type": text, "x": [1, 2.0, null]}).to_string() } else { text };
        let right = sign(&secret, body.as_bytes(), 1_786_000_000);
        let explanation = explain(&[&secret], &*header, body.as_bytes(), now);
        prop_assert_eq!(explanation.refusal(), verify_at(&[&secret], &*header, body.as_bytes(), now).err());
        prop_assert!(!explanation.causes().is_empty());
        for text in [explanation.text(Lang::En), explanation.text(Lang::Fr), explanation.to_json(), format!("{explanation:?}")] {
            for shown in ["S3CR3T", "B0DY", &right[16..30]] {
                prop_assert!(!text.contains(shown), "{}", text);
            }
            prop_assert!(!text.contains(['{', '}']) || text.starts_with(['{', 'E']), "{}", text);
        }
        prop_assert!(serde_json::from_str::<serde_json::Value>(&explanation.to_json()).is_ok());
    }

    #[test]
    fn a_genuine_webhook_has_no_causes(secret in secret(), body in body()) {
        let explanation = explain(&[&secret], &sign(&secret, &body, 5), &body, 5);
        prop_assert_eq!((explanation.refusal(), explanation.causes().len()), (None, 0));
    }

    #[test]
    fn a_body_written_again_by_another_library_is_seen(name in "\\PC{0,12}", amount in 0_u32..100_000) {
        let value = serde_json::json!({"event_type": "order.created", "customer": {"first_name": name, "email": "a@example.com"}, "order_id": amount});
        let (pretty, compact) = (serde_json::to_vec_pretty(&value).unwrap(), value.to_string());
        for (signed, came) in [(&*pretty, compact.as_bytes()), (compact.as_bytes(), &pretty)] {
            let explanation = explain(&["s"], &sign("s", signed, 5), came, 5);
            let codes: Vec<_> = explanation.causes().iter().map(|cause| (cause.code().name(), cause.certainty().name())).collect();
            prop_assert_eq!(codes, [("body_reserialized", "certain")]);
        }
    }
}
