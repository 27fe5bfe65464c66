//! From an error of a reply to the item that was sent.

use std::collections::{HashMap, HashSet};

use super::ItemError;
use crate::model::{ClientEntry, ItemRef, ModelName, Payload};

/// What an error is about.
pub(super) struct Found<'p> {
    pub(super) model: ModelName,
    pub(super) id: &'p str,
    /// All places where it may stand.
    pub(super) pointers: Vec<String>,
    /// The indices, if it is an entry of `clients` or its account.
    pub(super) clients: Vec<usize>,
}

/// Finds the item of each error, in the order of the errors.
pub(super) fn find<'p>(errors: &[ItemError], payload: &'p Payload) -> Vec<Option<Found<'p>>> {
    let wanted: HashSet<&str> = errors.iter().filter_map(ItemError::matched_id).collect();
    let mut by_id: HashMap<&str, Vec<ItemRef<'p>>> = HashMap::new();
    if !wanted.is_empty() {
        for item in payload.items().filter(|item| wanted.contains(item.id)) {
            by_id.entry(item.id).or_default().push(item);
        }
    }
    let mut by_email: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, entry) in payload.clients.iter().enumerate() {
        by_email.entry(email_key(entry.client.email.as_str())).or_default().push(at);
    }
    let one = |error: &ItemError| {
        let id = error.matched_id()?;
        match error.model() {
            Some(model @ (ModelName::ClientEntry | ModelName::ClientAccount)) => {
                client(model, id, &by_email, &payload.clients)
            }
            model => item(model, by_id.get(id)?),
        }
    };
    errors.iter().map(one).collect()
}

/// The items of a model with this id. Without a model, the id must not be used by two of them.
fn item<'p>(model: Option<ModelName>, same_id: &[ItemRef<'p>]) -> Option<Found<'p>> {
    let model = match model {
        Some(model) => model,
        None => {
            let first = same_id.first()?.model;
            same_id.iter().all(|item| item.model == first).then_some(first)?
        }
    };
    let of_model = || same_id.iter().filter(|item| item.model == model);
    let id = of_model().next()?.id;
    Some(Found { model, id, pointers: of_model().map(|item| item.pointer.clone()).collect(), clients: Vec::new() })
}

/// Entries are known by the account's e-mail address, or by their index.
fn client<'p>(
    model: ModelName,
    id: &str,
    by_email: &HashMap<String, Vec<usize>>,
    entries: &'p [ClientEntry],
) -> Option<Found<'p>> {
    let by_index = || id.trim().parse().ok().map(|at| vec![at]);
    let clients = by_email.get(&email_key(id)).cloned().or_else(by_index)?;
    let entry = entries.get(*clients.first()?)?;
    let inside = if model == ModelName::ClientAccount { "/client" } else { "" };
    let pointers = clients.iter().map(|at| format!("/{}/{at}{inside}", ModelName::ClientEntry)).collect();
    Some(Found { model, id: entry.client.email.as_str(), pointers, clients })
}

fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}
