//! What holds for any secret, header and body of a webhook.

use qlower_core::Lang;
use qlower_core::webhook::{
    BasicUser, Credentials, Explanation, Verifier, explain, explain_with, sign, verify_at, verify_basic,
};
use serde_json::Value;

/// When the inputs to start from were signed.
const AT: i64 = 1_786_000_000;
/// What a secret or body may hold, and no text of ours.
const HIDDEN: &str = "SENTINEL";
const SECRET: &str = "whsec_7c1d9e2f-SENTINEL";
const PING: &str = r#"{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00", "note": "SENTINEL"}"#;
const ORDER: &str = r#"{"event_type":"order.created","event_id":"evt_1","order_id":3051,"timestamp":"2026-08-05T08:42:18+00:00","customer":{"first_name":"Zoé","email":"SENTINEL@example.com"},"order":{"total_amount":315.0,"currency":"EUR","payment_date":"2026-08-05T08:42:18+00:00","products":[{"product_id":"p","product_name":"n","quantity":1,"unit_price":315.0}]}}"#;

/// Takes the first line for the secret, the second for the headers, the rest for the body; verifies, explains and signs.
///
/// # Errors
/// Says which property does not hold.
pub fn webhook_header(input: &[u8]) -> Result<(), String> {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let (secret, header, body) = (next(), next(), next());
    let chance = input.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    let now = match chance % 8 {
        0 => i64::MIN,
        1 => i64::MAX,
        2 => AT + 301,
        3 => AT * 1_000,
        _ => AT,
    };
    let secrets = [secret, b"", b"another"];
    let result = verify_at(&secrets, header, body, now);
    if let Ok(verified) = result {
        if secret.is_empty() && verified.secret() == 0 || verified.secret() == 1 {
            return Err("an empty secret verified it".to_owned());
        }
        if now.abs_diff(verified.timestamp()) > 300 {
            return Err(format!("verified at {now}, signed at {}", verified.timestamp()));
        }
    }
    let explanation = explain(&secrets, header, body, now);
    if explanation.refusal() != result.err() || explanation.causes().is_empty() != result.is_ok() {
        return Err(format!("{result:?} is explained otherwise: {explanation}"));
    }
    shows_nothing(&explanation)?;
    let keyed = Credentials { signature: header.into(), api_key: Some(header) };
    shows_nothing(&explain_with(&Verifier::signed_by([secret]).and_api_key(body), &keyed, body, now))?;
    shows_nothing(&explain_with(&Verifier::keyed_by(secret), &keyed, body, now))?;
    round_trip(secret, body, chance)?;

    let password = String::from_utf8_lossy(secret);
    match verify_basic(&[BasicUser::new("imaging", &*password)], header) {
        Ok(0) if password.is_empty() => Err("an empty password let somebody in".to_owned()),
        Ok(0) | Err(_) => Ok(()),
        Ok(user) => Err(format!("there is no user {user}")),
    }
}

fn round_trip(secret: &[u8], body: &[u8], chance: u64) -> Result<(), String> {
    let at = (chance % (1 << 40)).try_into().unwrap_or(AT);
    let header = sign(secret, body, at);
    let verified = verify_at(&[secret], &header, body, at);
    if verified.is_ok() == secret.is_empty() {
        return Err(format!("signed, and then {verified:?}"));
    }
    let other = [body, b"\0"].concat();
    if verify_at(&[secret], &header, &other, at).is_ok() {
        return Err("another body is genuine too".to_owned());
    }
    let longer = [secret, b"x"].concat();
    if verify_at(&[longer], &header, body, at).is_ok() {
        return Err("another secret gives the same".to_owned());
    }
    Ok(())
}

fn shows_nothing(explanation: &Explanation) -> Result<(), String> {
    let json = explanation.to_json();
    let read: Result<Value, _> = serde_json::from_str(&json);
    if read.is_err() || explanation.causes().len() > 20 {
        return Err(format!("its JSON is none, or too long: {json}"));
    }
    let texts = [explanation.text(Lang::En), explanation.text(Lang::Fr), json, format!("{explanation:?}")];
    match texts.iter().find(|text| text.contains(HIDDEN)) {
        Some(text) => Err(format!("the explanation shows what it must not: {text}")),
        None => Ok(()),
    }
}

/// Genuine webhooks, and such with the usual mistakes.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let input = |secret: &str, header: &str, body: &str| format!("{secret}\n{header}\n{body}").into_bytes();
    let mut seeds = vec![
        input(SECRET, "Basic aW1hZ2luZzp3aHNlY183YzFkOWUyZi1TRU5USU5FTA==", "{}"),
        input(SECRET, SECRET, "{}"),
        input("", &sign("", PING.as_bytes(), AT), PING),
    ];
    for body in [PING, ORDER] {
        let header = sign(SECRET, body.as_bytes(), AT);
        seeds.extend([
            input(SECRET, &header, body),
            input(SECRET, &format!("{header},v0=zz,v1=00"), body),
            input(SECRET, &format!("X-Qlower-Signature: \"{header}\""), body),
            input(SECRET, &header.replace('=', "%3D"), body),
            input(SECRET, &format!("{header}, {header}"), body),
            input(&format!("\"{SECRET}\" "), &header, body),
            input(SECRET, &header, &body.replace("315.0", "315").replace("\": ", "\":")),
            input(SECRET, &header, &format!("\u{feff}{body}\r\n")),
            input(SECRET, &header, &Value::from(body).to_string()),
            input("d2hzZWM=", &header, &format!("b'{body}\\xc3'")),
        ]);
    }
    seeds
}
