//! Running an example.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use super::payloads::KEY;

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// An example that is about to run, with nothing of the tester's own settings.
pub(crate) struct Program {
    command: Command,
}

impl Program {
    pub(crate) fn new(name: &str) -> Self {
        let mut command = Command::new(path(name));
        for variable in
            ["QLOWER_ENVIRONMENT", "QLOWER_PARTNER", "QLOWER_API_KEY", "NO_COLOR", "AWS_REGION", "AWS_SESSION_TOKEN"]
        {
            command.env_remove(variable);
        }
        Self { command }
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.args([arg])
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(self) -> Run {
        self.run_with(b"")
    }

    /// Runs with this text on standard input. Whatever the example does, it must not show the key.
    pub(crate) fn run_with(mut self, stdin: &[u8]) -> Run {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // One that does not read its input closes it.
            scope.spawn(move || input.write_all(stdin));
            child.wait_with_output().unwrap()
        });
        let run = Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.stdout.contains(KEY) && !run.stderr.contains(KEY), "the key is shown: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        run
    }

    /// Runs with its output going into this file.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_into(mut self, file: &str) -> Run {
        let file = std::fs::File::options().write(true).open(file).unwrap();
        let output = self.command.stdin(Stdio::null()).stdout(file).stderr(Stdio::piped()).output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs, reads the first bytes of its output, and goes away.
    pub(crate) fn run_into_broken_pipe(mut self) -> Run {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut first = [0; 1];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        Run { code: output.status.code().unwrap(), stdout: String::from_utf8_lossy(&first).into_owned(), stderr }
    }
}

/// The example as `cargo test` and `cargo nextest run` built it beside this test.
pub(crate) fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let built = modified(program.as_os_str());
    // Cargo lists beside each program what it was made of.
    let made_of = std::fs::read_to_string(folder.join(format!("{name}.d"))).unwrap_or_default();
    let newer: Vec<_> = sources(&made_of).into_iter().filter(|source| modified(source) > built).collect();
    let hint = "run `cargo build --examples` first, or the tests without naming targets";
    assert!(built.is_some() && !made_of.is_empty(), "{} is not built: {hint}", program.display());
    assert!(newer.is_empty(), "{} is older than {newer:?}: {hint}", program.display());
    program
}

fn modified(path: &OsStr) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// `program: source source…`, where a space within a path is `\ `.
fn sources(rule: &str) -> Vec<OsString> {
    let (_, list) = rule.split_once(": ").unwrap_or_default();
    let list = list.lines().next().unwrap_or_default().replace("\\ ", "\0");
    list.split(' ').filter(|path| !path.is_empty()).map(|path| path.replace('\0', " ").into()).collect()
}

/// A folder for the files of one test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
