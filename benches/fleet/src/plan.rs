//! Which destinations there are: sound ones on several ports, and between them those that are broken, in eight ways.

use std::fmt::Write as _;
use std::path::PathBuf;

use tokio::net::TcpListener;

use crate::AnyError;
use crate::servers::{Place, Servers};

/// Ports on which sound destinations are.
pub(crate) const PLACES: [&str; 5] =
    ["pyftpdlib-fleet", "pyftpdlib-ftps", "pyftpdlib-ftps-implicit", "pyftpdlib-no-resume", "pyftpdlib-no-size"];

/// A destination, and what is to come of it.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) table: String,
    /// Where its files come to stand, if it is sound.
    pub(crate) root: Option<PathBuf>,
    /// One more file, so large that it does not fit.
    pub(crate) too_much: Option<usize>,
}

/// What has to stay open while the run goes.
pub(crate) struct Held {
    /// Connections come about, and nobody is there.
    pub(crate) holes: Vec<TcpListener>,
}

pub(crate) struct Plan {
    pub(crate) members: Vec<Member>,
    /// How often each way to be broken occurs.
    pub(crate) ways: Vec<(String, usize)>,
    pub(crate) held: Held,
}

fn table(name: &str, protocol: &str, port: u16, user: &str, password: &str, more: &str) -> String {
    format!(
        "[users.{name}]\nprotocol = \"{protocol}\"\nport = {port}\nuser = \"{user}\"\npassword = \"{password}\"\n{more}\n"
    )
}

pub(crate) async fn plan(servers: &Servers, count: usize, share: usize) -> Result<Plan, AnyError> {
    let mut plan = Plan { members: Vec::new(), ways: Vec::new(), held: Held { holes: Vec::new() } };
    let ca = format!("ca_bundle_file = {:?}\n", servers.ca);
    let broken = count * share / 100;
    let ftps = servers.place("pyftpdlib-ftps")?;
    for (n, account) in servers.fleet.iter().take(count - broken).enumerate() {
        let place = PLACES.get(n % PLACES.len()).copied().unwrap_or("pyftpdlib-fleet");
        let place = servers.place(place)?;
        let name = format!("sound{n:03}");
        let more = if place.protocol == "ftp" { "" } else { &ca };
        let table = table(&name, &place.protocol, place.port, &account.user, &account.password, more);
        plan.members.push(Member { name, table, root: Some(account.root.clone()), too_much: None });
    }
    for n in 0..broken {
        let name = format!("broken{n:03}");
        let (way, table) = plan.way(servers, &ca, n, &name).await?;
        match plan.ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, times)) => *times += 1,
            None => plan.ways.push((way.clone(), 1)),
        }
        // Between the sound ones, the first of all included.
        let at = n * plan.members.len() / broken.max(1);
        let quota = ftps.accounts.get("quota").and_then(|account| account.quota).filter(|_| way == "quota");
        plan.members.insert(at, Member { name, table, root: None, too_much: quota.map(|quota| quota + 1) });
    }
    Ok(plan)
}

impl Plan {
    async fn way(&mut self, servers: &Servers, ca: &str, n: usize, name: &str) -> Result<(String, String), AnyError> {
        let of = |place: &Place, account: &str| -> Result<String, AnyError> {
            let known = place.accounts.get(account).ok_or_else(|| format!("no account {account} of {}", place.name))?;
            Ok(table(name, &place.protocol, place.port, &known.user, &known.password, ca))
        };
        let ftps = servers.place("pyftpdlib-ftps")?;
        let fleet = servers.place("pyftpdlib-fleet")?;
        let (way, table) = match n % 8 {
            0 => {
                let hole = TcpListener::bind("127.0.0.1:0").await?;
                let port = hole.local_addr()?.port();
                self.held.holes.push(hole);
                ("black hole", table(name, "ftps", port, "u", "p", ca))
            }
            1 => ("hangs in mid-transfer", of(fleet, "hangs")?),
            2 => ("wrong password", table(name, "ftps", fleet.port, "f399", "wrong", ca)),
            3 => {
                let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
                ("closed port", table(name, "ftps", port, "u", "p", ca))
            }
            4 => ("expired certificate", of(servers.place("pyftpdlib-expired")?, "main")?),
            5 => ("refused renaming", of(ftps, "no-rename")?),
            6 => ("quota", of(ftps, "quota")?),
            _ => match servers.find("openssh") {
                Some(place) => {
                    let wrong = "host_key = \"SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDJ+7LmjHmWbYZbEFc\"\n";
                    let main = place.accounts.get("main").ok_or("no account main of openssh")?;
                    ("wrong host key", table(name, "sftp", place.port, &main.user, &main.password, wrong))
                }
                None => ("another host's certificate", of(servers.place("pyftpdlib-other-host")?, "main")?),
            },
        };
        Ok((way.to_owned(), table))
    }
}

/// The file of settings of some members.
pub(crate) fn file<'m>(members: impl Iterator<Item = &'m Member>, directory: &str, time_limit: u64) -> String {
    let mut text = format!(
        "[defaults]\nhost = \"localhost\"\ndirectory = \"{directory}\"\nfile = \"{{vin:lower}}_{{n:02}}.jpg\"\n\
         timeout = {time_limit}\nconnect_timeout = {time_limit}\n[defaults.retry]\nmax_attempts = 2\nmax_delay = 1\n"
    );
    for member in members {
        let _ = writeln!(text, "{}", member.table);
    }
    text
}
