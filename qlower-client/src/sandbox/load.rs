//! What happens to a payload.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use qlower_core::{CheckOptions, Finding, ModelName, check};
use serde_json::{Map, Value};

use super::answer::{Answer, Line, Refusal, Tally, created_at, in_paris};
use super::builder::Settings;
use super::reason;
use super::store::{LoadedItem, Store, account_key};
use super::tree::{Node, Tree};

const PARTNER: &str = "inigPtynm";
const API_KEY: &str = "apiKey";
const HEADER: [&str; 4] = [PARTNER, API_KEY, "creDtTm", "versionId"];

/// A request's body, read as JSON.
pub(super) enum Body<'b> {
    Json { bytes: &'b [u8], payload: Value },
    Malformed(String),
}

/// What a load comes to, before anything is kept.
pub(super) enum Verdict<'v> {
    Refused(Answer),
    Treated { partner: &'v str, tree: Tree<'v>, failures: Vec<Option<String>> },
}

impl<'b> Body<'b> {
    pub(super) fn read(bytes: &'b [u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(payload) => Self::Json { bytes, payload },
            Err(error) => Self::Malformed(format!("line {} column {}", error.line(), error.column())),
        }
    }

    /// The partner that the payload names, if it is one of the sandbox's. Other texts are withheld: one may be a key.
    pub(super) fn partner(&self, settings: &Settings) -> Option<String> {
        let Self::Json { payload, .. } = self else { return None };
        let name = payload.get(PARTNER)?.as_str()?;
        settings.partners.contains_key(name).then(|| name.to_owned())
    }

    /// Judges header and items, and keeps nothing.
    pub(super) fn judge(&self, settings: &Settings, now: DateTime<Utc>) -> Verdict<'_> {
        let refuse = |refusal, detail: &str| Verdict::Refused(Answer::refused(refusal, detail));
        let (bytes, value) = match self {
            Self::Json { bytes, payload } => (bytes, payload),
            Self::Malformed(place) => return refuse(Refusal::WrongFormat, place),
        };
        let Some(payload) = value.as_object() else {
            return refuse(Refusal::ValidationError, "Input should be a valid dictionary");
        };
        if let Some(key) = HEADER.iter().find(|key| !payload.contains_key(**key)) {
            return refuse(Refusal::KeyError, &format!("'{key}'"));
        }

        let today = settings.today.unwrap_or_else(|| in_paris(now).date_naive());
        // A finding takes more memory than the bytes that cause it. Items that are all wrong stay below this.
        let options = CheckOptions::on(today).max_findings(bytes.len() / 8 + 10_000);
        let report = check(bytes, &options);
        let tree = Tree::of(payload);
        let mut failures = vec![None; tree.nodes.len()];
        for finding in report.errors() {
            let owner = tree.owner(finding.pointer());
            match owner.and_then(|(at, rest)| Some((rest, tree.nodes.get(at)?, failures.get_mut(at)?))) {
                Some((rest, node, failure)) => {
                    _ = failure.get_or_insert_with(|| reason::sentence(node, rest, finding, value))
                }
                None => return refuse(Refusal::ValidationError, &whole(finding, value)),
            }
        }
        if report.omitted() > 0 || !report.is_complete() {
            return refuse(Refusal::ValidationError, "too many errors");
        }
        match authenticate(payload, settings) {
            Some(partner) => Verdict::Treated { partner, tree, failures },
            None => refuse(Refusal::ValueError, "unknown partner or wrong key"),
        }
    }
}

/// What is wrong with the payload as a whole.
fn whole(finding: &Finding, payload: &Value) -> String {
    let field = finding.pointer().trim_start_matches('/');
    let kind = qlower_core::Payload::MODEL.field(field).map(|field| field.kind);
    format!("Champ '{field}' invalide : {}", reason::reason(finding, kind, payload.pointer(finding.pointer())))
}

fn authenticate<'v>(payload: &'v Map<String, Value>, settings: &Settings) -> Option<&'v str> {
    let partner = payload.get(PARTNER)?.as_str()?;
    let key = payload.get(API_KEY)?.as_str()?;
    (settings.partners.get(partner)?.expose() == key).then_some(partner)
}

/// Keeps what did not fail, and answers.
pub(super) fn keep(tree: &Tree<'_>, failures: &[Option<String>], store: &mut Store, now: DateTime<Utc>) -> Answer {
    let mut lines = Vec::new();
    let mut tallies: BTreeMap<ModelName, Tally> = BTreeMap::new();
    let failed = |at: usize| failures.get(at).and_then(Option::as_ref);
    for (at, node) in tree.nodes.iter().enumerate() {
        // Of several failures around it, the outermost explains the others.
        let around = || tree.around(node).filter(|(at, _)| failed(*at).is_some()).last();
        let error = failed(at).cloned().or_else(|| around().map(|(_, around)| reason::along(node, around)));
        if let Some(error) = error {
            tallies.entry(node.name()).or_default().error += 1;
            lines.push(Line {
                model: node.name(),
                r#type: "ValidationError",
                error,
                created_at: created_at(now),
                id: node.id.clone(),
            });
        } else {
            if node.name() != ModelName::ClientEntry {
                tallies.entry(node.name()).or_default().success += 1;
            }
            create(tree, node, store);
        }
    }
    Answer::result(&tallies, &lines, now)
}

fn create(tree: &Tree<'_>, node: &Node<'_>, store: &mut Store) {
    let Some(id) = node.id.clone() else { return };
    if let Some(block) = node.account() {
        return store.create_account(account_key(&id), block);
    }
    let mut account = None;
    let mut parent = None;
    for (_, around) in tree.around(node) {
        let Some(id) = around.id.clone() else { continue };
        match around.name() {
            ModelName::ClientEntry => account = Some(account_key(&id)),
            model => _ = parent.get_or_insert((model, id)),
        }
    }
    if is_erasure(node) {
        return store.request_erasure(account, id);
    }
    if tree.around(node).any(|(_, around)| is_erasure(around)) {
        return;
    }
    store.create(LoadedItem { model: node.name(), id, account, parent, json: Value::Object(node.own_fields()) });
}

fn is_erasure(node: &Node<'_>) -> bool {
    node.name() == ModelName::Property
        && node.fields.and_then(|fields| fields.get("remove")).is_some_and(|remove| remove == "R")
}
