//! What people read of a fleet, in both languages.

use std::time::Duration;

use super::*;
use crate::ftp::{Error, Stage};

/// Files with mistakes of every kind.
const WRONG: [&str; 14] = [
    "[users.a]\nhost = 'h'\nuser = 'u'\npasword = 's3nt1nel-pass'\nodd-setting-of-nobody = 1\n",
    "[users.a]\nport = 'x'\npassword = 7\nhost_key = [1]\ninsecure = 1\ntimeout = 's'\nvariables = 3\nretry = true\n",
    "[users.a]\nhost = 'h'\nuser = 'u'\nprotocol = 'x'\ncharacters = 'x'\nport = 70000\ntimeout = 0\nretry.factor = 0.5\n",
    "[users.a]\nhost = 'h'\nuser = 'u'\npassword = 's3nt1nel-pass'\npassword_env = 'BLANK'\n",
    "[users.a]\nhost = 'h'\nuser = 'u'\npassword_env = 'NOT_THERE'\nca_bundle_file = 'not/there'\n",
    "[users.a]\nhost = 'h'\nuser = 'u'\npassword_env = ''\nkey_env = 'BLANK'\n",
    "[users.a]\nhost = 'h'\nuser = 'u'\narchive = '{vin.zip'\nfile = ''\n",
    "[users.a]\nvariables.x-y = 'z'\n",
    "[users.a]\n[customers.a]\nhost = 'h'\nuser = 'u'\n",
    "[customers.a]\nusers = 1\n[customers.'b/c']\n",
    "customers = 1\nuser.x = 2\n",
    "",
    "[users.a\n",
    "[users.a]\nhost = 'h'\nuser = 'u'\nca_bundle_file = '.'\nprotocol = 'sftp'\n",
];

#[test]
fn every_mistake_is_told_in_both_languages() {
    let mut seen = std::collections::BTreeSet::new();
    for text in WRONG {
        let error = parse(text).unwrap_err();
        for mistake in error.mistakes() {
            seen.insert(mistake.code);
            let [english, french] = [Lang::En, Lang::Fr].map(|lang| mistake.message(lang));
            assert!(!english.is_empty() && !french.is_empty() && english != french, "{mistake}");
            let line = mistake.text(Lang::Fr);
            assert_eq!(mistake.text(Lang::En), mistake.to_string());
            assert!(line.starts_with(&format!("ligne {}", mistake.line)) && line.ends_with(french), "{line}");
            let named = [Some(mistake.table.as_str()), mistake.key.as_deref()];
            assert!(named.iter().flatten().all(|name| line.contains(name)), "{line}");
            let json = serde_json::to_value(mistake).unwrap();
            assert_eq!((json["message"].as_str(), json["message_fr"].as_str()), (Some(english), Some(french)));
            assert_eq!(
                (json["code"].as_str(), json["line"].as_u64()),
                (Some(mistake.code.as_str()), Some(mistake.line as u64))
            );
        }
        let told = [error.message(Lang::En), error.message(Lang::Fr), serde_json::to_string(&error).unwrap()];
        assert!(told.iter().all(|text| !text.contains(SENTINEL)), "{told:?}");
        assert!(told[1].starts_with("flotte : ") && told[1].contains(" erreur"), "{}", told[1]);
    }
    let all = [
        MistakeCode::Syntax,
        MistakeCode::UnknownKey,
        MistakeCode::WrongType,
        MistakeCode::InvalidValue,
        MistakeCode::Missing,
        MistakeCode::Conflict,
        MistakeCode::Unreadable,
        MistakeCode::Template,
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn french_mistakes_read_as_they_should() {
    let error = parse(WRONG[0]).unwrap_err();
    let found: Vec<String> = error.mistakes().iter().map(|mistake| mistake.text(Lang::Fr)).collect();
    assert_eq!(
        found,
        [
            "ligne 4, [users.a] pasword : ce réglage n'existe pas ; vouliez-vous dire « password » ?",
            "ligne 5, [users.a] odd-setting-of-nobody : ce réglage n'existe pas",
        ]
    );
}

#[test]
fn a_mistake_is_one_line_whatever_a_key_is_called() {
    let long = "k".repeat(5000);
    let text = format!("[users.a]\nhost = 'h'\nuser = 'u'\n\"odd\\nkey\\u001b[31m\" = 1\n{long} = 1\n");
    let error = parse(&text).unwrap_err();
    let told: Vec<String> = error.mistakes().iter().map(|mistake| mistake.text(Lang::Fr)).collect();
    assert_eq!(told[0], "ligne 4, [users.a] odd\\nkey\\u{1b}[31m : ce réglage n'existe pas");
    assert_eq!(told[1], format!("ligne 5, [users.a] {}… : ce réglage n'existe pas", "k".repeat(120)));
    assert_eq!(error.message(Lang::En).lines().count(), 3);
    assert_eq!(error.mistakes()[1].key.as_deref(), Some(long.as_str()));
}

fn outcome(job: usize, destination: &str, result: JobResult) -> JobOutcome {
    let (waited, duration) = (Duration::ZERO, Duration::ZERO);
    JobOutcome { job, destination: destination.to_owned(), result, waited, duration, kept: None }
}

#[test]
fn a_summary_is_told_in_both_languages() {
    let failed = |failure| {
        let receipt = crate::ftp::Receipt::nothing();
        JobResult::Failed(Error::on_the_way(failure, "ftp.nord.example:21", receipt))
    };
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let mistakes = parse(WRONG[0]).unwrap_err().mistakes().to_vec();
    let one = |name: &str, results: Vec<JobResult>| DestinationOutcome {
        name: name.to_owned(),
        jobs: results.into_iter().enumerate().map(|(n, result)| outcome(n, name, result)).collect(),
    };
    let summary = FleetSummary {
        destinations: vec![
            one("sound", vec![JobResult::Delivered(crate::ftp::Receipt::nothing())]),
            one(
                "nord",
                vec![
                    failed(crate::ftp::failure::Failure::transport(Stage::Connect, refused)),
                    JobResult::NotTried(NotTried::Earlier { job: 0 }),
                    JobResult::NotTried(NotTried::Earlier { job: 0 }),
                ],
            ),
            one("sud", vec![JobResult::Stopped(TimeUp::Job(Duration::from_millis(2500)))]),
            one("est", vec![JobResult::Stopped(TimeUp::Deadline(Duration::from_secs(60)))]),
            one("ouest", vec![JobResult::NotTried(NotTried::Deadline(Duration::from_secs(60)))]),
            one("nrd", vec![JobResult::NotTried(NotTried::Unknown { suggestion: Some("nord".to_owned()) })]),
            one("a", vec![JobResult::NotTried(NotTried::Mistakes(mistakes))]),
        ],
        duration: Duration::from_millis(1550),
        most_connections: 3,
    };
    let [english, french] = [Lang::En, Lang::Fr].map(|lang| summary.text(lang));
    assert_eq!(english, summary.to_string());
    assert_eq!(english.lines().count(), french.lines().count());
    assert_eq!(
        french,
        "\
1 destination complète sur 7 : 1 envoi livré sur 9, 0 fichier, 0 octet, en 1,6 s
  nord       0/3  envoi 0 : pas de connexion à ftp.nord.example:21 : connexion refusée : personne n'écoute à cette adresse (à retenter plus tard)
                  envoi 1, 2 : non tenté, car l'envoi 0 de la même destination n'a pas pu se connecter
  sud        0/1  envoi 0 : arrêté : la livraison a duré plus de 2,5 s (à retenter plus tard)
  est        0/1  envoi 0 : arrêté : l'ensemble a duré plus de 60 s (à retenter plus tard)
  ouest      0/1  envoi 0 : non tenté : l'ensemble a duré plus de 60 s (à retenter plus tard)
  nrd        0/1  envoi 0 : la flotte n'a pas de destination de ce nom ; vouliez-vous dire « nord » ? (nom de la destination à corriger)
  a          0/1  envoi 0 : inutilisable : ligne 4, [users.a] pasword : ce réglage n'existe pas ; vouliez-vous dire « password » ? ; ligne 5, [users.a] odd-setting-of-nobody : ce réglage n'existe pas (fichier de la flotte à corriger)
"
    );
    let json = serde_json::to_value(&summary).unwrap();
    for (destination, outcome) in summary.destinations().iter().zip(json["destinations"].as_array().unwrap()) {
        for (outcome, told) in destination.jobs.iter().zip(outcome["jobs"].as_array().unwrap()) {
            let error = &told["error"];
            assert_eq!(error["message"].as_str().map(str::to_owned), outcome.reason(Lang::En));
            assert_eq!(error["message_fr"].as_str().map(str::to_owned), outcome.reason(Lang::Fr));
            assert_eq!(error["advice"].as_str().map(str::to_owned), outcome.advice(Lang::En));
            assert_eq!(error["advice_fr"].as_str().map(str::to_owned), outcome.advice(Lang::Fr));
            assert_eq!(error.is_object(), error.get("advice").is_some(), "null where there is none");
        }
    }
    assert!(![english, french, json.to_string()].concat().contains(SENTINEL));
}
