//! Causes that are found.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use qlower_core::Lang;
use qlower_core::webhook::{
    CauseCode, Certainty, Credentials, Explanation, Reason, Verifier, explain, explain_with, sign,
};
use sha2::Sha256;

use super::{AT, ORDER, SECRET};

/// Each cause; what is only likely has a question mark.
fn told(explanation: &Explanation) -> Vec<String> {
    let mark = |certainty| if certainty == Certainty::Certain { "" } else { "?" };
    explanation.causes().iter().map(|cause| format!("{}{}", cause.code(), mark(cause.certainty()))).collect()
}

fn causes(secrets: &[&str], header: &str, body: impl AsRef<[u8]>, now: i64) -> Vec<String> {
    told(&explain(secrets, header, body.as_ref(), now))
}

/// What is found when `signed` was signed and `came` came.
fn body_causes(signed: impl AsRef<[u8]>, came: impl AsRef<[u8]>) -> Vec<String> {
    causes(&[SECRET], &sign(SECRET, signed.as_ref(), AT), came, AT)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_body_that_was_written_again() {
    let compact = ORDER.replace("\": ", "\":").replace(", \"", ",\"").replace(", {", ",{");
    let unescaped = ORDER.replace("\\u00e9", "é");
    let whole = ORDER.replace("315.0", "315");
    let pretty =
        |text: &str| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap();
    let sorted = pretty(&compact.replace("315.0", "315"));
    assert!(sorted.starts_with("{\n  \"customer\""), "the library sorts");

    assert_eq!(body_causes(ORDER, &compact), ["body_reserialized"]);
    assert_eq!(body_causes(&compact, ORDER), ["body_reserialized"]);
    assert_eq!(body_causes(&compact, ORDER.replace("\\u00e9", "é")), ["body_reserialized"]);
    assert_eq!(body_causes(ORDER, &unescaped), ["body_reserialized"]);
    assert_eq!(body_causes(&unescaped, ORDER), ["body_reserialized"]);
    assert_eq!(body_causes(ORDER.replace('/', "\\/"), ORDER), ["body_reserialized"]);
    assert_eq!(body_causes(ORDER, &whole), ["numbers_rewritten"]);
    assert_eq!(body_causes(ORDER, ORDER.replace("315.0", "315.00")), ["numbers_rewritten"]);
    // What JSON.stringify(JSON.parse(body)) does in JavaScript.
    let javascript = compact.replace("315.0", "315").replace("\\u00e9", "é");
    assert_eq!(body_causes(ORDER, &javascript), ["body_reserialized", "numbers_rewritten"]);
    // What a map does in Go, or in serde_json.
    assert_eq!(body_causes(ORDER, sorted), ["body_reserialized", "numbers_rewritten", "keys_reordered"]);
}

#[test]
fn a_body_whose_ends_or_characters_were_changed() {
    let pretty = "{\n  \"event_type\": \"ping\"\n}";
    for (signed, came, cause) in [
        ("{}".to_owned(), "{}\n".as_bytes().to_vec(), "line_ends_changed"),
        ("{}".to_owned(), b"{}\r\n".to_vec(), "line_ends_changed"),
        ("{}".to_owned(), b" {}".to_vec(), "line_ends_changed"),
        ("{}\n".to_owned(), b"{}".to_vec(), "line_ends_changed"),
        ("{}\r\n".to_owned(), b"{}".to_vec(), "line_ends_changed"),
        ("{}\n".to_owned(), b"{}\n\n".to_vec(), "line_ends_changed"),
        (pretty.to_owned(), pretty.replace('\n', "\r\n").into_bytes(), "line_ends_changed"),
        (pretty.replace('\n', "\r\n"), pretty.as_bytes().to_vec(), "line_ends_changed"),
        ("{}".to_owned(), "\u{feff}{}".as_bytes().to_vec(), "byte_order_mark"),
        ("\u{feff}{}".to_owned(), b"{}".to_vec(), "byte_order_mark"),
        // UTF-8 taken for Latin-1 or Windows-1252, and encoded once more.
        (r#"{"a": "é"}"#.to_owned(), r#"{"a": "Ã©"}"#.into(), "body_transcoded"),
        (r#"{"a": "É€"}"#.to_owned(), r#"{"a": "Ã‰â‚¬"}"#.into(), "body_transcoded"),
        // Latin-1, and Windows-1252.
        (r#"{"a": "é"}"#.to_owned(), b"{\"a\": \"\xe9\"}".to_vec(), "body_transcoded"),
        (r#"{"a": "é€"}"#.to_owned(), b"{\"a\": \"\xe9\x80\"}".to_vec(), "body_transcoded"),
        ("{}".to_owned(), b"{\0}\0".to_vec(), "body_transcoded"),
        ("{}".to_owned(), b"\xff\xfe{\0}\0".to_vec(), "body_transcoded"),
    ] {
        assert_eq!(body_causes(&signed, &came), [cause], "{signed:?} {}", came.escape_ascii());
    }
    let replaced = body_causes(r#"{"a": "é"}"#, "{\"a\": \"\u{fffd}\u{fffd}\"}");
    assert_eq!(replaced, ["body_transcoded?", "wrong_secret?", "body_altered?"]);
}

#[test]
fn a_body_in_something_else() {
    let value = serde_json::Value::from(ORDER);
    let buffer = serde_json::json!({"type": "Buffer", "data": ORDER.bytes().collect::<Vec<u8>>()});
    for came in
        [value.to_string(), serde_json::json!({"httpMethod": "POST", "body": ORDER}).to_string(), buffer.to_string()]
    {
        assert_eq!(body_causes(ORDER, came), ["body_wrapped"]);
    }
    let python = r#"b'{"a": "\xc3\xa9 \' \\ \n"}'"#;
    assert_eq!(body_causes("{\"a\": \"é ' \\ \n\"}", python), ["body_wrapped"]);
    assert_eq!(body_causes(ORDER, STANDARD.encode(ORDER)), ["body_base64"]);
    assert_eq!(body_causes(ORDER, URL_SAFE_NO_PAD.encode(ORDER)), ["body_base64"]);
    let gateway = serde_json::json!({"isBase64Encoded": true, "body": STANDARD.encode(ORDER)}).to_string();
    assert_eq!(body_causes(ORDER, gateway), ["body_wrapped", "body_base64"]);
}

#[test]
fn a_body_that_only_looks_wrong() {
    for (came, cause) in [
        ("\x1f\u{8b}", "body_transcoded?"),
        ("[object Object]", "not_json?"),
        ("{'event_type': 'ping'}", "not_json?"),
        ("event_type=ping", "not_json?"),
    ] {
        let causes = body_causes(ORDER, came);
        assert!(causes.contains(&cause.to_owned()) || came.starts_with('\x1f'), "{came}: {causes:?}");
    }
    assert_eq!(body_causes(ORDER, b"\x1f\x8b\x08rest"), ["body_compressed?", "wrong_secret?", "body_altered?"]);
    for empty in ["", " \n"] {
        assert_eq!(body_causes(ORDER, empty), ["body_empty"]);
    }
    let dropped = r#"{"event_id": "evt_1", "event_type": "order.created", "order": {"total_amount": 315}}"#;
    let likely = ["keys_reordered?", "numbers_rewritten?", "wrong_secret?", "body_altered?"];
    assert_eq!(body_causes(ORDER, dropped), likely);
    assert_eq!(body_causes(ORDER, "{}"), ["wrong_secret?", "body_altered?"]);
}

#[test]
fn a_secret_that_is_nearly_right() {
    let bytes = b"\x00\xffkey of bytes+/";
    let of = |right: &[u8], set: &str| causes(&["other", set], &sign(right, ORDER.as_bytes(), AT), ORDER, AT);
    for (right, set, cause) in [
        (SECRET.as_bytes(), format!("{SECRET}\n"), "secret_spaces"),
        (SECRET.as_bytes(), format!(" {SECRET}\r\n"), "secret_spaces"),
        (SECRET.as_bytes(), format!("\u{feff}{SECRET}"), "secret_spaces"),
        (b"key\n", "key".to_owned(), "secret_spaces"),
        (SECRET.as_bytes(), format!("\"{SECRET}\""), "secret_quoted"),
        (SECRET.as_bytes(), format!("'{SECRET}'\n"), "secret_quoted"),
        (SECRET.as_bytes(), SECRET.replace("whsec_", ""), "secret_prefix"),
        (b"key", "whsec_key".to_owned(), "secret_prefix"),
        (bytes, hex(bytes), "secret_encoded"),
        (bytes, STANDARD.encode(bytes), "secret_encoded"),
        (bytes, URL_SAFE_NO_PAD.encode(bytes), "secret_encoded"),
        (bytes, format!("whsec_{}", STANDARD.encode(bytes)), "secret_encoded"),
        (hex(b"key").as_bytes(), "key".to_owned(), "secret_encoded"),
        (STANDARD.encode(b"key").as_bytes(), "key".to_owned(), "secret_encoded"),
        (b"a+b=", "a%2Bb%3d".to_owned(), "secret_encoded"),
        (b"abc", "ABC".to_owned(), "secret_case"),
        (b"ABC", "abc".to_owned(), "secret_case"),
    ] {
        assert_eq!(of(right, &set), [cause], "{set:?}");
        let cause = explain(&["other", &set], &sign(right, b"{}", AT), b"{}", AT).causes()[0];
        assert_eq!(cause.secret(), Some(1));
        assert!(cause.message(Lang::En).starts_with("Secret number 2 "), "{cause}");
        assert!(cause.message(Lang::Fr).starts_with("Le secret n° 2 "), "{cause}");
    }
    assert_eq!(of(b"key", "nothing like it"), ["wrong_secret?", "body_altered?"]);
    // Two mistakes at once.
    let header = sign(SECRET, ORDER.as_bytes(), AT);
    let both = causes(&[&format!("{SECRET}\n")], &header, ORDER.replace("315.0", "315"), AT);
    assert_eq!(both, ["numbers_rewritten", "secret_spaces"]);
}

#[test]
fn a_secret_that_is_not_there() {
    let header = sign(SECRET, b"{}", AT);
    for secrets in [&[][..], &[""], &["", ""]] {
        assert_eq!(causes(secrets, &header, "{}", AT), ["secret_missing"]);
        assert_eq!(causes(secrets, "", "{}", AT), ["secret_missing", "signature_missing?"]);
        // Whoever signs with the empty secret learns nothing, and neither do we.
        assert_eq!(causes(secrets, &sign("", b"{}", AT), "{}", AT), ["secret_missing"]);
    }
    assert_eq!(causes(&["other", ""], &header, "{}", AT), ["secret_empty?", "wrong_secret?", "body_altered?"]);
    for quoted in ["\"\"", "' '", " ", "whsec_"] {
        let forged = causes(&[quoted], &sign("", b"{}", AT), "{}", AT);
        assert_eq!(forged, ["wrong_secret?", "body_altered?"], "{quoted:?}");
    }
}

#[test]
fn a_header_that_is_not_there_or_not_whole() {
    let header = sign(SECRET, b"{}", AT);
    let (time, code) = header.split_once(',').unwrap();
    let of = |header: &str| causes(&[SECRET], header, "{}", AT);
    assert_eq!(of(""), ["signature_missing?"]);
    assert_eq!(of(" \t"), ["signature_missing?"]);
    assert_eq!(of(time), ["header_incomplete"]);
    assert_eq!(of(code), ["header_incomplete"]);
    assert_eq!(of(code.trim_start_matches("v1=")), ["header_incomplete"]);
    assert_eq!(of("undefined"), ["header_incomplete"]);
    assert_eq!(of("Bearer \"abc\""), ["header_incomplete"]);
    assert_eq!(of(&format!("{time},{code},v1=not hex")), ["other_scheme"]);

    let keyed = Credentials { api_key: Some(b"some key"), ..Credentials::default() };
    let explanation = explain_with(&Verifier::signed_by([SECRET]), &keyed, b"{}", AT);
    assert_eq!(told(&explanation), ["only_api_key_agreed?"]);
}

#[test]
fn a_header_with_something_around_it() {
    let header = sign(SECRET, b"{}", AT);
    let of = |header: &str| causes(&[SECRET], header, "{}", AT);
    for (text, cause) in [
        (format!("X-Qlower-Signature: {header}"), "header_name_included"),
        (format!("x-qlower-signature:{header}"), "header_name_included"),
        (format!("\"{header}\""), "header_quoted"),
        (format!("['{header}']"), "header_quoted"),
        (format!("b'{header}'"), "header_quoted"),
        (header.replace("v1=", "v1=\"") + "\"", "header_quoted"),
        (header.replace('=', "%3D").replace(',', "%2c"), "header_encoded"),
        (header.replace(',', ";"), "header_encoded"),
        (header.replace(',', "; "), "header_encoded"),
        (header.replace(',', "&"), "header_encoded"),
        (format!("{header}, {header}"), "header_repeated"),
        (format!("t=1,v1=00,{header}"), "header_repeated"),
    ] {
        assert_eq!(of(&text), [cause], "{text}");
    }
    assert_eq!(of(&format!("'X-Qlower-Signature: {header}'")), ["header_quoted", "header_name_included"]);
    assert_eq!(of(&format!("\"X-Qlower-Signature\": \"{header}\"")), ["header_quoted", "header_name_included"]);
    let other = sign("other", b"{}", AT);
    assert_eq!(of(&format!("{other},{other}")), ["header_repeated"]);
}

#[test]
fn a_code_that_is_cut_or_made_otherwise() {
    let header = sign(SECRET, ORDER.as_bytes(), AT);
    let code = header.split_once("v1=").unwrap().1;
    let of = |code: &str| causes(&[SECRET], &format!("t={AT},v1={code}"), ORDER, AT);
    for length in [16, 17, 40, 63] {
        assert_eq!(of(&code[..length]), ["signature_truncated"], "{length}");
    }
    // So little of it tells nothing: whoever guesses must not learn whether a guess comes close.
    for length in [1, 2, 8, 15] {
        assert_eq!(of(&code[..length]), of(&"0".repeat(length)), "{length}");
        assert_eq!(of(&code[..length]), ["signature_truncated?", "wrong_secret?", "body_altered?"]);
    }
    let bytes: Vec<u8> = code
        .as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(of(&STANDARD.encode(&bytes)), ["signature_not_hex"]);
    assert_eq!(of(&URL_SAFE_NO_PAD.encode(&bytes)), ["signature_not_hex"]);
    assert_eq!(of(&STANDARD.encode([7; 32])), ["signature_not_hex?", "wrong_secret?", "body_altered?"]);
    for length in [32, 40, 96, 128] {
        assert_eq!(of(&"a".repeat(length)), ["other_scheme?", "wrong_secret?", "body_altered?"], "{length}");
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(ORDER.as_bytes());
    assert_eq!(of(&hex(&mac.finalize().into_bytes())), ["time_not_signed"]);
}

#[test]
fn a_time_that_is_off() {
    let of = |at: i64, now: i64| causes(&[SECRET], &sign(SECRET, b"{}", at), "{}", now);
    assert_eq!(of(AT, AT + 301), ["clock_ahead?"]);
    assert_eq!(of(AT, AT - 301), ["clock_behind?"]);
    assert_eq!(of(AT, AT + 3_600), ["clock_ahead?", "time_zone?"]);
    assert_eq!(of(AT, AT - 7_200), ["clock_behind?", "time_zone?"]);
    assert_eq!(of(AT, AT + 100_000), ["replayed?"]);
    assert_eq!(of(AT, AT * 1_000), ["time_in_milliseconds"]);
    assert_eq!(of(AT * 1_000, AT), ["time_in_milliseconds"]);

    let header = |time: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{time}.{{}}").as_bytes());
        format!("t={time},v1={}", hex(&mac.finalize().into_bytes()))
    };
    for time in ["1786000000.5", "2026-08-06T08:26:40Z", "-5", ""] {
        assert_eq!(causes(&[SECRET], &header(time), "{}", AT), ["time_malformed"], "{time:?}");
    }
    let explanation = explain(&[SECRET], &sign(SECRET, b"{}", AT), b"{}", AT - 400);
    assert!(explanation.to_string().contains("400 s behind"), "{explanation}");
    // The clock counts once everything else is right.
    let both = causes(&[&format!("{SECRET} ")], &sign(SECRET, b"{}", AT), "{}", AT + 400);
    assert_eq!(both, ["secret_spaces", "clock_ahead?"]);
    let wide = Verifier::signed_by([format!("{SECRET} ")]).tolerance(400);
    let header = sign(SECRET, b"{}", AT);
    let given = Credentials { signature: (&header).into(), api_key: None };
    assert_eq!(told(&explain_with(&wide, &given, b"{}", AT + 400)), ["secret_spaces"]);
}

#[test]
fn a_key_that_is_nearly_right() {
    let key = "0123456789abcdef0123456789abcdef";
    let of = |set: &str, given: Option<&str>| {
        let given = Credentials { api_key: given.map(str::as_bytes), ..Credentials::default() };
        told(&explain_with(&Verifier::keyed_by(set), &given, b"{}", AT))
    };
    assert_eq!(of(key, Some(key)), [""; 0]);
    assert_eq!(of(key, None), ["api_key_missing?"]);
    assert_eq!(of(key, Some("nothing like it")), ["wrong_api_key?"]);
    assert_eq!(of("", Some(key)), ["secret_empty"]);
    assert_eq!(of("", None), ["secret_empty", "api_key_missing?"]);
    assert_eq!(of(&format!("{key}\n"), Some(key)), ["secret_spaces"]);
    assert_eq!(of(&format!("'{key}'"), Some(key)), ["secret_quoted"]);
    assert_eq!(of(key, Some(&format!("\"{key}\""))), ["secret_quoted"]);
    assert_eq!(of(&key.to_uppercase(), Some(key)), ["secret_case"]);
    assert_eq!(of("", Some("\"\"")), ["secret_empty"]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is tested")]
fn the_work_is_bounded() {
    // A megabyte of JSON, eighty secrets, and as many times and codes as a header holds.
    let body = serde_json::json!({"customer": vec!["é"; 200_000], "event_type": 1}).to_string();
    assert!(body.len() > 1_000_000);
    let secrets: Vec<String> = (0..80).map(|at| format!("\"whsec_{at:032}\"\n")).collect();
    let header = vec![format!("t=1,v1={}", "0".repeat(64)); 2_000].join(",");
    let start = std::time::Instant::now();
    assert_eq!(told(&explain(&secrets, &header, body.as_bytes(), AT)), ["header_repeated"]);
    // Nor is anything tried that cannot fit.
    let short = ["t=1,v1=00"; 2_000].join(",");
    assert_eq!(told(&explain(&secrets, &short, body.as_bytes(), AT)), ["header_repeated", "signature_truncated?"]);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());

    let deep = "[".repeat(1_000_000);
    assert_eq!(body_causes(ORDER, deep), ["wrong_secret?", "body_altered?"]);
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(body_causes(ORDER, deep), ["not_json?", "wrong_secret?", "body_altered?"]);
}

#[test]
fn the_explanation_speaks_two_languages_and_json() {
    let explanation = explain(&["other\n"], &sign("other", b"{}", AT), b"{}", AT);
    assert_eq!(explanation.refusal().unwrap().reason(), Reason::Mismatch);
    assert_eq!(
        explanation.to_string(),
        "The webhook is refused: the signature does not match.\n  certain: Secret number 1 differs from the sender's by white space, a line end or a byte order mark around it. [secret_spaces]"
    );
    assert!(explanation.text(Lang::Fr).starts_with("Le webhook est refusé : la signature ne correspond pas.\n"));
    let json: serde_json::Value = serde_json::from_str(&explanation.to_json()).unwrap();
    assert_eq!(json["is_genuine"], false);
    assert_eq!(
        (&json["credential"], &json["reason"], &json["skew"]),
        (&"signature".into(), &"mismatch".into(), &serde_json::Value::Null)
    );
    assert_eq!(json["causes"][0]["code"], "secret_spaces");
    assert_eq!(json["causes"][0]["certainty"], "certain");
    assert_eq!(json["causes"][0]["secret"], 0);
    assert_eq!(json["causes"][0]["message_fr"], explanation.causes()[0].message(Lang::Fr));

    let late = explain(&[SECRET], &sign(SECRET, b"{}", AT), b"{}", AT + 301);
    assert!(
        late.to_json().starts_with(r#"{"is_genuine":false,"credential":"signature","reason":"expired","skew":301,"#)
    );
    let genuine = explain(&[SECRET], &sign(SECRET, b"{}", AT), b"{}", AT);
    assert_eq!(genuine.to_json(), r#"{"is_genuine":true,"credential":null,"reason":null,"skew":null,"causes":[]}"#);
    assert_eq!(
        (genuine.to_string(), genuine.text(Lang::Fr)),
        ("The webhook is genuine.".into(), "Le webhook est authentique.".into())
    );
}

#[test]
fn the_codes_are_distinct_and_speak() {
    let names: BTreeSet<_> = CauseCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), CauseCode::ALL.len());
    for code in CauseCode::ALL {
        let (en, fr) = (code.template(Lang::En), code.template(Lang::Fr));
        assert!(en != fr && en.ends_with('.') && fr.ends_with('.'), "{code}");
        for placeholder in ["{which}", "{seconds}"] {
            assert_eq!(en.contains(placeholder), fr.contains(placeholder), "{code}");
        }
    }
}
