//! Which way of logging in comes next, and what is said if none is left. A server may want several in a row, such as key and password.

use russh::{MethodKind, MethodSet};

use crate::ftp::wording::Wording;

/// A way of logging in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Key,
    Password,
    /// The password, as the answer to the server's question.
    Questions,
}

/// What became of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is not to be had.
    Lacking,
    Untried,
    /// The server did not take it at that moment. It may once another was accepted.
    Shut,
    Refused,
    Accepted,
}

/// The ways of one login. Each is answered by the server once: it counts the tries.
pub(super) struct Ways {
    key: Fate,
    password: Fate,
    questions: Fate,
    /// What the server takes now, once it has told.
    open: Option<MethodSet>,
}

impl Ways {
    pub(super) fn new(key: bool, password: bool) -> Self {
        let given = |given: bool| if given { Fate::Untried } else { Fate::Lacking };
        Self { key: given(key), password: given(password), questions: given(password), open: None }
    }

    fn is_open(&self, way: Way) -> bool {
        let kind = match way {
            Way::Key => MethodKind::PublicKey,
            Way::Password => MethodKind::Password,
            Way::Questions => MethodKind::KeyboardInteractive,
        };
        self.open.as_ref().is_none_or(|open| open.contains(&kind))
    }

    /// The way to try now.
    pub(super) fn next(&self) -> Option<Way> {
        // The same password would be given once more, which was wrong, or which is not what is asked for then.
        let given = |fate| matches!(fate, Fate::Refused | Fate::Accepted);
        let ways = [
            (Way::Key, self.key, false),
            (Way::Password, self.password, given(self.questions)),
            (Way::Questions, self.questions, given(self.password)),
        ];
        let mut left =
            ways.into_iter().filter(|(way, fate, given)| *fate == Fate::Untried && !given && self.is_open(*way));
        left.next().map(|(way, ..)| way)
    }

    fn of(&mut self, way: Way) -> &mut Fate {
        match way {
            Way::Key => &mut self.key,
            Way::Password => &mut self.password,
            Way::Questions => &mut self.questions,
        }
    }

    /// The server accepted a way, and wants another of these as well.
    pub(super) fn accepted(&mut self, way: Way, open: MethodSet) {
        *self.of(way) = Fate::Accepted;
        for way in [Way::Key, Way::Password, Way::Questions] {
            let fate = self.of(way);
            if *fate == Fate::Shut {
                *fate = Fate::Untried;
            }
        }
        self.open = Some(open);
    }

    /// The server did not accept a way, and takes these.
    pub(super) fn refused(&mut self, way: Way, open: MethodSet) {
        self.open = Some(open);
        *self.of(way) = if self.is_open(way) { Fate::Refused } else { Fate::Shut };
    }

    /// Why it came to nothing.
    pub(super) fn meaning(&self) -> Wording {
        let password = match (self.password, self.questions) {
            (Fate::Accepted, _) | (_, Fate::Accepted) => Fate::Accepted,
            (Fate::Refused, _) | (_, Fate::Refused) => Fate::Refused,
            (fate, _) => fate,
        };
        let wants_key = self.open.is_some() && self.is_open(Way::Key);
        let wants_password = self.open.is_some() && (self.is_open(Way::Password) || self.is_open(Way::Questions));
        match (self.key, password) {
            (Fate::Lacking, Fate::Accepted) if wants_key => Wording::fixed(
                "the password is accepted, and the server wants a key as well",
                "le mot de passe est accepté, et le serveur demande aussi une clé",
            ),
            (Fate::Lacking, Fate::Refused) => {
                Wording::fixed("user or password is wrong", "l'utilisateur ou le mot de passe est faux")
            }
            (Fate::Lacking, Fate::Shut | Fate::Untried) if wants_key => Wording::fixed(
                "the server takes no passwords, but keys",
                "le serveur n'accepte pas de mot de passe, mais des clés",
            ),
            (Fate::Accepted, Fate::Lacking) if wants_password => Wording::fixed(
                "the key is accepted, and the server wants the password as well",
                "la clé est acceptée, et le serveur demande aussi le mot de passe",
            ),
            (Fate::Accepted, Fate::Accepted) => Wording::fixed(
                "key and password are accepted, and the server wants more than that",
                "la clé et le mot de passe sont acceptés, et le serveur en demande davantage",
            ),
            (Fate::Accepted, Fate::Refused) => Wording::fixed(
                "the key is accepted, but the password is not",
                "la clé est acceptée, mais pas le mot de passe",
            ),
            (Fate::Accepted, _) => Wording::fixed(
                "the key is accepted, and the server wants more than that",
                "la clé est acceptée, et le serveur en demande davantage",
            ),
            (Fate::Refused, Fate::Accepted) => Wording::fixed(
                "the password is accepted, but the key is not",
                "le mot de passe est accepté, mais pas la clé",
            ),
            (_, Fate::Accepted) => Wording::fixed(
                "the password is accepted, and the server wants more than that",
                "le mot de passe est accepté, et le serveur en demande davantage",
            ),
            (Fate::Refused, Fate::Refused) => Wording::fixed(
                "neither the key nor the password is accepted",
                "ni la clé ni le mot de passe ne sont acceptés",
            ),
            (Fate::Refused, Fate::Lacking) => Wording::fixed("the key is not accepted", "la clé n'est pas acceptée"),
            (Fate::Refused, _) => Wording::fixed(
                "the key is not accepted, and the server takes no passwords",
                "la clé n'est pas acceptée, et le serveur n'accepte pas de mot de passe",
            ),
            (_, Fate::Refused) => Wording::fixed(
                "the password is not accepted, and the server takes no keys",
                "le mot de passe n'est pas accepté, et le serveur n'accepte pas de clé",
            ),
            (_, Fate::Lacking) => Wording::fixed("the server takes no keys", "le serveur n'accepte pas de clé"),
            (Fate::Lacking, _) => {
                Wording::fixed("the server takes no passwords", "le serveur n'accepte pas de mot de passe")
            }
            _ => Wording::fixed(
                "the server takes neither keys nor passwords",
                "le serveur n'accepte ni clé ni mot de passe",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use qlower_core::Lang;

    use super::*;

    /// What a server takes at the start, and after which way it wants which others.
    struct Server {
        first: &'static [MethodKind],
        then: &'static [(Way, &'static [MethodKind])],
        wrong: &'static [Way],
    }

    const KEY: MethodKind = MethodKind::PublicKey;
    const PASSWORD: MethodKind = MethodKind::Password;
    const QUESTIONS: MethodKind = MethodKind::KeyboardInteractive;

    fn run(server: &Server, key: bool, password: bool) -> (Vec<Way>, Option<Wording>) {
        let (mut ways, mut tried, mut open) = (Ways::new(key, password), Vec::new(), server.first);
        loop {
            let Some(way) = ways.next() else { return (tried, Some(ways.meaning())) };
            tried.push(way);
            assert!(tried.len() < 8, "{tried:?}");
            let kind = match way {
                Way::Key => KEY,
                Way::Password => PASSWORD,
                Way::Questions => QUESTIONS,
            };
            if !open.contains(&kind) || server.wrong.contains(&way) {
                ways.refused(way, open.into());
                continue;
            }
            match server.then.iter().find(|(after, _)| *after == way) {
                Some((_, more)) => {
                    open = more;
                    ways.accepted(way, open.into());
                }
                None => return (tried, None),
            }
        }
    }

    #[test]
    fn each_way_is_tried_when_the_server_takes_it_and_never_twice() {
        use Way::{Key, Password, Questions};
        const ALL: &[MethodKind] = &[KEY, PASSWORD, QUESTIONS];
        const NONE: &[MethodKind] = &[];
        let plain = |first| Server { first, then: &[], wrong: &[] };
        let wrong = |first, wrong| Server { first, then: &[], wrong };
        let two = |first, then| Server { first, then, wrong: &[] };
        for (server, key, password, tried, meaning) in [
            (plain(ALL), true, true, vec![Key], None),
            (plain(ALL), false, true, vec![Password], None),
            (plain(&[QUESTIONS]), false, true, vec![Password, Questions], None),
            (plain(&[QUESTIONS]), true, true, vec![Key, Questions], None),
            (plain(&[KEY]), false, true, vec![Password], Some("the server takes no passwords, but keys")),
            (plain(&[PASSWORD]), true, false, vec![Key], Some("the server takes no keys")),
            (plain(NONE), true, true, vec![Key], Some("the server takes neither keys nor passwords")),
            (plain(NONE), false, true, vec![Password], Some("the server takes no passwords")),
            (wrong(ALL, &[Key]), true, true, vec![Key, Password], None),
            (wrong(ALL, &[Key]), true, false, vec![Key], Some("the key is not accepted")),
            (wrong(ALL, &[Password]), false, true, vec![Password], Some("user or password is wrong")),
            (
                wrong(ALL, &[Key, Password]),
                true,
                true,
                vec![Key, Password],
                Some("neither the key nor the password is accepted"),
            ),
            (
                wrong(&[KEY], &[Key]),
                true,
                true,
                vec![Key],
                Some("the key is not accepted, and the server takes no passwords"),
            ),
            (
                wrong(&[PASSWORD], &[Password]),
                true,
                true,
                vec![Key, Password],
                Some("the password is not accepted, and the server takes no keys"),
            ),
            (
                wrong(&[QUESTIONS], &[Questions]),
                false,
                true,
                vec![Password, Questions],
                Some("user or password is wrong"),
            ),
            // Two in a row, in either order.
            (two(&[KEY], &[(Key, &[PASSWORD])]), true, true, vec![Key, Password], None),
            (two(&[KEY], &[(Key, &[QUESTIONS])]), true, true, vec![Key, Questions], None),
            (two(&[PASSWORD], &[(Password, &[KEY])]), true, true, vec![Key, Password, Key], None),
            (
                two(&[KEY], &[(Key, &[PASSWORD])]),
                true,
                false,
                vec![Key],
                Some("the key is accepted, and the server wants the password as well"),
            ),
            (
                two(&[KEY], &[(Key, &[MethodKind::HostBased])]),
                true,
                false,
                vec![Key],
                Some("the key is accepted, and the server wants more than that"),
            ),
            (
                two(&[PASSWORD], &[(Password, &[KEY])]),
                false,
                true,
                vec![Password],
                Some("the password is accepted, and the server wants a key as well"),
            ),
            // Another secret, which is not the password.
            (
                two(&[PASSWORD], &[(Password, &[QUESTIONS])]),
                false,
                true,
                vec![Password],
                Some("the password is accepted, and the server wants more than that"),
            ),
            (
                two(&[KEY], &[(Key, &[PASSWORD]), (Password, &[QUESTIONS])]),
                true,
                true,
                vec![Key, Password],
                Some("key and password are accepted, and the server wants more than that"),
            ),
            (
                Server { first: &[KEY], then: &[(Key, &[PASSWORD])], wrong: &[Password] },
                true,
                true,
                vec![Key, Password],
                Some("the key is accepted, but the password is not"),
            ),
            (
                Server { first: &[PASSWORD], then: &[(Password, &[KEY])], wrong: &[Key] },
                true,
                true,
                vec![Key, Password, Key],
                Some("the password is accepted, but the key is not"),
            ),
        ] {
            let (did, told) = run(&server, key, password);
            assert_eq!((did, told.as_ref().map(|told| told.message(Lang::En))), (tried, meaning));
            let french = told.as_ref().map(|told| told.message(Lang::Fr));
            assert!(french.is_none_or(|french| Some(french) != meaning), "{french:?}");
        }
    }
}
