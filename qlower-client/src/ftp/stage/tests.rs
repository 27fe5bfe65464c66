//! What is staged is what was given, or an error.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use qlower_core::naming::{NamingCode, Rule};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use zip::ZipArchive;

use super::*;

fn at() -> DateTime<Utc> {
    "2026-11-22T17:45:08Z".parse().unwrap()
}

fn rules(templates: &[(Rule, &str)]) -> Rules {
    Rules::parse(templates.iter().copied()).unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

async fn prepared(templates: &[(Rule, &str)], files: &[Outgoing]) -> Result<Vec<Staged>, ErrorKind> {
    let variables = Variables::from([("vin", "VF1")]);
    prepare(&rules(templates), files, &variables, None, at()).await.map(|(_, staged)| staged)
}

async fn content(staged: &Staged, offset: u64) -> Vec<u8> {
    let mut content = Vec::new();
    staged.open(offset).await.unwrap().read_to_end(&mut content).await.unwrap();
    content
}

/// Path and reason of a fault of a file.
fn reason(fault: ErrorKind) -> String {
    match fault {
        ErrorKind::File { path, source } => format!("{}: {source}", path.file_name().unwrap().to_string_lossy()),
        other => panic!("{other:?}"),
    }
}

const ARCHIVE: &[(Rule, &str)] =
    &[(Rule::File, "{vin}_{n:02}.{ext}"), (Rule::Archive, "{vin}.zip"), (Rule::SideFile, "{vin}.json")];

fn vehicle(folder: &TempDir) -> Vec<Outgoing> {
    let file = |name: &str| Outgoing::file(folder.path().join(name));
    vec![file("a.jpg"), file("b.txt"), file("empty.txt"), Outgoing::bytes("é.json", r#"{"a":1}"#)]
}

fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        })
        .collect()
}

#[tokio::test]
async fn files_go_one_by_one_and_the_side_file_last() {
    let folder = folder(&[("a.jpg", b"first"), ("b", b"")]);
    let files = [Outgoing::file(folder.path().join("a.jpg")), Outgoing::file(folder.path().join("b"))];
    let templates = [(Rule::Directory, "in/{date}"), (Rule::File, "{n}/{name}"), (Rule::SideFile, "{vin}.json")];
    let details = json!({"user": "alice"}).as_object().cloned();
    let variables = Variables::from([("vin", "VF1"), ("unused", "told all the same")]);
    let (plan, staged) = prepare(&rules(&templates), &files, &variables, details.as_ref(), at()).await.unwrap();

    let paths: Vec<_> = staged.iter().map(Staged::path).collect();
    assert_eq!(paths, ["in/2026-11-22/1/a.jpg", "in/2026-11-22/2/b", "in/2026-11-22/VF1.json"]);
    assert_eq!(plan.files(), &paths[..2]);
    assert_eq!(staged[0].folders().collect::<Vec<_>>(), ["in", "in/2026-11-22", "in/2026-11-22/1"]);
    assert_eq!(content(&staged[0], 0).await, b"first");
    assert_eq!(content(&staged[1], 0).await, b"");
    let hash = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
    assert_eq!((staged[0].size(), staged[0].sha256_hex()), (5, hash.to_owned()));

    let side_file = content(&staged[2], 0).await;
    assert_eq!(staged[2].size(), side_file.len() as u64);
    assert!(side_file.ends_with(b"}\n"));
    let side_file: Value = serde_json::from_slice(&side_file).unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        side_file,
        json!({
            "created_at": "2026-11-22T17:45:08Z", "archive": null,
            "files": [{"name": "1/a.jpg", "size": 5, "sha256": hash}, {"name": "2/b", "size": 0, "sha256": empty}],
            "variables": {"unused": "told all the same", "vin": "VF1"}, "details": {"user": "alice"},
        })
    );
}

#[tokio::test]
async fn an_archive_holds_the_files_and_the_side_file_tells_of_it() {
    let text = "text ".repeat(10_000);
    let folder = folder(&[("a.jpg", b"jpeg"), ("b.txt", text.as_bytes()), ("empty.txt", b"")]);
    let staged = prepared(ARCHIVE, &vehicle(&folder)).await.unwrap();
    assert_eq!(staged.iter().map(Staged::path).collect::<Vec<_>>(), ["VF1.zip", "VF1.json"]);

    let archive = content(&staged[0], 0).await;
    assert_eq!(staged[0].sha256_hex(), local::hex(&local::sha256(&archive)));
    assert_eq!(staged[0].size(), archive.len() as u64);
    assert!(archive.len() < 2_000, "text is compressed: {}", archive.len());
    let expected: [(&str, &[u8]); 4] =
        [("VF1_01.jpg", b"jpeg"), ("VF1_02.txt", text.as_bytes()), ("VF1_03.txt", b""), ("VF1_04.json", br#"{"a":1}"#)];
    assert_eq!(unpacked(&archive), expected.map(|(name, content)| (name.to_owned(), content.to_vec())));

    let side_file: Value = serde_json::from_slice(&content(&staged[1], 0).await).unwrap();
    assert_eq!(side_file["archive"]["name"], "VF1.zip");
    assert_eq!(side_file["archive"]["sha256"], staged[0].sha256_hex());
    assert_eq!(side_file["files"][1]["name"], "VF1_02.txt");
    assert_eq!(side_file["files"][1]["sha256"], local::hex(&local::sha256(text.as_bytes())));
    assert_eq!(side_file["files"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn equal_files_give_an_equal_archive() {
    let files = [("a.jpg", &b"jpeg"[..]), ("b.txt", &[b'x'; 5_000]), ("empty.txt", b"")];
    let (one, other) = (folder(&files), folder(&files));
    let later = std::time::SystemTime::now() - Duration::from_secs(86_400);
    File::options().write(true).open(other.path().join("b.txt")).unwrap().set_modified(later).unwrap();
    let one = prepared(ARCHIVE, &vehicle(&one)).await.unwrap();
    let other = prepared(ARCHIVE, &vehicle(&other)).await.unwrap();
    assert_eq!(content(&one[0], 0).await, content(&other[0], 0).await);
    assert_eq!(one[0].shared(), other[0].shared());
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_of_another_maker_takes_the_archive() {
    let text = "text ".repeat(10_000);
    let folder = folder(&[("a.jpg", b"jpeg"), ("b.txt", text.as_bytes()), ("empty.txt", b"")]);
    let templates = [(Rule::File, "véhicule/{vin}_{n:02}.{ext}"), (Rule::Archive, "{vin}.zip")];
    let staged = prepared(&templates, &vehicle(&folder)).await.unwrap();
    let path = folder.path().join("out.zip");
    fs::write(&path, content(&staged[0], 0).await).unwrap();
    let program = "import sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        assert z.testzip() is None\n\
        for i in z.infolist(): print(i.filename, i.file_size, i.compress_type, i.date_time[:3], oct(i.external_attr >> 16), i.flag_bits & 0x800)";
    let read =
        Command::new("python3").env("PYTHONIOENCODING", "utf-8").args(["-c", program]).arg(&path).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let lines = "véhicule/VF1_01.jpg 4 0 (1980, 1, 1) 0o100644 2048\n\
        véhicule/VF1_02.txt 50000 8 (1980, 1, 1) 0o100644 2048\n\
        véhicule/VF1_03.txt 0 0 (1980, 1, 1) 0o100644 2048\n\
        véhicule/VF1_04.json 7 8 (1980, 1, 1) 0o100644 2048\n";
    assert_eq!(String::from_utf8(read.stdout).unwrap(), lines);
}

/// 4.1 GiB of zeros, which take no room. By hand: `cargo test … -- --ignored more_than_four`.
#[cfg(unix)]
#[tokio::test]
#[ignore = "reads and packs 4.1 GiB: a minute and more"]
async fn more_than_four_gigabytes_fit_in_an_archive() {
    let folder = folder(&[]);
    let size = 0x1_0600_0000_u64;
    File::create(folder.path().join("zeros.txt")).unwrap().set_len(size).unwrap();
    let files = [Outgoing::file(folder.path().join("zeros.txt")), Outgoing::bytes("b.txt", "after it")];
    let staged = prepared(&[(Rule::Archive, "a.zip")], &files).await.unwrap();
    let path = folder.path().join("out.zip");
    fs::write(&path, content(&staged[0], 0).await).unwrap();
    let program = "import sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        print([(i.filename, i.file_size) for i in z.infolist()], z.testzip(), z.read('b.txt'))";
    let read = Command::new("python3").args(["-c", program]).arg(&path).output().unwrap();
    let text = format!("[('zeros.txt', {size}), ('b.txt', 8)] None b'after it'\n");
    assert_eq!(String::from_utf8_lossy(&read.stdout), text, "{}", String::from_utf8_lossy(&read.stderr));
    #[cfg(target_os = "linux")]
    println!(
        "{}",
        fs::read_to_string("/proc/self/status").unwrap().lines().find(|line| line.starts_with("VmHWM")).unwrap()
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_temporary_archive_has_no_name() {
    use std::os::unix::fs::MetadataExt;

    let folder = folder(&[("a.jpg", b"jpeg"), ("b.txt", b"b"), ("empty.txt", b"")]);
    let staged = prepared(ARCHIVE, &vehicle(&folder)).await.unwrap();
    let Origin::Temporary(file) = &staged[0].origin else { panic!("it is no temporary file") };
    assert_eq!(file.lock().unwrap().metadata().unwrap().nlink(), 0);
    let (again, weak) = (staged[0].clone(), Arc::downgrade(file));
    drop(staged);
    assert!(!content(&again, 0).await.is_empty(), "as long as one is there, so is the content");
    drop(again);
    assert!(weak.upgrade().is_none());
}

#[tokio::test]
async fn two_may_read_the_archive_at_once() {
    let noise: Vec<u8> = (0..3_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let folder = folder(&[("a.jpg", &noise), ("b.txt", b"b"), ("empty.txt", b"")]);
    let staged = prepared(ARCHIVE, &vehicle(&folder)).await.unwrap();
    let (whole, tail) = tokio::join!(content(&staged[0], 0), content(&staged[0], 1_000_000));
    assert_eq!(local::hex(&local::sha256(&whole)), staged[0].sha256_hex());
    assert_eq!(tail, &whole[1_000_000..]);
}

#[tokio::test]
async fn what_is_no_regular_file_is_refused() {
    let folder = folder(&[]);
    let refused = async |path: &Path| {
        let files = [Outgoing::file(path).named("a.jpg")];
        let alone = reason(prepared(&[], &files).await.unwrap_err());
        assert_eq!(reason(prepared(&[(Rule::Archive, "a.zip")], &files).await.unwrap_err()), alone);
        assert_eq!(reason(prepared(&[(Rule::File, "{hash}")], &files).await.unwrap_err()), alone);
        alone
    };
    fs::create_dir(folder.path().join("photos")).unwrap();
    let text = refused(&folder.path().join("photos")).await;
    assert_eq!(text, "photos: it is a folder; a delivery takes its files one by one");
    assert!(refused(&folder.path().join("none.jpg")).await.starts_with("none.jpg: "));
    #[cfg(unix)]
    {
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(refused(&pipe).await, "pipe: it is no regular file");
        std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).unwrap();
        assert!(refused(&folder.path().join("dangling")).await.starts_with("dangling: "));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_stands_for_what_it_leads_to() {
    let folder = folder(&[("a.jpg", b"jpeg")]);
    let link = folder.path().join("link.jpg");
    std::os::unix::fs::symlink("a.jpg", &link).unwrap();
    let staged = prepared(&[], &[Outgoing::file(&link)]).await.unwrap();
    assert_eq!((staged[0].path(), content(&staged[0], 0).await), ("link.jpg", b"jpeg".to_vec()));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_name_that_is_not_unicode_is_an_error_only_if_it_is_used() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = folder(&[]);
    let path = folder.path().join(OsStr::from_bytes(b"caf\xe9.jpg"));
    fs::write(&path, "jpeg").unwrap();
    let file = Outgoing::file(&path);
    let ErrorKind::Naming(errors) = prepared(&[], std::slice::from_ref(&file)).await.unwrap_err() else { panic!() };
    assert_eq!(errors[0].code(), NamingCode::BrokenText);
    let numbered = prepared(&[(Rule::File, "{n}.{ext}")], std::slice::from_ref(&file)).await.unwrap();
    assert_eq!((numbered[0].path(), content(&numbered[0], 0).await), ("1.jpg", b"jpeg".to_vec()));
    assert_eq!(prepared(&[], &[file.named("café.jpg")]).await.unwrap()[0].path(), "café.jpg");
}

#[tokio::test]
async fn two_files_of_one_name_are_refused_before_an_archive_is_written() {
    let files = [Outgoing::bytes("a.jpg", "1"), Outgoing::bytes("a.jpg", "2")];
    let ErrorKind::Naming(errors) = prepared(&[(Rule::Archive, "a.zip")], &files).await.unwrap_err() else { panic!() };
    assert_eq!(errors[0].code(), NamingCode::DuplicateName);
}

/// Stages a file of some pieces, changes it by and by, and says how far it was read and why no further.
async fn read_while(change: impl FnOnce(&Path), before_opening: bool) -> (usize, String) {
    let size = 5 * local::CHUNK + 17;
    let folder = folder(&[("a.bin", &vec![7; size])]);
    let path = folder.path().join("a.bin");
    let staged = prepared(&[], &[Outgoing::file(&path)]).await.unwrap();
    if before_opening {
        change(&path);
        return (0, reason(staged[0].open(0).await.err().unwrap()));
    }
    let mut sending = staged[0].open(0).await.unwrap();
    let mut first = vec![0; 100];
    sending.read_exact(&mut first).await.unwrap();
    change(&path);
    let mut rest = Vec::new();
    let error = sending.read_to_end(&mut rest).await.unwrap_err();
    assert_eq!(error.to_string(), "what is sent could not be read");
    assert!(sending.read(&mut first).await.is_err(), "it does not go on");
    let read = 100 + rest.len();
    assert!(read < size, "who got everything got the right thing");
    (read, reason(sending.take_fault().unwrap()))
}

fn write_at_end(path: &Path, content: &[u8]) {
    use std::io::Seek;

    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(std::io::SeekFrom::End(-1)).unwrap();
    file.write_all(content).unwrap();
    // Clocks of file systems are coarse.
    let modified = file.metadata().unwrap().modified().unwrap();
    file.set_modified(modified + Duration::from_secs(2)).unwrap();
}

#[tokio::test]
async fn a_file_that_changes_is_an_error_and_never_sent_whole() {
    let changed = "a.bin: it changed while it was delivered";
    for before_opening in [true, false] {
        assert_eq!(read_while(|path| write_at_end(path, b"x"), before_opening).await.1, changed);
        assert_eq!(read_while(|path| write_at_end(path, b"xyz"), before_opening).await.1, changed, "longer");
        let shrink = |path: &Path| File::options().write(true).open(path).unwrap().set_len(9).unwrap();
        assert_eq!(read_while(shrink, before_opening).await.1, changed, "shorter");
    }
    let (read, reason) = read_while(
        |path| {
            // Whoever changes it and hides it.
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            write_at_end(path, b"x");
            File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
        },
        false,
    )
    .await;
    assert_eq!((read, &*reason), (5 * local::CHUNK, changed), "all but the last piece");
}

#[tokio::test]
async fn a_file_that_was_rewritten_alike_in_size_and_time_is_found_out_by_its_hash() {
    let folder = folder(&[("a.bin", b"0123456789")]);
    let path = folder.path().join("a.bin");
    let staged = prepared(&[], &[Outgoing::file(&path)]).await.unwrap();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, b"012345678x").unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    for offset in [0, 5, 9] {
        let mut sending = staged[0].open(offset).await.unwrap();
        assert_eq!(sending.read_to_end(&mut Vec::new()).await.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
        assert!(matches!(sending.take_fault(), Some(ErrorKind::File { .. })));
    }
    // Nothing is left to read: whoever goes on from the end learns it before.
    assert!(staged[0].open(10).await.is_err());
}

#[cfg(unix)]
#[test]
fn nobody_hashes_on_when_nobody_waits() {
    let folder = folder(&[]);
    File::create(folder.path().join("huge.bin")).unwrap().set_len(1 << 40).unwrap();
    let files = [Outgoing::file(folder.path().join("huge.bin"))];
    for templates in [&[][..], &[(Rule::Archive, "a.zip")], &[(Rule::File, "{hash}")]] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let start = Instant::now();
        let waited = runtime
            .block_on(async { tokio::time::timeout(Duration::from_millis(50), prepared(templates, &files)).await });
        assert!(waited.is_err());
        // It waits for what runs on its threads.
        drop(runtime);
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_temporary_name_is_hidden_and_not_too_long() {
    let staged = |name: &str| Staged::new(name, 0, [0xab; 32], Origin::Bytes(Bytes::new()));
    assert_eq!(staged("a.jpg").shared(), ".a.jpg.abababab.part");
    assert_eq!(staged("a.jpg").own(0x1f), ".a.jpg.abababab.0000001f.part");
    assert_eq!(staged("in/x/a.jpg").shared(), "in/x/.a.jpg.abababab.part");
    let long = staged(&format!("in/{}", "é".repeat(127)));
    assert_eq!(long.shared(), format!("in/.{}.abababab.part", "é".repeat(115)));
    assert_eq!(staged(&"x".repeat(255)).own(1).len(), 255);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn content_is_what_was_given_from_any_offset(
        seed in any::<u32>(), size in 0_usize..700_000, offset in 0_usize..700_000, in_memory in any::<bool>(), packed in any::<bool>(),
    ) {
        let bytes: Vec<u8> = (0..size as u32).map(|n| (n ^ seed).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let folder = folder(&[("a.bin", &bytes)]);
        let file = if in_memory { Outgoing::bytes("a.bin", bytes.clone()) } else { Outgoing::file(folder.path().join("a.bin")) };
        let templates: &[(Rule, &str)] = if packed { &[(Rule::Archive, "a.zip")] } else { &[] };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let staged = prepared(templates, &[file]).await.unwrap();
            let whole = content(&staged[0], 0).await;
            prop_assert_eq!(whole.len() as u64, staged[0].size());
            prop_assert_eq!(local::hex(&local::sha256(&whole)), staged[0].sha256_hex());
            let offset = offset.min(whole.len());
            prop_assert_eq!(&content(&staged[0], offset as u64).await, &whole[offset..]);
            if packed {
                prop_assert_eq!(unpacked(&whole), vec![("a.bin".to_owned(), bytes)]);
            } else {
                prop_assert_eq!(whole, bytes);
            }
            Ok(())
        })?;
    }
}
