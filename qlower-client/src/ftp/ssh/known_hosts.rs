//! Files in the format of OpenSSH's `known_hosts`.

use hmac::{Hmac, KeyInit, Mac};
use qlower_core::Lang;
use russh::keys::PublicKey;
use russh::keys::ssh_key::known_hosts::{HostPatterns, Marker};
use sha1::Sha1;

use crate::ftp::wording::pick;

/// The lines that are about one host.
pub(crate) struct KnownHosts {
    entries: Vec<Entry>,
}

struct Entry {
    line: usize,
    revoked: bool,
    key: PublicKey,
}

/// What the lines say about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Known,
    Revoked {
        line: usize,
    },
    /// There is another key of the same kind.
    Changed {
        line: usize,
    },
    Unknown,
}

/// Why a file is of no use for a host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NoKey { host: String },
    Authority { line: usize },
    Line { line: usize },
}

impl Problem {
    pub(crate) fn message(&self, lang: Lang) -> String {
        let (en, fr) = match self {
            Self::NoKey { host } => (format!("has no key for {host}"), format!("n'a pas de clé pour {host}")),
            Self::Authority { line } => (
                format!("line {line}: has an authority for this host, not a key; give the key or its fingerprint"),
                format!("ligne {line} : a une autorité pour cet hôte, pas une clé ; donnez la clé ou son empreinte"),
            ),
            Self::Line { line } => (
                format!("line {line}: is about this host, and cannot be read"),
                format!("ligne {line} : concerne cet hôte, et ne peut pas être lue"),
            ),
        };
        pick(lang, en, fr)
    }
}

impl KnownHosts {
    /// Finds what is about a host. As OpenSSH does, a host on a port of its own is also looked for without the port.
    pub(crate) fn read(text: &str, host: &str, port: u16) -> Result<Self, Problem> {
        let host = host.to_ascii_lowercase();
        let with_port = format!("[{host}]:{port}");
        let names =
            if port == 22 { vec![host.clone(), with_port.clone()] } else { vec![with_port.clone(), host.clone()] };
        for name in &names {
            let entries = entries(text, name)?;
            if entries.iter().any(|entry| !entry.revoked) {
                // What is revoked under either name is.
                let mut all = entries;
                for other in names.iter().filter(|other| *other != name) {
                    all.extend(self::entries(text, other)?.into_iter().filter(|entry| entry.revoked));
                }
                return Ok(Self { entries: all });
            }
        }
        match names.iter().find_map(|name| authority(text, name)) {
            Some(line) => Err(Problem::Authority { line }),
            None => Err(Problem::NoKey { host: if port == 22 { host } else { with_port } }),
        }
    }

    pub(crate) fn standing(&self, key: &PublicKey) -> Standing {
        let same = |entry: &&Entry| entry.key.key_data() == key.key_data();
        if let Some(entry) = self.entries.iter().find(|entry| entry.revoked && same(entry)) {
            return Standing::Revoked { line: entry.line };
        }
        let mut good = self.entries.iter().filter(|entry| !entry.revoked);
        if good.clone().any(|entry| same(&entry)) {
            return Standing::Known;
        }
        match good.find(|entry| entry.key.algorithm() == key.algorithm()) {
            Some(entry) => Standing::Changed { line: entry.line },
            None => Standing::Unknown,
        }
    }
}

/// A line's marker, hosts and key, unless it is empty or a comment.
fn fields(line: &str) -> Option<(Option<&str>, &str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (first, rest) = word(line);
    if !first.starts_with('@') {
        return Some((None, first, rest));
    }
    let (hosts, rest) = word(rest);
    Some((Some(first), hosts, rest))
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    text.split_once([' ', '\t']).map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}

fn about<'t>(text: &'t str, name: &str) -> impl Iterator<Item = (usize, Option<&'t str>, &'t str)> {
    text.lines().enumerate().filter_map(move |(n, line)| {
        let (marker, hosts, key) = fields(line)?;
        is_about(hosts, name).then_some((n + 1, marker, key))
    })
}

fn entries(text: &str, name: &str) -> Result<Vec<Entry>, Problem> {
    let mut found = Vec::new();
    for (line, marker, key) in about(text, name) {
        let revoked = match marker.map(str::parse::<Marker>) {
            None => false,
            Some(Ok(Marker::Revoked)) => true,
            Some(Ok(Marker::CertAuthority)) => continue,
            Some(Err(_)) => return Err(Problem::Line { line }),
        };
        // With a comment or without.
        let key = PublicKey::from_openssh(key).map_err(|_| Problem::Line { line })?;
        found.push(Entry { line, revoked, key });
    }
    Ok(found)
}

fn authority(text: &str, name: &str) -> Option<usize> {
    about(text, name).find(|(_, marker, _)| *marker == Some("@cert-authority")).map(|(line, ..)| line)
}

fn is_about(hosts: &str, name: &str) -> bool {
    match hosts.parse::<HostPatterns>() {
        Ok(HostPatterns::HashedName { salt, hash }) => Hmac::<Sha1>::new_from_slice(&salt)
            .is_ok_and(|mac| mac.chain_update(name.as_bytes()).verify_slice(&hash).is_ok()),
        Ok(HostPatterns::Patterns(patterns)) => {
            let mut found = false;
            for pattern in patterns {
                let pattern = pattern.to_ascii_lowercase();
                match pattern.strip_prefix('!') {
                    Some(pattern) if matches(pattern.as_bytes(), name.as_bytes()) => return false,
                    Some(_) => {}
                    None => found = found || matches(pattern.as_bytes(), name.as_bytes()),
                }
            }
            found
        }
        Err(_) => false,
    }
}

/// Whether a pattern with `*` and `?` stands for a name; in time that grows with the product of both lengths at most.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where the last star stood, and up to where it reaches so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&letter) = name.get(n) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == letter => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, to)) => {
                    star = Some((at, to + 1));
                    (p, n) = (at + 1, to + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|&rest| rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const TWO: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X";

    fn standing(text: &str, key: &str) -> Standing {
        KnownHosts::read(text, "ftp.Example", 2222).unwrap().standing(&PublicKey::from_openssh(key).unwrap())
    }

    #[test]
    fn patterns_match_as_a_whole() {
        for (pattern, name, yes) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*.example", "a.b.example", true),
            ("*.example", "example", false),
            ("f?p", "ftp", true),
            ("f?p", "fp", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), yes, "{pattern} {name}");
        }
        // As many steps as both lengths make, not as many as there are ways.
        let pattern = "*a".repeat(2000);
        assert!(!matches(pattern.as_bytes(), "a".repeat(1999).as_bytes()));
    }

    #[test]
    fn names_are_found_whatever_their_case_and_with_the_port_first() {
        assert_eq!(standing(&format!("[FTP.example]:2222 {ONE}"), ONE), Standing::Known);
        assert_eq!(standing(&format!("ftp.example {ONE}"), ONE), Standing::Known);
        let both = format!("ftp.example {TWO}\n\n[ftp.example]:2222 {ONE} comment");
        assert_eq!(standing(&both, ONE), Standing::Known);
        assert_eq!(standing(&both, TWO), Standing::Changed { line: 3 });
    }

    #[test]
    fn several_keys_of_one_host_are_all_good_but_for_the_revoked() {
        let text = format!("ftp.example {ONE}\nftp.example {TWO}\n@revoked\t*.example {TWO}\n");
        assert_eq!(standing(&text, ONE), Standing::Known);
        assert_eq!(standing(&text, TWO), Standing::Revoked { line: 3 });
        // Under the name without the port, too.
        let text = format!("[ftp.example]:2222 {ONE}\n@revoked ftp.example {ONE}");
        assert_eq!(standing(&text, ONE), Standing::Revoked { line: 2 });
    }

    #[test]
    fn what_cannot_be_read_matters_only_if_it_is_about_the_host() {
        let read = |text: &str| KnownHosts::read(text, "ftp.example", 22).map(drop);
        assert_eq!(read(&format!("other.example garbage\n|1|x|y {TWO}\nftp.example {ONE}")), Ok(()));
        assert_eq!(read("other.example x\nftp.example x"), Err(Problem::Line { line: 2 }));
        assert_eq!(read(&format!("@unheard-of ftp.example {ONE}")), Err(Problem::Line { line: 1 }));
        assert_eq!(read(&format!("\n@cert-authority *.example {ONE}")), Err(Problem::Authority { line: 2 }));
        assert_eq!(read(""), Err(Problem::NoKey { host: "ftp.example".to_owned() }));
        assert_eq!(
            read(&format!("@revoked ftp.example {ONE}")),
            Err(Problem::NoKey { host: "ftp.example".to_owned() })
        );
    }

    #[test]
    fn hidden_names_are_found() {
        let text = "|1|O33ESRMWPVkMYIwJ1Uw+n877jTo=|nuuC5vEqXlEZ/8BXQR7m619W6Ak= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILIG2T/B0l0gaqj3puu510tu9N1OkQ4znY3LYuEm5zCF";
        assert!(KnownHosts::read(text, "example.com", 22).is_ok());
        assert!(KnownHosts::read(text, "example.org", 22).is_err());
    }
}
