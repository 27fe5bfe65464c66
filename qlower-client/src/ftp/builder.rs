//! Settings of a destination.

mod checks;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use qlower_core::naming::{Characters, Rule, Rules};

use crate::authorities::CaBundle;
use crate::ftp::builder::checks::{host, is_loopback, one_line};
use crate::ftp::connect;
use crate::ftp::destination::{Destination, Settings};
use crate::ftp::error::{Error, ErrorKind};
use crate::ftp::protocol::{Existing, Passive, Protocol, Temporary};
use crate::ftp::secret::Secret;
use crate::ftp::text::Text;
use crate::retry::RetryPolicy;

/// Settings of a [`Destination`], each with a default except the host and the user; see [`Destination::builder`].
///
/// Every setting is checked by [`build`](Self::build), before anything is connected. `Debug` shows no secret.
///
/// # Example: a customer's rules, `VIN.zip` that holds `vin_01`, `vin_02`, …
/// ```
/// use qlower_client::ftp::{Destination, Protocol};
///
/// let destination = Destination::builder(Protocol::Ftps, "ftp.garage-nord.example")
///     .user("dms")
///     .password("s3cr3t")
///     .archive("{vin}.zip")
///     .file("{vin:lower}_{n:02}.{ext}")
///     .build()?;
/// assert_eq!(destination.address(), "ftp.garage-nord.example:21");
/// assert!(!format!("{destination:?}").contains("s3cr3t"));
/// # Ok::<(), qlower_client::ftp::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct DestinationBuilder {
    protocol: Protocol,
    host: String,
    port: Option<u16>,
    user: Option<String>,
    password: Option<Secret>,
    key: Option<Text>,
    key_passphrase: Option<Secret>,
    directory: Option<String>,
    file: Option<String>,
    archive: Option<String>,
    side_file: Option<String>,
    characters: Characters,
    ca_bundle: Option<CaBundle>,
    host_keys: Vec<String>,
    known_hosts: Option<PathBuf>,
    insecure: bool,
    temporary: Temporary,
    existing: Existing,
    passive: Passive,
    connect_timeout: Duration,
    timeout: Duration,
    retry: RetryPolicy,
}

impl DestinationBuilder {
    pub(crate) fn new(protocol: Protocol, host: String) -> Self {
        Self {
            protocol,
            host,
            port: None,
            user: None,
            password: None,
            key: None,
            key_passphrase: None,
            directory: None,
            file: None,
            archive: None,
            side_file: None,
            characters: Characters::default(),
            ca_bundle: None,
            host_keys: Vec::new(),
            known_hosts: None,
            insecure: false,
            temporary: Temporary::default(),
            existing: Existing::default(),
            passive: Passive::default(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
        }
    }

    /// Sets the port. Default: the [protocol's own](Protocol::port).
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the user name, without which there is no destination. Servers open to all take `anonymous`.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the password. It is shown nowhere.
    ///
    /// Default: none. A server that asks for one all the same refuses the login.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(Secret::from(password));
        self
    }

    /// Logs in with a private key (SFTP): the text of a file in the format of OpenSSH or PEM.
    ///
    /// Default: none; the password is used. With both, the key is tried first, and the password if the key is not accepted, or if the
    /// server wants both.
    pub fn key(mut self, pem: impl Into<String>) -> Self {
        self.key = Some(Text::Given(Secret::from(pem)));
        self
    }

    /// Like [`key`](Self::key), from a file that [`build`](Self::build) reads.
    pub fn key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = Some(Text::File(path.into()));
        self
    }

    /// Sets the passphrase that opens the private key.
    ///
    /// Default: none, so the key must not be encrypted.
    pub fn key_passphrase(mut self, passphrase: impl Into<String>) -> Self {
        self.key_passphrase = Some(Secret::from(passphrase));
        self
    }

    /// Sets the folder, as a [template](qlower_core::naming::Template), from where the login lands. Folders that are missing are
    /// made.
    ///
    /// Default: none, files go to where the login lands.
    pub fn directory(mut self, template: impl Into<String>) -> Self {
        self.directory = Some(template.into());
        self
    }

    /// Sets the name of each file, as a [template](qlower_core::naming::Template); in the archive, if there is one.
    ///
    /// Default `{name}`: files keep the names that they have here.
    pub fn file(mut self, template: impl Into<String>) -> Self {
        self.file = Some(template.into());
        self
    }

    /// Sends one zip archive with all the files instead of the files, under a name made from this
    /// [template](qlower_core::naming::Template).
    ///
    /// Default: none, the files are sent as they are.
    pub fn archive(mut self, template: impl Into<String>) -> Self {
        self.archive = Some(template.into());
        self
    }

    /// Sends a JSON file with the details of the delivery after all others, under a name made from this
    /// [template](qlower_core::naming::Template): once it is there, everything is.
    ///
    /// Default: none is sent.
    pub fn side_file(mut self, template: impl Into<String>) -> Self {
        self.side_file = Some(template.into());
        self
    }

    /// Sets which characters the server takes in names.
    ///
    /// Default [`Characters::Windows`]: what any server of today takes, whatever it runs on.
    pub const fn characters(mut self, characters: Characters) -> Self {
        self.characters = characters;
        self
    }

    /// Trusts the certificate authorities in this PEM text, and no others (FTPS).
    ///
    /// Default: the authorities of the system, or of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Certificates are always
    /// verified; there is no setting against it. One that no authority signed is itself the bundle.
    pub fn ca_bundle(mut self, pem: impl Into<String>) -> Self {
        self.ca_bundle = Some(CaBundle::Pem(pem.into().into_bytes()));
        self
    }

    /// Like [`ca_bundle`](Self::ca_bundle), from a file that [`build`](Self::build) reads.
    pub fn ca_bundle_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(CaBundle::File(path.into()));
        self
    }

    /// Trusts a server with this host key (SFTP): its fingerprint, `SHA256:…`, as `ssh-keygen -lf` prints it. May be given several
    /// times, for servers that have several keys.
    ///
    /// Default: none. An SFTP destination has either fingerprints or a [file of known hosts](Self::known_hosts_file).
    pub fn host_key(mut self, fingerprint: impl Into<String>) -> Self {
        self.host_keys.push(fingerprint.into());
        self
    }

    /// Trusts the host keys that a file in the format of OpenSSH's `known_hosts` has for this host (SFTP).
    ///
    /// Default: none; no file is looked for.
    pub fn known_hosts_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.known_hosts = Some(path.into());
        self
    }

    /// Allows FTP without protection to another host than this machine: whoever is on the way can read the password and the files,
    /// and change them.
    ///
    /// Default: not allowed.
    pub const fn insecure(mut self) -> Self {
        self.insecure = true;
        self
    }

    /// Sets under which name a file arrives. Default [`Temporary::Rename`].
    pub const fn temporary(mut self, temporary: Temporary) -> Self {
        self.temporary = temporary;
        self
    }

    /// Sets what becomes of a file that stands there under the name already. Default [`Existing::Replace`].
    pub const fn existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Sets how the address of an FTP data connection is found. Default [`Passive::Auto`].
    pub const fn passive(mut self, passive: Passive) -> Self {
        self.passive = passive;
        self
    }

    /// Sets the time limit for connecting: name, TCP, greeting, TLS or SSH.
    ///
    /// Default 10 s: a connection takes well under a second, even a lost packet or two included.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long a server may take to answer, or to take more of a file. A long file takes as long as it goes on.
    ///
    /// Default 60 s: servers that look through a file before they acknowledge it take tens of seconds.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when to try again, on a new connection; see [`RetryPolicy`] for the defaults.
    ///
    /// Tried again are failures that another try may cure: no connection, a time-out, a connection that broke, a server that has too
    /// many connections or a passing fault (FTP replies 421, 425, 426, 450, 451). A wrong password, a certificate or host key that is not
    /// trusted, a full disk or quota and what is not permitted stay so, and are not tried again. Files that are there already are not
    /// sent again.
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Makes the destination. Nothing is connected yet.
    ///
    /// # Errors
    /// A [configuration error](Error::is_config) that names the setting: no host or user, a line break in user or password, plain FTP
    /// to another machine, a file that cannot be read, a bundle without a certificate, a key that cannot be opened, SFTP without a
    /// host key, a setting of another protocol, a time limit of zero. A [naming error](Error::is_naming) for templates that cannot be
    /// understood, with all mistakes of all of them.
    pub fn build(self) -> Result<Destination, Error> {
        let host = host(&self.host)?;
        if !connect::is_built(self.protocol) {
            return Err(Error::config(
                "protocol",
                (
                    format!("{} is not part of this program: it was built without it", self.protocol),
                    format!("{} ne fait pas partie de ce programme : il a été compilé sans", self.protocol),
                ),
            ));
        }
        if self.port == Some(0) {
            return Err(Error::config("port", ("0 is no port", "0 n'est pas un port")));
        }
        let user = self.user.ok_or_else(|| Error::config("user", ("not given", "non renseigné")))?;
        if user.is_empty() {
            return Err(Error::config("user", ("empty", "vide")));
        }
        one_line("user", &user)?;
        if let Some(password) = &self.password {
            one_line("password", password.expose())?;
        }
        for (setting, limit) in [("timeout", self.timeout), ("connect_timeout", self.connect_timeout)] {
            if limit.is_zero() {
                return Err(Error::config(setting, ("no time at all", "durée nulle")));
            }
        }
        if self.protocol == Protocol::Ftp && !self.insecure && !is_loopback(&host) {
            let problem = (
                "plain FTP would show the password and the files to everybody on the way: use ftps or sftp, or allow it with insecure",
                "le FTP simple montrerait le mot de passe et les fichiers à tous sur le chemin : utilisez ftps ou sftp, ou autorisez-le par \
                 insecure",
            );
            return Err(Error::config("protocol", problem));
        }
        let sftp = self.protocol == Protocol::Sftp;
        for (setting, given, fits) in [
            ("key", self.key.is_some(), sftp),
            ("key_passphrase", self.key_passphrase.is_some(), sftp),
            ("host_key", !self.host_keys.is_empty(), sftp),
            ("known_hosts_file", self.known_hosts.is_some(), sftp),
            ("ca_bundle", self.ca_bundle.is_some(), self.protocol.has_tls()),
        ] {
            if given && !fits {
                return Err(Error::config(
                    setting,
                    (
                        format!("has no meaning for the protocol {}", self.protocol),
                        format!("n'a pas de sens avec le protocole {}", self.protocol),
                    ),
                ));
            }
        }
        if self.key_passphrase.is_some() && self.key.is_none() {
            return Err(Error::config("key_passphrase", ("there is no key", "il n'y a pas de clé")));
        }
        let rules = [
            (Rule::Directory, &self.directory),
            (Rule::File, &self.file),
            (Rule::Archive, &self.archive),
            (Rule::SideFile, &self.side_file),
        ];
        let given = rules.into_iter().filter_map(|(rule, template)| Some((rule, template.as_deref()?)));
        let rules = Rules::default().characters(self.characters).with(given);
        let rules = rules.map_err(|errors| Error::local(ErrorKind::Naming(errors)))?;
        Destination::new(Settings {
            protocol: self.protocol,
            port: self.port.unwrap_or_else(|| self.protocol.port()),
            host,
            user,
            password: self.password,
            key: self.key,
            key_passphrase: self.key_passphrase,
            ca_bundle: self.ca_bundle,
            host_keys: self.host_keys,
            known_hosts: self.known_hosts,
            rules,
            temporary: self.temporary,
            existing: self.existing,
            passive: self.passive,
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
            retry: self.retry,
        })
    }
}

impl fmt::Debug for DestinationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DestinationBuilder")
            .field("protocol", &self.protocol)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("password", &self.password)
            .field("key", &self.key)
            .field("directory", &self.directory)
            .field("file", &self.file)
            .field("archive", &self.archive)
            .field("side_file", &self.side_file)
            .field("temporary", &self.temporary)
            .field("existing", &self.existing)
            .finish_non_exhaustive()
    }
}
