//! What `check_file` and `send_file` share: where the text comes from, where the report goes.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::str::FromStr;

/// The file that is meant.
pub(crate) enum Input {
    /// `-`: standard input.
    Stdin,
    File(OsString),
}

impl From<OsString> for Input {
    fn from(argument: OsString) -> Self {
        if argument == OsStr::new("-") { Self::Stdin } else { Self::File(argument) }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("<stdin>"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Input {
    /// Reads all of it: a check needs the whole text, and the memory for it.
    ///
    /// # Errors
    /// One line that names the file.
    pub(crate) fn read(&self) -> Result<Vec<u8>, String> {
        let text = match self {
            Self::File(path) => std::fs::read(path),
            Self::Stdin => {
                let mut text = Vec::new();
                io::stdin().lock().read_to_end(&mut text).map(|_| text)
            }
        };
        text.map_err(|error| format!("{self} cannot be read: {error}"))
    }
}

/// When to use colours.
#[derive(Clone, Copy, Default)]
pub(crate) enum Color {
    /// On a terminal, unless the environment variable `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl FromStr for Color {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err("use \"auto\", \"always\" or \"never\""),
        }
    }
}

impl Color {
    pub(crate) fn on_stdout(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let unset = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                unset && io::stdout().is_terminal()
            }
        }
    }
}

/// Writes to standard output. A reader that has gone, `head` for instance, is no error: it has seen enough.
///
/// # Errors
/// If the text could not be written, to a full disk for instance.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), String> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("the output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error, where there is nobody left to tell if that fails.
pub(crate) fn complain(program: &str, problem: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{program}: {problem}");
}
