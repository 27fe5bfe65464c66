//! The items of a payload as they stand in the JSON, valid or not.

use std::collections::HashMap;

use qlower_core::model::{Kind, Model};
use qlower_core::{ModelName, Payload};
use serde_json::{Map, Value};

/// An item, or an entry of `clients`.
pub(super) struct Node<'v> {
    pub(super) model: &'static Model,
    /// Id of the item, e-mail address of the entry's account; whatever text or number stands there.
    pub(super) id: Option<String>,
    /// `None` if it is no object.
    pub(super) fields: Option<&'v Map<String, Value>>,
    /// The nearest node around it, which stands before it in the tree.
    pub(super) parent: Option<usize>,
}

/// All nodes, those around an item before it.
pub(super) struct Tree<'v> {
    pub(super) nodes: Vec<Node<'v>>,
    by_pointer: HashMap<String, usize>,
}

impl<'v> Tree<'v> {
    pub(super) fn of(payload: &'v Map<String, Value>) -> Self {
        let mut tree = Self { nodes: Vec::new(), by_pointer: HashMap::new() };
        tree.lists(&Payload::MODEL, payload, "", None);
        tree
    }

    fn lists(&mut self, model: &'static Model, fields: &'v Map<String, Value>, base: &str, parent: Option<usize>) {
        for field in model.fields {
            let (Kind::List(inner), Some(Value::Array(items))) = (field.kind, fields.get(field.key)) else { continue };
            for (at, item) in items.iter().enumerate() {
                let pointer = format!("{base}/{}/{at}", field.key);
                let node = Node { model: inner, id: id(inner, item), fields: item.as_object(), parent };
                let fields = node.fields;
                let here = self.nodes.len();
                self.nodes.push(node);
                if let Some(fields) = fields {
                    self.lists(inner, fields, &pointer, Some(here));
                }
                self.by_pointer.insert(pointer, here);
            }
        }
    }

    /// The innermost node at or around a pointer, and the keys from there on.
    pub(super) fn owner<'p>(&self, pointer: &'p str) -> Option<(usize, &'p str)> {
        let mut end = pointer.len();
        loop {
            let (head, rest) = pointer.split_at_checked(end)?;
            if let Some(at) = self.by_pointer.get(head) {
                return Some((*at, rest));
            }
            end = head.rfind('/')?;
        }
    }

    /// The node around this one, if any, and so on outwards.
    pub(super) fn around(&self, node: &Node<'_>) -> impl Iterator<Item = (usize, &Node<'v>)> {
        std::iter::successors(self.at(node.parent), |(_, around)| self.at(around.parent))
    }

    fn at(&self, index: Option<usize>) -> Option<(usize, &Node<'v>)> {
        index.and_then(|index| self.nodes.get(index).map(|node| (index, node)))
    }
}

impl Node<'_> {
    pub(super) const fn name(&self) -> ModelName {
        self.model.name
    }

    /// The `client` block of an entry.
    pub(super) fn account(&self) -> Option<&Map<String, Value>> {
        match self.name() {
            ModelName::ClientEntry => self.fields?.get(ModelName::ClientAccount.as_str())?.as_object(),
            _ => None,
        }
    }

    /// The item's own fields, without the items inside it.
    pub(super) fn own_fields(&self) -> Map<String, Value> {
        let nested = |key: &str| self.model.field(key).is_some_and(|field| matches!(field.kind, Kind::List(_)));
        let fields = self.fields.into_iter().flatten();
        fields.filter(|(key, _)| !nested(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

fn id(model: &Model, item: &Value) -> Option<String> {
    let id = match model.name {
        ModelName::ClientEntry => item.get(ModelName::ClientAccount.as_str())?.get("email")?,
        _ => item.get("id")?,
    };
    match id {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        json!({
            "clients": [{
                "client": { "email": "a@example.com" },
                "declarants": [{ "id": "D", "properties": [{ "id": "P", "documents": [{ "id": 7 }] }], "associates": [5] }],
            }],
            "transactions": "none",
            "note": [{ "id": "X" }],
        })
    }

    #[test]
    fn every_item_is_found_where_it_stands() {
        let payload = sample();
        let tree = Tree::of(payload.as_object().unwrap());
        let found: Vec<_> =
            tree.nodes.iter().map(|node| (node.name().as_str(), node.id.as_deref(), node.parent)).collect();
        assert_eq!(
            found,
            [
                ("clients", Some("a@example.com"), None),
                ("declarants", Some("D"), Some(0)),
                ("properties", Some("P"), Some(1)),
                ("documents", Some("7"), Some(2)),
                ("associates", None, Some(1)),
            ]
        );
    }

    #[test]
    fn a_place_belongs_to_the_innermost_item_around_it() {
        let payload = sample();
        let tree = Tree::of(payload.as_object().unwrap());
        for (pointer, owner) in [
            ("/clients/0/declarants/0/properties/0/documents/0/year", Some((3, "/year"))),
            ("/clients/0/declarants/0/associates/0", Some((4, ""))),
            ("/clients/0/declarants/0/properties", Some((1, "/properties"))),
            ("/clients/0/client/email", Some((0, "/client/email"))),
            ("/clients/0", Some((0, ""))),
            ("/clients/01", None),
            ("/apiKey", None),
            ("/transactions", None),
            ("", None),
        ] {
            assert_eq!(tree.owner(pointer), owner, "{pointer}");
        }
    }

    #[test]
    fn own_fields_leave_out_the_items_inside() {
        let payload = sample();
        let tree = Tree::of(payload.as_object().unwrap());
        assert_eq!(Value::Object(tree.nodes[1].own_fields()), json!({ "id": "D" }));
        let around: Vec<_> = tree.around(&tree.nodes[3]).map(|(at, _)| at).collect();
        assert_eq!(around, [2, 1, 0]);
    }
}
