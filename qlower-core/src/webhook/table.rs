//! The table macro of the events: a row per field gives the struct, its reader, its normal form, and the field list.

use std::fmt;

use serde_json::{Map, Value};

use super::fields::Model;
use super::invalid::{EventProblem, InvalidEvent, Wanted};
use super::kind::Leaf;
use super::node::{At, Node};
use crate::secret::MASK;

/// An object that has a table.
pub(super) trait Table: Sized {
    const MODEL: &'static Model;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Self, InvalidEvent>;

    fn told(&self) -> Map<String, Value>;
}

pub(super) fn optional<T, L: Leaf<T>>(
    node: &Node<'_>,
    key: &'static str,
    at: &At<'_>,
) -> Result<Option<T>, InvalidEvent> {
    match node.member(key, at)? {
        Some(value) => L::read(value, &At::Key(at, key)),
        None => Ok(None),
    }
}

pub(super) fn required<T, L: Leaf<T>>(node: &Node<'_>, key: &'static str, at: &At<'_>) -> Result<T, InvalidEvent> {
    let at_key = At::Key(at, key);
    let Some(value) = node.member(key, at)? else { return Err(at_key.is(EventProblem::Missing)) };
    L::read(value, &at_key)?.ok_or_else(|| at_key.is_not(Wanted::Text))
}

pub(super) fn list<T, L: Leaf<T>>(node: &Node<'_>, key: &'static str, at: &At<'_>) -> Result<Vec<T>, InvalidEvent> {
    let at_key = At::Key(at, key);
    let nodes = match node.member(key, at)? {
        None => return Ok(Vec::new()),
        Some(Node::Array(nodes)) => nodes,
        Some(_) => return Err(at_key.is_not(Wanted::Array)),
    };
    let mut items = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let at_item = At::Index(&at_key, index);
        items.push(L::read(node, &at_item)?.ok_or_else(|| at_item.is_not(Wanted::Object))?);
    }
    Ok(items)
}

/// Shows a value, or that there is one.
pub(super) struct Shown<'v, T>(pub(super) &'v T, pub(super) bool);

impl<T: fmt::Debug> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1 { f.write_str(MASK) } else { self.0.fmt(f) }
    }
}

macro_rules! event_model {
    (
        $(#[doc = $about:literal])*
        $Model:ident $(as $class:literal)? {
            $($(#[doc = $doc:literal])* $name:ident: $need:ident $Type:ty as $Leaf:ident = $key:literal,)+
        }
        $(derived { $(#[doc = $derived_doc:literal])* $derived:ident: $derived_kind:ident })?
        $(rest { $(#[doc = $rest_doc:literal])* $rest:ident })?
        $(kept { $($(#[doc = $kept_doc:literal])* $kept:ident: $Kept:ty,)+ })?
    ) => {
        $(#[doc = $about])*
        ///
        /// `Debug` masks what says something of a person, and links that give access.
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $Model {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nWire key `", $key, "`, ", stringify!($need), ".")]
                pub $name: event_model!(@type $need $Type),
            )+
            $($(#[doc = $rest_doc])* pub $rest: serde_json::Map<String, serde_json::Value>,)?
            $($($(#[doc = $kept_doc])* pub(super) $kept: $Kept,)+)?
        }

        impl $Model {
            /// Name, description and fields.
            pub const MODEL: $crate::webhook::fields::Model = $crate::webhook::fields::Model {
                name: event_model!(@name $Model $($class)?),
                doc: concat!($($about, "\n"),*),
                fields: &[
                    $($crate::webhook::fields::Field {
                        name: stringify!($name),
                        key: $key,
                        kind: event_model!(@kind $need $Type as $Leaf),
                        need: event_model!(@need $need),
                        is_masked: <$crate::webhook::kind::$Leaf as $crate::webhook::kind::Leaf<$Type>>::IS_MASKED,
                        doc: concat!($($doc, "\n"),*),
                    },)+
                    $($crate::webhook::fields::Field {
                        name: stringify!($derived),
                        key: stringify!($derived),
                        kind: $crate::webhook::fields::Kind::$derived_kind,
                        need: $crate::webhook::fields::Need::Derived,
                        is_masked: false,
                        doc: concat!($($derived_doc, "\n"),*),
                    },)?
                    $($crate::webhook::fields::Field {
                        name: stringify!($rest),
                        key: "",
                        kind: $crate::webhook::fields::Kind::Rest,
                        need: $crate::webhook::fields::Need::Derived,
                        is_masked: true,
                        doc: concat!($($rest_doc, "\n"),*),
                    },)?
                ],
            };
        }

        impl $crate::webhook::table::Table for $Model {
            const MODEL: &'static $crate::webhook::fields::Model = &Self::MODEL;

            fn read(
                node: &$crate::webhook::node::Node<'_>,
                at: &$crate::webhook::node::At<'_>,
            ) -> Result<Self, $crate::webhook::InvalidEvent> {
                Ok(Self {
                    $($name: $crate::webhook::table::$need::<$Type, $crate::webhook::kind::$Leaf>(node, $key, at)?,)+
                    $($rest: node.rest(&Self::MODEL),)?
                    $($($kept: Default::default(),)+)?
                })
            }

            fn told(&self) -> serde_json::Map<String, serde_json::Value> {
                let mut out = serde_json::Map::new();
                $(event_model!(@told $need $Leaf $key, &self.$name, out);)+
                $(out.extend(self.$rest.clone());)?
                $(out.insert(stringify!($derived).to_owned(), self.$derived().into());)?
                out
            }
        }

        impl std::fmt::Debug for $Model {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut out = f.debug_struct(stringify!($Model));
                $(event_model!(@show $need $Type as $Leaf, $name, &self.$name, out);)+
                out.finish_non_exhaustive()
            }
        }
    };

    (@name $Model:ident) => { stringify!($Model) };
    (@name $Model:ident $class:literal) => { $class };
    (@type required $Type:ty) => { $Type };
    (@type optional $Type:ty) => { Option<$Type> };
    (@type list $Type:ty) => { Vec<$Type> };
    (@kind list $Type:ty as $Leaf:ident) => { $crate::webhook::fields::Kind::List(&<$Type>::MODEL) };
    (@kind $need:ident $Type:ty as $Leaf:ident) => {
        <$crate::webhook::kind::$Leaf as $crate::webhook::kind::Leaf<$Type>>::KIND
    };
    (@need required) => { $crate::webhook::fields::Need::Required };
    (@need optional) => { $crate::webhook::fields::Need::Optional };
    (@need list) => { $crate::webhook::fields::Need::List };
    (@told required $Leaf:ident $key:literal, $value:expr, $out:ident) => {
        $out.insert($key.to_owned(), <$crate::webhook::kind::$Leaf as $crate::webhook::kind::Leaf<_>>::told($value));
    };
    (@told optional $Leaf:ident $key:literal, $value:expr, $out:ident) => {
        if let Some(value) = $value {
            event_model!(@told required $Leaf $key, value, $out);
        }
    };
    (@told list $Leaf:ident $key:literal, $value:expr, $out:ident) => {
        let told = <$crate::webhook::kind::$Leaf as $crate::webhook::kind::Leaf<_>>::told;
        if !$value.is_empty() {
            $out.insert($key.to_owned(), $value.iter().map(told).collect());
        }
    };
    (@show required $Type:ty as $Leaf:ident, $name:ident, $value:expr, $out:ident) => {
        let masked = <$crate::webhook::kind::$Leaf as $crate::webhook::kind::Leaf<$Type>>::IS_MASKED;
        $out.field(stringify!($name), &$crate::webhook::table::Shown($value, masked));
    };
    (@show optional $Type:ty as $Leaf:ident, $name:ident, $value:expr, $out:ident) => {
        let masked = <$crate::webhook::kind::$Leaf as $crate::webhook::kind::Leaf<$Type>>::IS_MASKED;
        let shown = $value.as_ref().map(|value| $crate::webhook::table::Shown(value, masked));
        $out.field(stringify!($name), &shown);
    };
    (@show list $Type:ty as $Leaf:ident, $name:ident, $value:expr, $out:ident) => {
        $out.field(stringify!($name), $value);
    };
}
