//! The other values a secret may have been meant to have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::cause::CauseCode;
use super::header::{bytes_of_base64, percent_decoded, unquoted};
use crate::webhook::signature::bytes_of_hex;

const PREFIX: &[u8] = b"whsec_";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Another value, and what tells it from the one that is set.
pub(super) struct Variant {
    pub(super) value: Zeroizing<Vec<u8>>,
    pub(super) code: CauseCode,
}

/// The usual other values of a secret or key; never an empty one, with which anybody can sign.
pub(super) fn variants(secret: &[u8]) -> Vec<Variant> {
    let mut found: Vec<Variant> = Vec::new();
    let mut add = |code, value: Option<Vec<u8>>| {
        let Some(value) = value.map(Zeroizing::new) else { return };
        let known = found.iter().any(|variant| variant.value == value);
        if !value.is_empty() && value.as_slice() != secret && !known {
            found.push(Variant { value, code });
        }
    };
    let bare = secret.strip_prefix(BYTE_ORDER_MARK).unwrap_or(secret).trim_ascii();
    let with = |end: &[u8]| Some([secret, end].concat());
    add(CauseCode::SecretSpaces, Some(bare.to_vec()));
    add(CauseCode::SecretSpaces, with(b"\n"));
    add(CauseCode::SecretSpaces, with(b"\r\n"));
    add(CauseCode::SecretQuoted, unquoted(bare));
    let unprefixed = bare.strip_prefix(PREFIX);
    add(CauseCode::SecretPrefix, unprefixed.map(<[u8]>::to_vec));
    add(CauseCode::SecretPrefix, Some([PREFIX, bare].concat()));
    for text in [Some(bare), unprefixed].into_iter().flatten() {
        add(CauseCode::SecretEncoded, bytes_of_hex(text));
        add(CauseCode::SecretEncoded, bytes_of_base64(text));
    }
    add(CauseCode::SecretEncoded, percent_decoded(bare));
    add(CauseCode::SecretEncoded, Some(hex(secret)));
    add(CauseCode::SecretEncoded, Some(STANDARD.encode(secret).into_bytes()));
    add(CauseCode::SecretCase, Some(bare.to_ascii_lowercase()));
    add(CauseCode::SecretCase, Some(bare.to_ascii_uppercase()));
    found
}

/// Hexadecimal digits, in lower case.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |half: u8| char::from_digit(half.into(), 16).map_or(b'0', |digit| digit as u8);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
