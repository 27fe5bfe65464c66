//! A snapshot of what a partner has loaded.

use napi_derive::napi;
use qlower_client::core::model::ModelName;
use qlower_client::sandbox::{Loaded, LoadedItem};
use serde::Serialize;
use serde_json::Value;

use crate::fault::{Fault, Outcome, guard};

/// What a partner had loaded at one moment. What it tells is JSON.
#[napi]
#[derive(Debug)]
pub struct SandboxLoaded(Loaded);

#[napi]
impl SandboxLoaded {
    /// How many items there are, of all models.
    #[napi]
    pub fn size(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Whether neither an item nor an account was created.
    #[napi]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Some items: from one on, so many.
    #[napi]
    pub fn items(&self, from: u32, count: u32) -> Outcome<String> {
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        guard(|| {
            let some = self.0.items().skip(number(from)).take(number(count));
            json(&some.map(Told::from).collect::<Vec<_>>())
        })
    }

    /// How many items of a model there are.
    #[napi]
    pub fn count(&self, name: String) -> Outcome<u32> {
        guard(|| Ok(u32::try_from(self.0.count(model(&name)?)).unwrap_or(u32::MAX)))
    }

    /// One item.
    #[napi]
    pub fn get(&self, name: String, id: String) -> Outcome<Option<String>> {
        guard(|| self.0.get(model(&name)?, &id).map(|item| json(&Told::from(item))).transpose())
    }

    /// Only what was loaded for one account.
    #[napi]
    pub fn of_account(&self, email: String) -> Outcome<SandboxLoaded> {
        guard(|| Ok(Self(self.0.of_account(&email))))
    }

    /// The accounts that were created.
    #[napi]
    pub fn accounts(&self) -> Outcome<String> {
        guard(|| {
            let accounts = self.0.accounts();
            let told = accounts.map(|account| Account { email: account.email(), data: account.json() });
            json(&told.collect::<Vec<_>>())
        })
    }

    /// Ids of the properties whose erasure was asked for.
    #[napi]
    pub fn erasure_requests(&self) -> Vec<String> {
        self.0.erasure_requests().map(str::to_owned).collect()
    }
}

impl SandboxLoaded {
    pub(super) const fn new(loaded: Loaded) -> Self {
        Self(loaded)
    }
}

#[derive(Serialize)]
struct Told<'i> {
    model: &'static str,
    id: &'i str,
    account: Option<&'i str>,
    parent: Option<Parent<'i>>,
    data: &'i Value,
}

#[derive(Serialize)]
struct Account<'a> {
    email: &'a str,
    data: &'a Value,
}

#[derive(Serialize)]
struct Parent<'i> {
    model: &'static str,
    id: &'i str,
}

impl<'i> From<&'i LoadedItem> for Told<'i> {
    fn from(item: &'i LoadedItem) -> Self {
        Self {
            model: item.model().as_str(),
            id: item.id(),
            account: item.account(),
            parent: item.parent().map(|(model, id)| Parent { model: model.as_str(), id }),
            data: item.json(),
        }
    }
}

fn json(told: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(told).map_err(|error| Fault::new("internal", error.to_string()))
}

/// A model by its name on the wire.
fn model(name: &str) -> Result<ModelName, Fault> {
    ModelName::from_wire(name).ok_or_else(|| {
        let known: Vec<_> = ModelName::ALL.iter().map(|model| model.as_str()).collect();
        Fault::config("model", format!("there is no {name:?}; there are {}", known.join(", ")))
    })
}
