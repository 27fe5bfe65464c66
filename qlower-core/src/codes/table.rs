//! The one macro behind all code enums.

/// Declares a list: `Enum "name" [wire keys] WireType (code when absent) { rows }`, a row being
/// `Variant = "code", "French label" / "English label" retired? [everyday spellings]?;`.
macro_rules! codes {
    ($(#[doc = $doc:literal])* $Enum:ident $name:literal [$($key:literal)+] $wire:ident ($absent:expr) {
        $($Variant:ident = $code:literal, $fr:literal / $en:literal $($retired:ident)? $([$($also:literal)+])?;)+
    }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $Enum {
            $(
                #[doc = concat!($en, " (", $fr, "): `\"", $code, "\"`.")]
                $(#[doc = concat!("\n\nNow ", stringify!($retired), ": still accepted, with a warning.")])?
                $Variant,
            )+
            /// A code that this edition does not know, kept as it was given; made by reading and by `other` alone.
            Other($crate::codes::OtherCode<$Enum>),
        }

        impl $Enum {
            /// The list behind the enum: [`Code::LIST`](crate::codes::Code::LIST).
            pub const LIST: &'static $crate::codes::CodeList = {
                const ENTRIES: &[$crate::codes::CodeEntry] = &[$($crate::codes::CodeEntry {
                    name: stringify!($Variant), code: $code, fr: $fr, en: $en,
                    retired: !stringify!($($retired)?).is_empty(),
                    also: &[$($($also),+)?],
                }),+];
                const PACKED: [u32; ENTRIES.len()] = $crate::codes::list::pack_all(ENTRIES);
                &$crate::codes::CodeList {
                    name: $name, type_name: stringify!($Enum), doc: concat!($($doc, "\n"),*), keys: &[$($key),+], wire: $crate::codes::WireType::$wire,
                    when_absent: $absent, entries: ENTRIES, packed: &PACKED,
                }
            };
            /// The known values: [`Code::ALL`](crate::codes::Code::ALL).
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];
        }

        impl $crate::codes::Code for $Enum {
            const LIST: &'static $crate::codes::CodeList = Self::LIST;
            const ALL: &'static [Self] = Self::ALL;

            #[inline]
            fn code(&self) -> &str {
                match self { $(Self::$Variant => $code,)+ Self::Other(other) => other.as_str() }
            }

            #[inline]
            fn from_code(code: &str) -> Self {
                Self::known(code).unwrap_or_else(|| Self::Other($crate::codes::OtherCode::new(code)))
            }
        }

        impl_code!($Enum);
    };
}

/// What a code enum needs besides its table: the trait's methods without the trait, and the conversions.
macro_rules! impl_code {
    ($Enum:ident) => {
        impl $Enum {
            /// The code as it stands on the wire, as text. Empty when no code was given.
            #[must_use]
            pub fn code(&self) -> &str {
                $crate::codes::Code::code(self)
            }

            /// Takes a code as it was read, known or not. Nothing is trimmed or corrected.
            #[must_use]
            pub fn from_code(code: &str) -> Self {
                $crate::codes::Code::from_code(code)
            }

            /// Asks by name for a code that this edition may not know; one that it knows gives its ordinary value.
            #[must_use]
            pub fn other(code: &str) -> Self {
                $crate::codes::Code::other(code)
            }

            /// The label in one language; `None` for a code that the list does not know.
            #[must_use]
            pub fn label(&self, lang: $crate::lang::Lang) -> Option<&'static str> {
                $crate::codes::Code::label(self, lang)
            }

            /// Whether the list has this code, retired or not.
            #[must_use]
            pub fn is_known(&self) -> bool {
                $crate::codes::Code::is_known(self)
            }

            /// Whether Qlower has withdrawn this code. It is still accepted.
            #[must_use]
            pub fn is_retired(&self) -> bool {
                $crate::codes::Code::is_retired(self)
            }
        }

        /// The empty code: nothing given. Where the empty text is no code, the check reports it.
        impl Default for $Enum {
            fn default() -> Self {
                Self::from_code("")
            }
        }

        /// The wire code.
        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        /// Strict: a text that is no code of the list is an error.
        impl std::str::FromStr for $Enum {
            type Err = $crate::codes::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                $crate::codes::Code::known(code).ok_or_else(|| $crate::codes::UnknownCode::new(Self::LIST, code))
            }
        }

        /// Lenient: an unknown code is kept as given, for the check to report with its place.
        impl From<&str> for $Enum {
            fn from(code: &str) -> Self {
                Self::from_code(code)
            }
        }

        /// Lenient: an unknown code is kept as given, for the check to report with its place.
        impl From<String> for $Enum {
            fn from(code: String) -> Self {
                Self::from_code(&code)
            }
        }

        /// Writes text, or a number where the list's wire type asks for one.
        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::codes::wire::serialize(self, serializer)
            }
        }

        /// Reads text or a whole number, in any self-describing format; an unknown code is kept.
        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::codes::wire::deserialize(deserializer)
            }
        }
    };
}
