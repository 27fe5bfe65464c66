//! The signature and its header.

use qlower_core::webhook::{Credential, Reason, SignatureHeader, sign, verify_at};

use super::{AT, SECRET, outcome};

const BODY: &[u8] = br#"{"event_type": "ping"}"#;

/// The digits of the signature of these bytes, by this secret, at this time.
fn digits(secret: &str, body: &[u8], at: i64) -> String {
    sign(secret, body, at).split_once(",v1=").unwrap().1.to_owned()
}

fn verify(header: &str) -> Result<usize, Reason> {
    outcome(verify_at(&[SECRET], header, BODY, AT))
}

#[test]
fn the_code_is_that_of_other_implementations() {
    // HMAC-SHA256 by Python's hmac, over "1786000000." and the body.
    for (secret, body, wanted) in [
        ("whsec_4cm3-Kf7Qz", &b"{}"[..], "4706a8f434b32b16eedf18591088f9fccdf4f09ffb2a04ccca5ed11cfe9c3caa"),
        ("k", b"", "38e64cbda07e244d3e7a9c719e76f0ea2bfdaeb8fd456870517077f637aaa42a"),
        ("\u{e9}\u{1f511}", b"\xff\x00\xfe", "ec2f3958706fb0ce167abd481682a95dda28cead4111f951e136323f062c1f41"),
        (&"x".repeat(200), b"longer than a block", "a05b65359e426448bdcac6b987323c1be0a6bad56451b5f62bc9724e2d637a1d"),
    ] {
        assert_eq!(sign(secret, body, AT), format!("t=1786000000,v1={wanted}"), "{secret}");
    }
}

#[test]
fn each_reason_has_its_headers() {
    let right = digits(SECRET, BODY, AT);
    let header = |text: &str| text.replace("RIGHT", &right).replace("UPPER", &right.to_uppercase());
    let genuine = [
        "t=1786000000,v1=RIGHT",
        "v1=RIGHT,t=1786000000",
        "  t = 1786000000 , v1 = RIGHT  ",
        "\tt=1786000000,\tv1=RIGHT\r\n",
        "t=1786000000,v1=UPPER",
        "t=1786000000,v1=00,v1=RIGHT",
        "t=1786000000,v1=RIGHT,v1=00",
        "t=1786000000,v0=zzz,v1=RIGHT,v2=",
        "t=1786000000,,v1=RIGHT,",
        "t=1786000000,v1=RIGHT,nothing",
        "T=1,t=1786000000,v1=RIGHT,V1=zz",
        "=,t=1786000000,v1=RIGHT",
    ];
    for text in genuine {
        assert_eq!(verify(&header(text)), Ok(0), "{text}");
    }
    for text in ["", " ", "\t\r\n"] {
        assert_eq!(verify(text), Err(Reason::Missing), "{text:?}");
    }
    let malformed = [
        "t",
        "nonsense",
        "RIGHT",
        "t=1786000000",
        "v1=RIGHT",
        "t=1786000000,v2=RIGHT",
        "t=1786000000,V1=RIGHT",
        "T=1786000000,v1=RIGHT",
        "t=1786000000,v1=",
        "t=1786000000,v1=0",
        "t=1786000000,v1=RIGHT0",
        "t=1786000000,v1=zz",
        "t=1786000000,v1=RIGHT,v1=zz",
        "t=1786000000,v1=0xRIGHT",
        "t=1786000000,v1=\"RIGHT\"",
        "t=1786000000,v1=+a",
        "t=1786000000,v1=RIGHT,t=1786000000",
        "t=1786000000,t=1,v1=RIGHT",
        "t=,v1=RIGHT",
        "t=+1786000000,v1=RIGHT",
        "t=-1786000000,v1=RIGHT",
        "t=1_786_000_000,v1=RIGHT",
        "t=1786000000.0,v1=RIGHT",
        "t=17860 00000,v1=RIGHT",
        "t=0x6a744900,v1=RIGHT",
        "t=9223372036854775808,v1=RIGHT",
        "t=99999999999999999999999999,v1=RIGHT",
        "t=\u{661}\u{662},v1=RIGHT",
        "t=\u{a0}1786000000,v1=RIGHT",
        "t=1786000000;v1=RIGHT",
    ];
    for text in malformed {
        assert_eq!(verify(&header(text)), Err(Reason::Malformed), "{text}");
    }
    for text in ["t=1786000000,v1=00", "t=1786000001,v1=RIGHT", "t=1786000000,v1=RIGHT00"] {
        assert_eq!(verify(&header(text)), Err(Reason::Mismatch), "{text}");
    }
    assert_eq!(
        verify(&format!("t=1786000000,v1={}", &right[..62])),
        Err(Reason::Mismatch),
        "a part of it is not enough"
    );
}

#[test]
fn a_header_need_not_be_text() {
    for header in [&b"\xff"[..], b"t=\xff,v1=00", b"t=1786000000,v1=\xff\xff", b"\xef\xbb\xbft=1786000000,v1=00"] {
        assert_eq!(outcome(verify_at(&[SECRET], header, BODY, AT)), Err(Reason::Malformed), "{header:?}");
    }
    let header = [sign(SECRET, BODY, AT).as_bytes(), b",v9=\xff"].concat();
    assert_eq!(outcome(verify_at(&[SECRET], &*header, BODY, AT)), Ok(0));
    assert_eq!(outcome(verify_at(&[SECRET], None::<&str>, BODY, AT)), Err(Reason::Missing));
    assert_eq!(outcome(verify_at(&[SECRET], None::<&[u8]>, BODY, AT)), Err(Reason::Missing));
}

#[test]
fn the_time_is_signed_as_it_is_written() {
    // By Python's hmac, over "0001786000000." and the body.
    let zeros = "t=0001786000000,v1=f042a3d9b2c36ea9264e7528cb495ad04d1da4a5ad6c885cb84ce6dc00b6077e";
    assert_eq!(verify_at(&[SECRET], zeros, BODY, AT).unwrap().timestamp(), AT);
    let other = format!("t=0001786000000,v1={}", digits(SECRET, BODY, AT));
    assert_eq!(verify(&other), Err(Reason::Mismatch));
}

#[test]
fn the_tolerance_has_two_edges() {
    let header = sign(SECRET, BODY, AT);
    let at = |now| outcome(verify_at(&[SECRET], &header, BODY, now));
    for skew in [-300, -1, 0, 1, 300] {
        assert_eq!(at(AT + skew), Ok(0), "{skew}");
    }
    for skew in [-301, 301, -AT, 1_000_000_000_000] {
        assert_eq!(at(AT + skew), Err(Reason::Expired { skew }));
    }
    // A wrong code tells nothing of the time.
    assert_eq!(outcome(verify_at(&["other"], &header, BODY, AT + 301)), Err(Reason::Mismatch));
}

#[test]
fn no_time_overflows() {
    for now in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        for at in [0, 1, i64::MAX - 1, i64::MAX] {
            let header = sign(SECRET, BODY, at);
            let wanted =
                if now.abs_diff(at) <= 300 { Ok(0) } else { Err(Reason::Expired { skew: now.saturating_sub(at) }) };
            assert_eq!(outcome(verify_at(&[SECRET], &header, BODY, now)), wanted, "{at} {now}");
        }
        // No sender is from before 1970.
        let before = sign(SECRET, BODY, -1);
        assert_eq!(outcome(verify_at(&[SECRET], &before, BODY, now)), Err(Reason::Malformed));
    }
}

#[test]
fn a_body_is_any_bytes() {
    let huge = vec![b'x'; 3_000_000];
    for body in [&b""[..], b"\xff\xfe\x00", b"{", "\u{feff}{}".as_bytes(), &huge] {
        let header = sign(SECRET, body, AT);
        assert_eq!(outcome(verify_at(&[SECRET], &header, body, AT)), Ok(0));
        let more = [body, b" "].concat();
        assert_eq!(outcome(verify_at(&[SECRET], &header, &more, AT)), Err(Reason::Mismatch));
    }
}

#[test]
fn the_point_between_time_and_body_does_not_move() {
    // The same bytes are signed; the time is not.
    let header = sign(SECRET, b"5.{}", 178);
    let moved = header.replace("t=178,", "t=1785,");
    assert_eq!(outcome(verify_at(&[SECRET], &moved, b"{}", 1_785)), Err(Reason::Mismatch));
}

#[test]
fn the_secret_that_gave_it_is_told() {
    let header = sign("b", BODY, AT);
    let which = |secrets: &[&str]| outcome(verify_at(secrets, &header, BODY, AT));
    assert_eq!(which(&["a", "b", "c"]), Ok(1));
    assert_eq!(which(&["b", "b"]), Ok(0), "the first of them");
    assert_eq!(which(&["", "", "b"]), Ok(2));
    assert_eq!(which(&["a", "c"]), Err(Reason::Mismatch));
    assert_eq!(which(&[]), Err(Reason::Mismatch));

    // Signed twice during a rotation: the first secret of the receiver's counts, whatever the order in the header.
    let both = format!("{header},v1={}", digits("a", BODY, AT));
    assert_eq!(outcome(verify_at(&["a", "b"], &both, BODY, AT)), Ok(0));
    assert_eq!(outcome(verify_at(&["c", "b"], &both, BODY, AT)), Ok(1));
}

#[test]
fn an_empty_secret_proves_nothing() {
    // By Python's hmac, with an empty key.
    let forged = "t=1786000000,v1=ce5ca3756011b837cc12e2c3f9d520eb6af14831dc2cdfc4ea78d0433eb61473";
    assert_eq!(sign("", BODY, AT), forged, "it is the code of the empty secret");
    for secrets in [&[""][..], &["", ""], &["", SECRET]] {
        assert_eq!(outcome(verify_at(secrets, forged, BODY, AT)), Err(Reason::Mismatch));
    }
}

#[test]
fn a_refusal_says_what_and_nothing_else() {
    let right = digits(SECRET, BODY, AT);
    for (header, now, text) in [
        ("", AT, "the signature is missing"),
        ("t=1", AT, "the signature has not the agreed form"),
        ("t=1786000000,v1=00", AT, "the signature does not match"),
        (&*sign(SECRET, BODY, AT), AT + 301, "the signature is 301 seconds old"),
        (&*sign(SECRET, BODY, AT), AT - 301, "the signature is 301 seconds ahead of this machine's clock"),
    ] {
        let refusal = verify_at(&[SECRET], header, BODY, now).unwrap_err();
        assert_eq!(refusal.credential(), Credential::Signature);
        assert_eq!(refusal.to_string(), text);
        assert!(!format!("{refusal:?}").contains(&right) && !format!("{refusal:?}").contains(SECRET));
    }
    let header = sign(SECRET, BODY, AT);
    assert_eq!(format!("{:?}", SignatureHeader::from(&header)), "SignatureHeader(80 bytes)");
}
