//! Names of faults and settings, as languages without Rust's enums have them.

/// Gives an enum its names: of variants without parameters both ways, of the others only from the variant.
macro_rules! names {
    ($Type:ty: $($name:literal = $variant:ident,)+ with $($more:literal = $pattern:pat,)*) => {
        impl $Type {
            /// The names of all of them.
            pub const NAMES: &'static [&'static str] = &[$($name,)+ $($more,)*];

            /// Its name, in words with underscores, without its parameters.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    $($pattern => $more,)*
                }
            }

            /// The one of this name; `None` if there is none, or it has parameters.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
pub(super) use names;
