//! A night's work, and what is left of it when it is killed at any moment.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use qlower_client::ModelName;
use qlower_client::sandbox::{Sandbox, SandboxBuilder};

use super::program::{Folder, Program, path};

const PARTNER: &str = Sandbox::DEFAULT_PARTNER;
const PROPERTIES: usize = 20;

/// A night whose uploads go to a sandbox of this test.
struct Night {
    sandbox: Sandbox,
    folder: Folder,
    transactions: usize,
    max_bytes: usize,
    into_folder: bool,
}

impl Night {
    fn new(sandbox: SandboxBuilder, transactions: usize, max_bytes: usize, into_folder: bool) -> Self {
        let sandbox = sandbox.start_blocking().unwrap();
        Self { sandbox, folder: Folder::new(), transactions, max_bytes, into_folder }
    }

    fn batch(&self) -> std::path::PathBuf {
        self.folder.path("nights").join("2025-02-01")
    }

    fn args(&self) -> Vec<String> {
        let mut args = vec![
            "--env=staging".to_owned(),
            format!("--properties={PROPERTIES}"),
            format!("--transactions={}", self.transactions),
            format!("--max-bytes={}", self.max_bytes),
        ];
        if self.into_folder {
            args.push(format!("--folder={}", self.folder.path("nights").display()));
        }
        args
    }

    fn env(&self) -> [(&'static str, String); 5] {
        [
            ("QLOWER_PARTNER", PARTNER.to_owned()),
            ("QLOWER_API_KEY", Sandbox::DEFAULT_API_KEY.to_owned()),
            ("AWS_ACCESS_KEY_ID", Sandbox::DEFAULT_ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Sandbox::DEFAULT_SECRET_ACCESS_KEY.to_owned()),
            ("AWS_ENDPOINT_URL_S3", self.sandbox.s3_endpoint()),
        ]
    }

    fn spawn(&self) -> Child {
        let mut command = Command::new(path("nightly_batch"));
        command.args(self.args()).envs(self.env()).env_remove("AWS_SESSION_TOKEN").env_remove("AWS_REGION");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn run(&self) -> super::program::Run {
        let mut program = Program::new("nightly_batch").args(self.args());
        for (name, value) in self.env() {
            program = program.env(name, &value);
        }
        program.run()
    }

    /// What must be true whenever the program was cut off.
    fn is_sound(&self) {
        let commits = self.sandbox.commits(PARTNER);
        for (key, times) in &commits {
            assert_eq!(*times, 1, "{key} has a second copy");
        }
        for key in noted(&self.batch()) {
            assert!(commits.contains_key(&key), "{key} is noted as uploaded, and is not in the bucket");
        }
    }

    /// What must be true in the end.
    fn is_complete(&self) {
        self.is_sound();
        let deadline = Instant::now() + Duration::from_secs(60);
        let loaded = loop {
            let loaded = self.sandbox.loaded(PARTNER);
            if loaded.count(ModelName::Transaction) == self.transactions || Instant::now() > deadline {
                break loaded;
            }
            sleep(Duration::from_millis(50));
        };
        assert_eq!(loaded.count(ModelName::Property), PROPERTIES);
        assert_eq!(loaded.count(ModelName::Transaction), self.transactions);
    }
}

/// Keys of the files that are noted as uploaded.
fn noted(batch: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(batch.join("uploads.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let key =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].as_str().unwrap().to_owned();
    whole.lines().map(key).collect()
}

#[test]
fn it_uploads_everything_in_files_below_the_limit() {
    for into_folder in [false, true] {
        let night = Night::new(Sandbox::builder().s3_hold_loads(true), 2000, 60_000, into_folder);
        let run = night.run();
        assert_eq!(run.code, 0, "{run:?}");
        let objects = night.sandbox.objects(PARTNER);
        assert!(objects.len() > 3, "{objects:?}");
        assert!(objects.iter().all(|object| object.size <= 60_000), "{objects:?}");
        for object in &objects {
            assert_eq!(run.stdout.matches(&object.key).count(), 1, "{}", run.stdout);
        }
        let again = night.run();
        assert_eq!(again.code, 0, "{again:?}");
        night.is_sound();
        night.sandbox.hold_s3_loads(false);
        night.is_complete();
    }
}

#[test]
fn it_says_what_to_do_when_the_keys_are_wrong() {
    let night = Night::new(Sandbox::builder(), 10, 60_000, false);
    let mut program = Program::new("nightly_batch").args(night.args());
    for (name, value) in night.env() {
        program = program.env(name, &value);
    }
    let run = program.env("AWS_SECRET_ACCESS_KEY", "wrong").run();
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(
        run.stderr.contains("SignatureDoesNotMatch (HTTP 403): see that secret_access_key belongs to"),
        "{}",
        run.stderr
    );
    assert!(night.sandbox.commits(PARTNER).is_empty());
}

/// At least a hundred kills meet it alive: while it writes, while it uploads, while Qlower moves what was uploaded.
#[test]
fn killed_at_any_moment_it_loses_nothing_and_doubles_nothing() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut met = Met::default();
    let mut nights = 0;
    while met.all() < 100 || met.writing < 10 || met.uploading < 10 {
        let into_folder = nights % 3 != 2;
        // As soon as a file is there Qlower takes it; or the keys may only put, and it stays.
        let builder = if nights % 2 == 0 {
            Sandbox::builder().s3_load_delay(Duration::ZERO)
        } else {
            Sandbox::builder().s3_upload_only().s3_hold_loads(true)
        };
        let night = Night::new(builder, 3000, 60_000, into_folder);
        let trial = Night::new(Sandbox::builder(), 3000, 60_000, into_folder);
        let start = Instant::now();
        assert_eq!(trial.run().code, 0);
        let most = start.elapsed().mul_f64(1.1);
        drop(trial);
        let before = met.all();
        // A night in a folder is over soon; what comes after it was finished finds nothing to do.
        while met.all() < before + 12 && noted(&night.batch()).len() < 3 {
            killed_once(&night, &mut random, most, &mut met);
        }
        let last = night.run();
        assert_eq!(last.code, 0, "{last:?}");
        night.sandbox.hold_s3_loads(false);
        night.is_complete();
        nights += 1;
    }
    println!("{met:?} in {nights} nights");
}

/// How many kills met the program alive, by what it was doing.
#[derive(Debug, Default)]
struct Met {
    writing: usize,
    uploading: usize,
    directly: usize,
}

impl Met {
    const fn all(&self) -> usize {
        self.writing + self.uploading + self.directly
    }
}

fn killed_once(night: &Night, random: &mut fastrand::Rng, most: Duration, met: &mut Met) {
    let mut child = night.spawn();
    sleep(most.mul_f64(random.f64()));
    // SIGKILL, or what comes nearest to it.
    child.kill().unwrap();
    if !child.wait().unwrap().success() {
        match (night.into_folder, night.batch().join("batch.json").exists()) {
            (false, _) => met.directly += 1,
            (true, false) => met.writing += 1,
            (true, true) => met.uploading += 1,
        }
    }
    night.is_sound();
}
