//! The table macro: a row per field gives the struct, its builder, both directions of serde, the exact reader and
//! writer, and the field list.

macro_rules! model {
    (
        $(#[doc = $about:literal])*
        $Model:ident ($Builder:ident) {
            $($(#[doc = $doc:literal])* $name:ident: $need:ident $Type:ty = $key:literal,)+
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $Model {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nWire key `", $key, "`, ", stringify!($need), ".")]
                pub $name: model!(@type $need $Type),
            )+
            /// Fields that this edition does not know, kept as they were read and written back after the known ones.
            pub extra: $crate::model::Extra,
        }

        impl $Model {
            /// The fields in the order in which they are written.
            pub const FIELDS: &'static [$crate::model::Field] = &[$($crate::model::Field {
                name: stringify!($name),
                key: $key,
                quoted: concat!("\"", $key, "\""),
                kind: model!(@kind $need $Type),
                required: model!(@required $need),
                doc: concat!($($doc, "\n"),*),
            }),+];

            /// Name, description and fields of this model.
            pub const MODEL: $crate::model::Model = $crate::model::Model {
                name: $crate::model::ModelName::$Model,
                doc: concat!($($about, "\n"),*),
                fields: Self::FIELDS,
                required: $crate::model::field::required(Self::FIELDS),
            };

            /// Starts building: name the fields, then [`build`](
            #[doc = concat!(stringify!($Builder), "::build).")]
            pub fn builder() -> $Builder {
                $Builder::default()
            }
        }

        #[doc = concat!("Builds a [`", stringify!($Model), "`] by naming its fields; none that is required can be forgotten.")]
        #[derive(Clone, Debug, Default)]
        #[must_use]
        pub struct $Builder {
            item: $Model,
            given: Vec<&'static str>,
        }

        impl $Builder {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nWire key `", $key, "`.")]
                pub fn $name(mut self, $name: impl Into<model!(@argument $need $Type)>) -> Self {
                    self.item.$name = model!(@wrap $need $name.into());
                    self.given.push($key);
                    self
                }
            )+

            /// Gives the item.
            ///
            /// # Errors
            /// [`MissingFields`](crate::model::MissingFields) names every required field that was not given.
            pub fn build(self) -> Result<$Model, $crate::model::MissingFields> {
                $crate::model::MissingFields::check(&$Model::MODEL, &self.given).map(|()| self.item)
            }
        }

        impl $crate::model::Write for $Model {
            fn write(&self, out: &mut Vec<u8>) {
                let mut object = $crate::model::write::Object::start(out);
                $(object.field(concat!("\"", $key, "\":"), &self.$name);)+
                object.end(&self.extra);
            }
        }

        impl $crate::model::Read for $Model {
            fn read(reader: &mut $crate::model::Reader<'_>) -> Result<Self, $crate::scan::Stop> {
                let mut item = Self::default();
                $(model!(@blank $need item.$name);)+
                reader.object(|reader, key| {
                    match key {
                        $($key => item.$name = $crate::model::Read::read(reader)?,)+
                        unknown => item.extra.push_raw(unknown, reader.raw()?),
                    }
                    Ok(())
                })?;
                Ok(item)
            }
        }

        impl serde::Serialize for $Model {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(if !$crate::model::Write::is_absent(&self.$name) {
                    map.serialize_entry($key, &self.$name)?;
                })+
                self.extra.serialize_into(&mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $Model {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $Model;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("an object: ", stringify!($Model)))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$Model, A::Error> {
                        let mut item = $Model::default();
                        $(model!(@blank $need item.$name);)+
                        let mut seen = std::collections::BTreeSet::new();
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $($key => {
                                    if let Some(value) = map.next_value::<Option<_>>()? {
                                        item.$name = value;
                                    }
                                })+
                                _ => item.extra.push_value(&key, &map.next_value()?),
                            }
                            if let Some(twice) = seen.replace(key) {
                                return Err(serde::de::Error::custom(format_args!("duplicate field `{twice}`")));
                            }
                        }
                        Ok(item)
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }
    };

    // What is read has no preset: a field that is not there is not filled in.
    (@blank preset $field:expr) => { $field = "".into() };
    (@blank $need:ident $field:expr) => {};

    (@type required $Type:ty) => { $Type };
    (@type preset $Type:ty) => { $Type };
    (@type optional $Type:ty) => { Option<$Type> };
    (@type list $Type:ty) => { Vec<$Type> };
    (@argument list $Type:ty) => { Vec<$Type> };
    (@argument $need:ident $Type:ty) => { $Type };
    (@wrap optional $value:expr) => { Some($value) };
    (@wrap $need:ident $value:expr) => { $value };
    (@kind list $Type:ty) => { $crate::model::Kind::List(&<$Type>::MODEL) };
    (@kind $need:ident $Type:ty) => { <$Type as $crate::model::field::Leaf>::KIND };
    (@required required) => { true };
    (@required preset) => { true };
    (@required $need:ident) => { false };
}
