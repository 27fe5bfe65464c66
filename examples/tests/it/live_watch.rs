use super::program::Program;

#[test]
fn it_examines_watches_and_recovers() {
    let run = Program::new("live_watch").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let starts = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(
        lines[0],
        "Not ready for the map: the document has no power, but current_power; current_power leads to a number"
    );
    for (start, times) in [
        ("✓ Authentication", 1),
        ("✓ Browser's question (preflight)", 1),
        ("✗", 0),
        ("All that is demanded is met.", 1),
        ("101 watch.", 1),
        ("0 watch: no more polls.", 1),
    ] {
        assert_eq!(starts(start), times, "{start}\n{}", run.stdout);
    }
    let shown: Vec<&str> = lines.iter().skip_while(|line| **line != "101 watch.").skip(1).copied().collect();
    let readings = shown.iter().filter(|line| line.starts_with("⚡ 4") && line.ends_with(" MW")).count();
    let failed = shown.iter().position(|line| line.starts_with("Erreur de connexion [127.0.0.1:"));
    let failed = failed.unwrap_or_else(|| panic!("{}", run.stdout));
    assert!(
        readings >= 2 && failed > 0 && shown[failed + 1..].iter().any(|line| line.starts_with('⚡')),
        "{}",
        run.stdout
    );
    assert!(
        shown[failed].contains("a répondu HTTP 503 : indisponible pour l'instant ; dernière valeur : 4"),
        "{}",
        shown[failed]
    );
    assert!(!run.stdout.contains("k-solaire-sud"));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let run = Program::new("live_watch").run_into_broken_pipe();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}
