//! HTTP Basic.

use qlower_core::webhook::{BasicUser, Credential, Reason, verify_basic};

fn verify(users: &[(&str, &str)], header: &[u8]) -> Result<usize, Reason> {
    let users: Vec<_> = users.iter().map(|(name, password)| BasicUser::new(*name, *password)).collect();
    verify_basic(&users, header).map_err(|refusal| {
        assert_eq!(refusal.credential(), Credential::Basic);
        refusal.reason()
    })
}

#[test]
fn the_user_of_the_standard() {
    // The examples of RFC 7617.
    assert_eq!(verify(&[("Aladdin", "open sesame")], b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Ok(0));
    assert_eq!(verify(&[("test", "123\u{a3}")], b"Basic dGVzdDoxMjPCow=="), Ok(0));
}

#[test]
fn each_reason_has_its_headers() {
    let users = [("imaging", "p4ss"), ("other", "a:b:c"), ("", "nameless")];
    for (header, user) in [
        ("Basic aW1hZ2luZzpwNHNz", 0),
        ("basic aW1hZ2luZzpwNHNz", 0),
        ("BASIC   aW1hZ2luZzpwNHNz  ", 0),
        (" Basic aW1hZ2luZzpwNHNz\r\n", 0),
        ("Basic b3RoZXI6YTpiOmM=", 1),
        ("Basic Om5hbWVsZXNz", 2),
    ] {
        assert_eq!(verify(&users, header.as_bytes()), Ok(user), "{header}");
    }
    for header in ["", "  ", "\t"] {
        assert_eq!(verify(&users, header.as_bytes()), Err(Reason::Missing), "{header:?}");
    }
    for header in [
        "Basic",
        "Basic ",
        "aW1hZ2luZzpwNHNz",
        "BasicaW1hZ2luZzpwNHNz",
        "Bearer aW1hZ2luZzpwNHNz",
        "Basic aW1hZ2luZw==",
        "Basic imaging:p4ss",
        "Basic aW1hZ2luZzpwNHN",
        "Basic aW1hZ2luZzpwNHNz aW1hZ2luZzpwNHNz",
        "Basic \u{e9}",
    ] {
        assert_eq!(verify(&users, header.as_bytes()), Err(Reason::Malformed), "{header}");
    }
    assert_eq!(verify(&users, b"\xff\xfe"), Err(Reason::Malformed));
    for (header, what) in [
        ("Basic aW1hZ2luZzo=", "no password"),
        ("Basic aW1hZ2luZzpwNHNzCg==", "a line end after it"),
        ("Basic SW1hZ2luZzpwNHNz", "the name in capitals"),
        ("Basic b3RoZXI6cDRzcw==", "the password of somebody else"),
        ("Basic OnA0c3M=", "no name"),
        ("Basic Og==", "neither"),
    ] {
        assert_eq!(verify(&users, header.as_bytes()), Err(Reason::Mismatch), "{what}");
    }
    assert_eq!(verify(&[], b"Basic aW1hZ2luZzpwNHNz"), Err(Reason::Mismatch));
}

#[test]
fn an_empty_password_or_a_colon_in_the_name_lets_nobody_in() {
    assert_eq!(verify(&[("imaging", "")], b"Basic aW1hZ2luZzo="), Err(Reason::Mismatch));
    assert_eq!(verify(&[("", "")], b"Basic Og=="), Err(Reason::Mismatch));
    // Otherwise "a:b" with "c" and "a" with "b:c" would be the same.
    assert_eq!(verify(&[("a:b", "c")], b"Basic YTpiOmM="), Err(Reason::Mismatch));
    assert_eq!(verify(&[("a:b", "c"), ("a", "b:c")], b"Basic YTpiOmM="), Ok(1));
}

#[test]
fn the_first_of_two_equal_users_is_told_and_no_password_shown() {
    assert_eq!(verify(&[("x", "y"), ("imaging", "p4ss"), ("imaging", "p4ss")], b"Basic aW1hZ2luZzpwNHNz"), Ok(1));
    let user = BasicUser::new("imaging", "p4ss");
    assert!(!format!("{user:?} {user:#?}").contains("p4ss"));
}
