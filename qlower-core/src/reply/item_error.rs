//! What failed with one item.

use std::fmt;

use serde_json::Value;

use super::excerpt::one_line;
use super::lenient::{any_text, some_text};
use super::mask::Mask;
use super::sentence;
use super::tie::Found;
use crate::model::{MODELS, ModelName};
use crate::secret::ApiKey;
use crate::split::Part;

/// One entry of `errors`: an item that was not loaded, and why.
///
/// Texts are the server's, with the access key masked. After [`Reply::tie`](super::Reply::tie) it knows the item that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemError {
    pub(super) model_name: String,
    pub(super) model: Option<ModelName>,
    pub(super) kind: Option<String>,
    pub(super) message: String,
    pub(super) created_at: Option<String>,
    pub(super) id: Option<String>,
    /// The id by which what was sent is found, where that is another one: the one that came, before masking, or the index of an
    /// entry of `clients` in the whole.
    pub(super) unmasked_id: Option<ApiKey>,
    pub(super) field: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) sent: Option<Sent>,
}

impl ItemError {
    /// Reads one entry, whatever it is: nothing that the server lists is left out.
    pub(super) fn read(entry: &Value, mask: &Mask) -> Self {
        let unmasked_id = some_text(entry.get("id"));
        let mut entry = entry.clone();
        mask.value(&mut entry);
        let message = match entry.as_object() {
            Some(fields) => {
                any_text(fields.get("error")).or_else(|| any_text(fields.get("message"))).unwrap_or_default()
            }
            None => any_text(Some(&entry)).unwrap_or_default(),
        };
        let id = unmasked_id.as_deref().map(|id| mask.text(id).into_owned());
        let sentence = sentence::read(&message, id.as_deref());
        let named = sentence.as_ref().and_then(|sentence| sentence.model).unwrap_or_default();
        let model_name = some_text(entry.get("model")).unwrap_or_else(|| named.to_owned());
        let from_sentence = sentence.as_ref().and_then(|sentence| sentence.id).map(str::to_owned);
        Self {
            model: model_of(&model_name),
            model_name,
            kind: some_text(entry.get("type")),
            created_at: some_text(entry.get("created_at")),
            unmasked_id: unmasked_id.filter(|unmasked| id.as_ref() != Some(unmasked)).map(ApiKey::from),
            id: id.or(from_sentence),
            field: sentence.as_ref().map(|sentence| sentence.field.to_owned()),
            reason: sentence.as_ref().and_then(|sentence| sentence.reason).map(str::to_owned),
            sent: None,
            message,
        }
    }

    /// The model as the server names it, `transactions` for instance; empty if it does not.
    #[must_use]
    pub fn model_name(&self) -> &str {
        &self.model_name
    }

    /// The model, if this edition knows the name.
    #[must_use]
    pub const fn model(&self) -> Option<ModelName> {
        self.model
    }

    /// The kind of error, `ValidationError` for instance; wire key `type`.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The server's sentence, in French; wire key `error`. What is no text there is given as JSON.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When the error was noted, as it was written. It is no reliable instant: see [`Reply::end_date`](super::Reply::end_date).
    #[must_use]
    pub fn created_at(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    /// The partner's id of the item, a number as its text. If the entry has none, the one in the sentence.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Wire key of the field that is wrong, where the sentence names one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What is wrong with it: the end of the sentence, `Field required` for instance, where the sentence has the known form.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The item that was sent; `None` before [`Reply::tie`](super::Reply::tie), and if no such item was sent.
    #[must_use]
    pub const fn sent(&self) -> Option<&Sent> {
        self.sent.as_ref()
    }

    /// JSON Pointer to the wrong field of the sent item if it is known, else to the item.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        self.sent.as_ref().map(|sent| sent.field_pointer().unwrap_or(sent.pointer()))
    }

    pub(super) fn matched_id(&self) -> Option<&str> {
        self.unmasked_id.as_ref().map(ApiKey::expose).or(self.id.as_deref())
    }

    /// The same error, about the whole of which the payload was a part.
    pub(super) fn in_whole(&self, part: &Part) -> Self {
        let mut error = self.clone();
        let Some(sent) = &self.sent else { return error };
        let pointers: Option<Vec<String>> =
            sent.pointers.iter().map(|pointer| part.pointer_in_whole(pointer)).collect();
        let field_pointer = sent.field_pointer.as_deref().and_then(|pointer| part.pointer_in_whole(pointer));
        error.sent = pointers.map(|pointers| Sent { pointers, field_pointer, ..sent.clone() });
        let by_index = self.matched_id().is_some_and(|id| id.trim().parse::<usize>().is_ok());
        if matches!(sent.model, ModelName::ClientEntry | ModelName::ClientAccount) && by_index {
            let entry = error.pointer().and_then(|pointer| pointer.split('/').nth(2)).map(ApiKey::from);
            error.unmasked_id = entry.or(error.unmasked_id);
        }
        error
    }

    pub(super) fn tie(&mut self, found: Option<Found<'_>>, mask: &Mask) {
        self.sent = found.map(|found| {
            let within = self.field.as_deref().and_then(|field| path_of_field(found.model, field));
            let field_pointer =
                found.pointers.first().zip(within).map(|(pointer, within)| format!("{pointer}/{within}"));
            Sent { model: found.model, id: mask.text(found.id).into_owned(), pointers: found.pointers, field_pointer }
        });
    }
}

impl fmt::Display for ItemError {
    /// Model, id and the server's sentence on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [Some(self.model_name.as_str()), self.id.as_deref()];
        let item: Vec<String> = named.into_iter().flatten().map(one_line).filter(|text| !text.is_empty()).collect();
        let message = one_line(&self.message);
        match (item.is_empty(), message.is_empty()) {
            (true, _) => f.write_str(&message),
            (false, true) => f.write_str(&item.join(" ")),
            (false, false) => write!(f, "{}: {message}", item.join(" ")),
        }
    }
}

/// The item of the payload that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub(super) model: ModelName,
    pub(super) id: String,
    pub(super) pointers: Vec<String>,
    pub(super) field_pointer: Option<String>,
}

impl Sent {
    /// Its model.
    #[must_use]
    pub const fn model(&self) -> ModelName {
        self.model
    }

    /// Its id; of an entry of `clients`, the e-mail address of the account.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// JSON Pointer (RFC 6901) to it in the payload; to the first one if there are several.
    #[must_use]
    pub fn pointer(&self) -> &str {
        self.pointers.first().map(String::as_str).unwrap_or_default()
    }

    /// Pointers to all items that it may be, in the order of the payload. There are several if the id stands under two clients,
    /// or twice: the server does not tell them apart.
    #[must_use]
    pub fn pointers(&self) -> &[String] {
        &self.pointers
    }

    /// JSON Pointer to the wrong field (where it would stand, if it is missing), if the error names a field that the model has.
    #[must_use]
    pub fn field_pointer(&self) -> Option<&str> {
        self.field_pointer.as_deref()
    }
}

/// `transactions`, and the names that a server might use as well: `Transaction`, `transaction`.
pub(super) fn model_of(name: &str) -> Option<ModelName> {
    let name = name.trim();
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    ModelName::ALL
        .into_iter()
        .find(|model| is(model.as_str()))
        .or_else(|| ModelName::ALL.into_iter().find(|model| is(model.type_name())))
}

/// Path of a field in its item. Wire keys need no escaping in a pointer.
fn path_of_field(model: ModelName, field: &str) -> Option<String> {
    let key = |model: ModelName| MODELS.iter().find(|known| known.name == model)?.field(field).map(|known| known.key);
    let of_account = || key(ModelName::ClientAccount).map(|key| format!("{}/{key}", ModelName::ClientAccount));
    key(model).map(str::to_owned).or_else(|| if model == ModelName::ClientEntry { of_account() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wire_key_needs_escaping_in_a_pointer() {
        let mut keys = MODELS.iter().flat_map(|model| model.fields).map(|field| field.key);
        assert!(keys.all(|key| !key.contains(['~', '/'])));
    }

    #[test]
    fn models_are_known_by_several_names() {
        assert_eq!(model_of("transactions"), Some(ModelName::Transaction));
        assert_eq!(model_of(" Property "), Some(ModelName::Property));
        assert_eq!(model_of("client"), Some(ModelName::ClientAccount));
        assert_eq!(model_of("leases"), None);
        assert_eq!(model_of(""), None);
    }

    #[test]
    fn a_field_of_the_account_is_found_from_the_entry() {
        assert_eq!(path_of_field(ModelName::ClientEntry, "email").as_deref(), Some("client/email"));
        assert_eq!(path_of_field(ModelName::ClientEntry, "documents").as_deref(), Some("documents"));
        assert_eq!(path_of_field(ModelName::Transaction, "id-prty").as_deref(), Some("id-prty"));
        assert_eq!(path_of_field(ModelName::Transaction, "email"), None);
    }
}
