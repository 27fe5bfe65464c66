use std::path::Path;

use qlower_client::sandbox::{Fault, Outcome, Sandbox};
use qlower_client::{ModelName, Payload, check_text};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::payloads::{KEY, doubtful, faulty, valid, with_header};
use super::program::{Folder, Program, Run};

fn sandbox() -> Sandbox {
    Sandbox::builder().partner("sandbox", KEY).start_blocking().unwrap()
}

fn send_to(url: &str, options: &[&str], file: &Path) -> Program {
    Program::new("send_file").args(["--env", url]).args(options).arg(file)
}

fn send(sandbox: &Sandbox, options: &[&str], text: &str) -> Run {
    send_to(sandbox.url(), options, &Folder::new().file("payload.json", text)).run()
}

fn transactions(sandbox: &Sandbox) -> usize {
    sandbox.loaded("sandbox").count(ModelName::Transaction)
}

#[test]
fn the_bytes_of_the_file_are_sent_and_the_end_is_0() {
    let sandbox = sandbox();
    let text = doubtful();
    let run = send(&sandbox, &[], &text);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(transactions(&sandbox), 2);
    let hash = check_text(text).into_result().unwrap().sha256_hex();
    assert_eq!(sandbox.requests()[0].body_sha256, hash);
    for part in [
        "warning[zero_amount]",
        "Destination: http://127.0.0.1:",
        " bytes for partner \"sandbox\"\n",
        "SUCCESS: every item was accepted.\n3 in all, 3 accepted, 0 failed\n",
        "processed: 1 attempt, ",
        &hash,
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
}

#[test]
fn standard_input_and_french_do_as_well() {
    let sandbox = sandbox();
    let run = send_to(sandbox.url(), &["--lang", "fr"], Path::new("-")).run_with(valid().as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.contains("SUCCESS : tout a été accepté."), "{}", run.stdout);
    assert_eq!(transactions(&sandbox), 2);
}

#[test]
fn a_header_that_is_open_is_filled_from_the_environment() {
    for (partner, key) in [("", ""), ("sandbox", "${QLOWER_API_KEY}"), ("<partner>", "{{ api_key }}")] {
        let sandbox = sandbox();
        let folder = Folder::new();
        let file = folder.file("payload.json", with_header(partner, key));
        let program = send_to(sandbox.url(), &[], &file).env("QLOWER_PARTNER", "sandbox").env("QLOWER_API_KEY", KEY);
        let run = program.run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{partner} {key}\n{}", run.stdout);
        assert_eq!(transactions(&sandbox), 2);
    }
}

#[test]
fn the_environment_changes_nothing_where_the_header_says_the_same() {
    let sandbox = sandbox();
    let folder = Folder::new();
    let file = folder.file("payload.json", valid());
    let run = send_to(sandbox.url(), &[], &file).env("QLOWER_PARTNER", "sandbox").env("QLOWER_API_KEY", KEY).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let hash = check_text(valid()).into_result().unwrap().sha256_hex();
    assert_eq!(sandbox.requests()[0].body_sha256, hash, "the bytes of the file");
}

#[test]
fn a_header_that_contradicts_the_environment_is_refused() {
    for (variable, value, named) in
        [("QLOWER_PARTNER", "other", "partner"), ("QLOWER_API_KEY", "k-other", "access key")]
    {
        let sandbox = sandbox();
        let folder = Folder::new();
        let run = send_to(sandbox.url(), &[], &folder.file("payload.json", valid())).env(variable, value).run();
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(named) && run.stderr.ends_with("\nNothing was sent.\n"), "{run:?}");
        assert!(!run.stderr.contains("k-other"), "{run:?}");
        assert!(sandbox.requests().is_empty());
    }
}

#[test]
fn an_error_in_the_file_ends_with_1_and_nothing_is_sent() {
    let sandbox = sandbox();
    for text in [faulty(), String::new(), "<html>".to_owned(), with_header("sandbox", "")] {
        let run = send(&sandbox, &[], &text);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{run:?}");
        assert!(run.stdout.contains("not valid"), "{}", run.stdout);
        assert!(!run.stdout.contains("Destination"), "{}", run.stdout);
    }
    assert!(sandbox.requests().is_empty());
}

/// A server that refuses the second transaction.
async fn refusing_server() -> MockServer {
    let answer = json!({
        "status": "PARTIAL_SUCCESS", "total_count": 3, "success_count": 2, "failed_count": 1,
        "errors": [{
            "model": "transactions", "type": "ValidationError", "id": "T2", "created_at": "2025-02-01T08:00:01Z",
            "error": format!("Champ 'amt' dans transactions 'T2' invalide : no sense with {KEY}"),
        }],
    });
    let server = MockServer::start().await;
    let loader = Mock::given(method("POST")).and(path("/api/third_party/loader"));
    loader.respond_with(ResponseTemplate::new(200).set_body_json(answer)).expect(1).mount(&server).await;
    server
}

#[tokio::test]
async fn failed_items_are_named_and_end_with_1() {
    let server = refusing_server().await;
    let folder = Folder::new();
    let run = send_to(&server.uri(), &[], &folder.file("payload.json", valid())).run();
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    assert!(
        run.stdout.contains("- transactions  T2  /transactions/1/amt\n    amt: no sense with ***\n"),
        "{}",
        run.stdout
    );
    assert_eq!(folder.names(), ["payload.json"], "nothing is written unasked");
}

#[tokio::test]
async fn failed_items_are_written_for_their_owner_on_request() {
    let server = refusing_server().await;
    let folder = Folder::new();
    let failed = folder.file("failed.json", "of yesterday");
    let second_name = folder.path("second name");
    std::fs::hard_link(&failed, &second_name).unwrap();
    let options = ["--failed-out", failed.to_str().unwrap()];
    let run = send_to(&server.uri(), &options, &folder.file("payload.json", valid())).run();
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    assert!(run.stdout.contains("failed.json holds the failed items (1), and the access key.\n"), "{}", run.stdout);
    assert_eq!(folder.names(), ["failed.json", "payload.json", "second name"], "no temporary file stays");
    assert_eq!(std::fs::read(second_name).unwrap(), b"of yesterday", "the file was replaced, not written over");

    let written = Payload::from_json(&std::fs::read(&failed).unwrap()).unwrap();
    let sent = Payload::from_json(valid().as_bytes()).unwrap();
    assert_eq!(written, Payload { properties: vec![], transactions: sent.transactions[1..].to_vec(), ..sent });
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&failed).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn nothing_is_written_when_nothing_failed() {
    let sandbox = sandbox();
    let folder = Folder::new();
    let failed = folder.path("failed.json");
    let options = ["--failed-out", failed.to_str().unwrap()];
    let run = send_to(sandbox.url(), &options, &folder.file("payload.json", valid())).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(folder.names(), ["payload.json"]);
}

#[test]
fn what_cannot_be_used_ends_with_2_before_anything_is_sent() {
    let sandbox = sandbox();
    let folder = Folder::new();
    let file = folder.file("payload.json", valid()).into_os_string().into_string().unwrap();
    let missing = folder.path("missing.json").into_os_string().into_string().unwrap();
    let nowhere = folder.path("no/such/folder.json").into_os_string().into_string().unwrap();
    let taken = folder.path("").into_os_string().into_string().unwrap();
    let url = sandbox.url();
    for (arguments, named) in [
        (vec!["--env", url], "no file was named"),
        (vec![&file], "--env"),
        (vec!["--env", "http://qlower.example", &file], "plain http://"),
        (vec!["--env", "", &file], "environment"),
        (vec!["--env", "https://me:hunter2@qlower.example", &file], "must not hold a user name or password"),
        (vec!["--env", url, &missing], "missing.json cannot be read"),
        (vec!["--env", url, "--attempts", "many", &file], "many"),
        (vec!["--env", url, "--timeout", "0", &file], "timeout"),
        (vec!["--env", url, "--failed-out", &nowhere, &file], "folder.json cannot be written"),
        (vec!["--env", url, "--failed-out", &taken, &file], "is a directory"),
        (vec!["--env", url, &file, &file], "unexpected argument"),
    ] {
        let run = Program::new("send_file").args(&arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?} {run:?}");
        assert!(run.stderr.starts_with("send_file: ") && run.stderr.contains(named), "{arguments:?} {run:?}");
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
    assert!(sandbox.requests().is_empty());
}

/// Without a file that could be sent, and without the confirmation.
#[test]
fn production_is_never_an_accident() {
    for name in ["prod", "Production", "https://prod.api.qlower.com", "https://PROD.api.qlower.com.:443/elsewhere"] {
        let run = send_to(name, &[], Path::new("missing.json")).run();
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("--yes-production"), "{run:?}");
    }
    let run = send_to("prod", &["--yes-production"], Path::new("missing.json")).run();
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("missing.json cannot be read"), "{run:?}");
}

#[test]
fn a_refusal_ends_with_3() {
    let sandbox = sandbox();
    let run = send(&sandbox, &[], &with_header("sandbox", "k-wrong"));
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.starts_with("send_file: HTTP 400 ValueError"), "{run:?}");
    assert!(run.stderr.ends_with("\nNothing has happened at Qlower.\n"), "{run:?}");
    assert!(!run.stderr.contains("k-wrong") && !run.stdout.contains("k-wrong"), "{run:?}");
    assert_eq!(sandbox.requests()[0].outcome, Outcome::Answered(400));
}

#[test]
fn no_connection_ends_with_3() {
    let sandbox = sandbox();
    // It speaks no TLS.
    let url = sandbox.url().replace("http://", "https://");
    let folder = Folder::new();
    let run = send_to(&url, &["--attempts", "1"], &folder.file("payload.json", valid())).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.starts_with("send_file: no secure connection to "), "{run:?}");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn an_answer_that_never_came_ends_with_4() {
    for (fault, options, loaded) in [
        (Fault::ResetAfterProcessing, ["--attempts", "1", "--timeout", "60"], 2),
        (Fault::Timeout, ["--attempts", "1", "--timeout", "1"], 0),
    ] {
        let sandbox = sandbox();
        sandbox.fail_next(fault.clone());
        let run = send(&sandbox, &options, &valid());
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.stderr.contains("; the payload may have been processed"), "{run:?}");
        assert!(
            run.stderr.ends_with("\nSending it again does no harm: what exists is not created again.\n"),
            "{run:?}"
        );
        assert_eq!((sandbox.fired(), transactions(&sandbox)), (vec![fault], loaded));
    }
}

#[test]
fn what_passes_is_tried_again() {
    let sandbox = sandbox();
    sandbox.fail_next(Fault::ServiceUnavailable);
    let run = send(&sandbox, &[], &valid());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.contains("processed: 2 attempts, "), "{}", run.stdout);
    assert!(run.stdout.contains("An earlier attempt may have been processed too"), "{}", run.stdout);
    assert_eq!((sandbox.fired(), sandbox.requests().len()), (vec![Fault::ServiceUnavailable], 2));
}

#[test]
fn help_is_not_a_failure() {
    let run = Program::new("send_file").arg("--help").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("Usage: send_file --env ENV [OPTIONS] FILE"), "{}", run.stdout);
}
