//! What holds for every template, file and variable.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono::NaiveDateTime;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use qlower_core::Lang;
use qlower_core::naming::{Characters, Names, NamingCode, Rule, Rules, Source, Template, Variables, plan};

fn at() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(17, 45, 8).unwrap()
}

/// Mostly readable, with what is odd in between.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => "[a-zA-Z0-9_-]{1,6}",
        2 => "[ .~:?*<>|\"é漢]{1,2}",
        1 => select(vec!["..", "/", "\\", "con", "NUL.", "\r\n", "\0", "\u{202e}", "\u{fffd}", "e\u{301}", "ſ", "İ"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn template() -> impl Strategy<Value = String> {
    let name =
        select(vec!["n", "name", "stem", "ext", "hash", "date", "time", "partner", "vin", "lot", "vim", "", "é"]);
    let format = select(vec!["", ":02", ":3", ":lower", ":upper", ":8:upper", ":x", ":", ":00"]);
    let part = prop_oneof![
        5 => (name, format).prop_map(|(name, format)| format!("{{{name}{format}}}")),
        3 => "[a-zA-Z0-9_.-]{1,5}",
        2 => Just("/".to_owned()),
        1 => select(vec!["{{", "}}", "{", "}", "..", "//"]).prop_map(str::to_owned),
        1 => text(),
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// One that is a template, unless it is odd.
fn decent() -> impl Strategy<Value = String> {
    let part = select(vec![
        "{n}",
        "{n:03}",
        "{name}",
        "{stem}",
        "{vin}",
        "{vin:4}",
        "{lot:upper}",
        "{date}",
        "a",
        "b.c",
        "/",
        "-",
    ]);
    vec(part, 1..5).prop_map(|parts| parts.concat())
}

type Files = Vec<(String, Option<String>, Option<String>)>;

fn files() -> impl Strategy<Value = Files> {
    vec((text(), proptest::option::of("[0-9a-f]{64}"), proptest::option::weighted(0.2, text())), 0..6)
}

fn characters() -> impl Strategy<Value = Characters> {
    select(Characters::ALL.to_vec())
}

fn sources(files: &Files) -> Vec<Source<'_>> {
    files
        .iter()
        .map(|(name, hash, partner)| Source::new(name).sha256(hash.as_deref()).partner(partner.as_deref()))
        .collect()
}

/// What no server may be asked for.
fn is_sound(path: &str, characters: Characters) -> Result<(), TestCaseError> {
    prop_assert!(!path.is_empty() && path.len() <= 1_024, "{path:?}");
    prop_assert!(!path.contains(|c: char| c.is_control() || matches!(c, '\\' | '\u{fffd}' | '\u{202e}')), "{path:?}");
    prop_assert!(!path.starts_with('~'), "{path:?}");
    for segment in path.split('/') {
        prop_assert!(!matches!(segment, "" | "." | "..") && segment.len() <= 255, "{path:?}");
        prop_assert_eq!(segment.trim(), segment);
        if matches!(characters, Characters::Windows | Characters::Portable) {
            prop_assert!(!segment.contains(['<', '>', ':', '"', '|', '?', '*']) && !segment.ends_with('.'), "{path:?}");
            let stem = segment.split('.').next().unwrap().trim_end().to_ascii_lowercase();
            prop_assert!(!matches!(&*stem, "con" | "nul" | "prn" | "aux" | "com1" | "lpt1"), "{path:?}");
        }
        if characters == Characters::Ascii {
            prop_assert!(segment.is_ascii(), "{path:?}");
        }
        if characters == Characters::Portable {
            prop_assert!(segment.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{path:?}");
        }
    }
    Ok(())
}

fn are_sound(names: &Names, count: usize, characters: Characters) -> Result<(), TestCaseError> {
    prop_assert_eq!(names.files.len(), count);
    let beside: Vec<_> = names.archive.iter().chain(&names.side_file).collect();
    let all = names.files.iter().chain(beside.iter().copied()).chain(&names.directory);
    all.clone().try_for_each(|path| is_sound(path, characters))?;
    let fold = |path: &String| match characters {
        Characters::Windows | Characters::Portable => path.to_lowercase(),
        _ => path.clone(),
    };
    let mut files: BTreeSet<_> = names.files.iter().map(fold).collect();
    prop_assert_eq!(files.len(), count, "{:?}", names);
    if names.archive.is_none() {
        files.extend(beside.iter().copied().map(fold));
        prop_assert_eq!(files.len(), count + beside.len(), "{:?}", names);
    }
    for name in &files {
        let is_folder = |(slash, _): (usize, &str)| files.contains(&name[..slash]);
        prop_assert!(!name.match_indices('/').any(is_folder), "{:?}", names);
    }
    if let Some(directory) = &names.directory {
        let mut inside = beside.into_iter().chain(names.files.iter().filter(|_| names.archive.is_none()));
        prop_assert!(inside.all(|name| name.starts_with(&format!("{directory}/"))), "{:?}", names);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_is_planned_is_sound_and_whatever_is_not_says_why(
        directory in proptest::option::of(template()), file in proptest::option::of(template()),
        archive in proptest::option::of(template()), side_file in proptest::option::of(template()),
        characters in characters(), files in files(), variables in btree_map(select(vec!["vin", "lot", "date", "n"]), text(), 0..4),
    ) {
        let texts = [(Rule::Directory, &directory), (Rule::File, &file), (Rule::Archive, &archive), (Rule::SideFile, &side_file)];
        let texts = texts.iter().filter_map(|(rule, text)| Some((*rule, text.as_deref()?)));
        let (sources, variables) = (sources(&files), Variables::from_iter(variables));
        let planned = Rules::default().characters(characters).with(texts.clone())
            .and_then(|rules| plan(&rules, &sources, &variables, at()));
        match planned {
            Ok(names) => are_sound(&names, files.len(), characters)?,
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    let template = error.rule().and_then(|rule| texts.clone().find(|(given, _)| *given == rule));
                    let length = template.map_or("{name}".len(), |(_, text)| text.chars().count());
                    prop_assert!(error.position().is_none_or(|position| (1..=length).contains(&position)), "{:?}", error);
                    prop_assert!(error.file().is_none_or(|file| file < files.len()), "{:?}", error);
                    for lang in [Lang::En, Lang::Fr] {
                        prop_assert!(!error.message(lang).contains(char::is_control), "{:?}", error);
                    }
                    let json: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
                    prop_assert_eq!(json["code"].as_str(), Some(error.code().as_str()));
                }
            }
        }
    }

    #[test]
    fn plain_rules_give_plain_names(
        directory in proptest::option::of(decent()), file in decent(), names in vec("[a-z]{1,4}\\.[a-z]{3}", 1..5),
        vin in "[A-Z0-9]{1,17}", lot in "[a-z]{1,3}",
    ) {
        let texts = [(Rule::File, Some(&file)), (Rule::Directory, directory.as_ref())];
        let texts = texts.iter().filter_map(|(rule, text)| Some((*rule, text.map(String::as_str)?)));
        let sources: Vec<_> = names.iter().map(|name| Source::new(name)).collect();
        let variables = Variables::from([("vin", &vin), ("lot", &lot)]);
        if let Ok(rules) = Rules::parse(texts) && let Ok(planned) = plan(&rules, &sources, &variables, at()) {
            are_sound(&planned, names.len(), Characters::Windows)?;
            if file.contains("{vin}") {
                prop_assert!(planned.files.iter().all(|name| name.contains(&vin)));
            }
            let again = plan(&rules, &sources, &variables, at());
            prop_assert_eq!(again, Ok(planned));
        }
    }

    #[test]
    fn a_template_is_read_as_it_was_written(text in template()) {
        match Template::parse(&text) {
            Ok(template) => {
                prop_assert_eq!(template.to_string(), text.clone());
                prop_assert_eq!(text.parse(), Ok(template));
            }
            Err(error) => prop_assert!(error.position().unwrap_or(1) <= text.chars().count().max(1)),
        }
    }

    #[test]
    fn doubled_braces_make_any_text_a_template(text in "[a-z{}]{1,30}") {
        let template = text.replace('{', "{{").replace('}', "}}");
        let rules = Rules::parse([(Rule::File, &*template)]).unwrap();
        let names = plan(&rules, &[Source::new("a")], &Variables::new(), at());
        match names {
            Ok(names) => prop_assert_eq!(&names.files[0], &text),
            Err(_) => prop_assert!(matches!(&*text, "con" | "nul" | "prn" | "aux"), "{}", text),
        }
    }
}

#[test]
fn a_rule_that_was_put_in_by_hand_is_looked_at_as_well() {
    let archive = Template::parse("{n}.zip").unwrap();
    let rules = Rules { archive: Some(archive), ..Rules::default() };
    let errors = plan(&rules, &[Source::new("a")], &Variables::new(), at()).unwrap_err();
    assert_eq!(errors[0].code(), NamingCode::PerFileVariable);
    assert_eq!((errors[0].rule(), errors[0].position()), (Some(Rule::Archive), Some(1)));
    assert_eq!(errors.len(), 1);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
fn a_value_may_be_long_and_stand_often_without_much_being_written() {
    let rules = Rules::parse([(Rule::File, &*"{vin}".repeat(800))]).unwrap();
    let vin = "x".repeat(1 << 20);
    let start = std::time::Instant::now();
    let sources = [Source::new("a"), Source::new("b")];
    let errors = plan(&rules, &sources, &Variables::from([("vin", vin)]), at()).unwrap_err();
    assert_eq!(errors[0].code(), NamingCode::PathTooLong);
    assert!(errors[0].message(Lang::En).chars().count() < 200);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
fn ten_thousand_files_are_named_in_no_time() {
    let rules = Rules::parse([(Rule::File, "{vin}/{n:05}_{name}")]).unwrap();
    let sources = vec![Source::new("IMG.jpg"); 10_000];
    let start = std::time::Instant::now();
    let names = plan(&rules, &sources, &Variables::from([("vin", "VF1")]), at()).unwrap();
    assert_eq!(names.files[9_999], "VF1/10000_IMG.jpg");
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
