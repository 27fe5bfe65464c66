//! What was loaded, and what tests ask about it.

use std::collections::HashSet;
use std::sync::Arc;

use qlower_core::ModelName;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One created item: what its first load said.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedItem {
    pub(super) model: ModelName,
    pub(super) id: String,
    pub(super) account: Option<String>,
    pub(super) parent: Option<(ModelName, String)>,
    pub(super) json: Value,
}

impl LoadedItem {
    /// Which model it is of.
    #[must_use]
    pub const fn model(&self) -> ModelName {
        self.model
    }

    /// The partner's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// E-mail address of the account it was loaded for, in lower case; `None` in the flat layout.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Model and id of the item inside which it stood.
    #[must_use]
    pub fn parent(&self) -> Option<(ModelName, &str)> {
        self.parent.as_ref().map(|(model, id)| (*model, id.as_str()))
    }

    /// The item in its wire form, as it was first sent, without the arrays of items inside it: those are items of their own.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.json
    }

    /// The item as a typed model.
    ///
    /// # Errors
    /// If `T` is not the type of [`LoadedItem::model`].
    ///
    /// ```no_run
    /// # fn f(loaded: qlower_client::sandbox::Loaded) -> Option<()> {
    /// use qlower_core::{ModelName, Transaction};
    ///
    /// let rent: Transaction = loaded.get(ModelName::Transaction, "T1")?.read().ok()?;
    /// # Some(()) }
    /// ```
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.json)
    }
}

/// One account of the `clients` layout: what its first load said.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedAccount {
    pub(super) email: String,
    pub(super) json: Value,
}

impl LoadedAccount {
    /// E-mail address, in lower case: that is what identifies an account here.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The `client` block that created it.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.json
    }
}

/// What a partner had loaded at one moment, in the order of creation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    items: Vec<Arc<LoadedItem>>,
    accounts: Vec<Arc<LoadedAccount>>,
    erasures: Vec<(Option<String>, String)>,
}

impl Loaded {
    /// Whether nothing was created.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.accounts.is_empty()
    }

    /// How many items there are, of all models.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// How many items of one model there are.
    #[must_use]
    pub fn count(&self, model: ModelName) -> usize {
        self.items().filter(|item| item.model == model).count()
    }

    /// Every item.
    pub fn items(&self) -> impl Iterator<Item = &LoadedItem> {
        self.items.iter().map(|item| &**item)
    }

    /// One item. Where several accounts use the same id, that of the first; see [`Loaded::of_account`].
    #[must_use]
    pub fn get(&self, model: ModelName, id: &str) -> Option<&LoadedItem> {
        self.items().find(|item| item.model == model && item.id == id)
    }

    /// Only what was loaded for one account of the `clients` layout, by its e-mail address in any case.
    #[must_use]
    pub fn of_account(&self, email: &str) -> Self {
        let email = account_key(email);
        let mut own = self.clone();
        own.items.retain(|item| item.account.as_deref() == Some(&*email));
        own.accounts.retain(|account| account.email == email);
        own.erasures.retain(|(account, _)| account.as_deref() == Some(&*email));
        own
    }

    /// The accounts that the `clients` layout created.
    pub fn accounts(&self) -> impl Iterator<Item = &LoadedAccount> {
        self.accounts.iter().map(|account| &**account)
    }

    /// Ids of the properties whose erasure was asked for, in order; an id twice if it was asked for twice.
    pub fn erasure_requests(&self) -> impl Iterator<Item = &str> {
        self.erasures.iter().map(|(_, id)| id.as_str())
    }
}

/// What identifies an account.
pub(super) fn account_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// All that one partner has loaded. Nothing in it is ever changed or removed.
#[derive(Debug, Default)]
pub(super) struct Store {
    loaded: Loaded,
    known: HashSet<(Option<String>, ModelName, String)>,
    known_accounts: HashSet<String>,
}

impl Store {
    pub(super) fn snapshot(&self) -> Loaded {
        self.loaded.clone()
    }

    /// Creates an item unless its id is known.
    pub(super) fn create(&mut self, item: LoadedItem) {
        if self.known.insert((item.account.clone(), item.model, item.id.clone())) {
            self.loaded.items.push(Arc::new(item));
        }
    }

    /// Creates an account unless its e-mail address is known.
    pub(super) fn create_account(&mut self, email: String, block: &Map<String, Value>) {
        if self.known_accounts.insert(email.clone()) {
            self.loaded.accounts.push(Arc::new(LoadedAccount { email, json: Value::Object(block.clone()) }));
        }
    }

    pub(super) fn request_erasure(&mut self, account: Option<String>, id: String) {
        self.loaded.erasures.push((account, id));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(account: Option<&str>, id: &str, amount: i32) -> LoadedItem {
        LoadedItem {
            model: ModelName::Transaction,
            id: id.into(),
            account: account.map(Into::into),
            parent: None,
            json: json!({ "id": id, "amt": amount }),
        }
    }

    #[test]
    fn what_was_created_first_stays() {
        let mut store = Store::default();
        store.create(item(None, "T", 1));
        store.create(item(None, "T", 2));
        let loaded = store.snapshot();
        assert_eq!(
            (loaded.len(), loaded.get(ModelName::Transaction, "T").unwrap().json()),
            (1, &json!({ "id": "T", "amt": 1 }))
        );
    }

    #[test]
    fn accounts_and_models_have_ids_of_their_own() {
        let mut store = Store::default();
        store.create(item(None, "T", 1));
        store.create(item(Some("a@example.com"), "T", 2));
        store.create(item(Some("b@example.com"), "T", 3));
        store.create(LoadedItem { model: ModelName::Document, ..item(None, "T", 4) });
        let loaded = store.snapshot();
        assert_eq!((loaded.len(), loaded.count(ModelName::Transaction)), (4, 3));
        let own = loaded.of_account("B@example.com");
        assert_eq!((own.len(), &own.items().next().unwrap().json()["amt"]), (1, &json!(3)));
    }

    #[test]
    fn a_snapshot_does_not_move() {
        let mut store = Store::default();
        let before = store.snapshot();
        store.create(item(None, "T", 1));
        assert!(before.is_empty());
        assert!(!store.snapshot().is_empty());
    }

    #[test]
    fn an_item_reads_as_its_model_alone() {
        let item = item(None, "T", 1);
        assert_eq!(item.read::<qlower_core::Transaction>().unwrap().amount, 1.into());
        assert!(item.read::<Vec<u8>>().is_err());
    }
}
