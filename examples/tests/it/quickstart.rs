use super::program::Program;

#[test]
fn it_reads_checks_sends_and_tells() {
    let run = Program::new("quickstart").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let times = |expected: &str| lines.iter().filter(|line| **line == expected).count();

    for line in [
        "The books of a letting agency, from CSV files to Qlower.",
        "error[invalid_siret]: \"8543010820001\" is not a SIRET: 14 digits.",
        "  = did you mean: 1250.00",
        "11 errors, 5 warnings: not valid, nothing may be sent (rules 2.0/2.2, 2026-08)",
        "Refused, nothing has left: the payload has 11 errors; first: \"8543010820001\" is not a SIRET: 14 digits.",
        "0 errors, 2 warnings: valid (rules 2.0/2.2, 2026-08)",
        "attempts   1",
        "attempts   2, and an earlier one may have been processed too",
        "bucket     ql-loader-stg-sandbox",
        "4 loads were treated, and there are still 6500 items: what exists is not created again.",
    ] {
        assert_eq!(times(line), 1, "{line}\n{}", run.stdout);
    }
    for line in [
        "Checked: declarants 40, associates 90, properties 120, transactions 6000, documents 250.",
        "6500 in all, 6500 accepted, 0 failed",
        "  transactions   6000 accepted, 0 failed",
        "sandbox    40 declarants, 90 associates, 120 properties, 6000 transactions, 250 documents",
    ] {
        let expected = if line.starts_with("sandbox") { 3 } else { 2 };
        assert_eq!(times(line), expected, "{line}\n{}", run.stdout);
    }
    assert_eq!(times("certainty  processed"), 3, "{}", run.stdout);
    let moved = lines.iter().filter(|line| line.starts_with("outcome    success (success/loader-"));
    assert_eq!(moved.count(), 1, "{}", run.stdout);
    assert!(!run.stdout.contains('\x1b'), "no colours in a pipe");
    assert!(!run.stdout.contains(env!("CARGO_MANIFEST_DIR")), "no path of this machine");
    assert!(!run.stdout.contains("sandbox-key"));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let run = Program::new("quickstart").run_into_broken_pipe();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}
