//! Every kind of fault of a template or a name.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $Variant:ident = $code:literal;)+) => {
        /// What is wrong with a template, or with a name that it makes. The code (`unknown_variable`) is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum NamingCode {
            $($(#[doc = $doc])+ #[doc = concat!("Code `", $code, "`.")] $Variant,)+
        }

        impl NamingCode {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Variant => $code,)+ }
            }
        }
    };
}

codes! {
    /// A template without a character.
    EmptyTemplate = "empty_template";
    /// A template of more than 4 096 bytes.
    TemplateTooLong = "template_too_long";
    /// A `{` without its `}`.
    UnclosedBrace = "unclosed_brace";
    /// A `}` without its `{`.
    StrayBrace = "stray_brace";
    /// Braces around something that is no variable's name.
    InvalidVariable = "invalid_variable";
    /// A format that is none.
    InvalidFormat = "invalid_format";
    /// A variable that nobody gave.
    UnknownVariable = "unknown_variable";
    /// A file's word in a rule for the whole delivery.
    PerFileVariable = "per_file_variable";
    /// A caller's variable by the name of a file's word.
    ReservedVariable = "reserved_variable";
    /// A variable that is empty, such as the ending of a file that has none.
    EmptyValue = "empty_value";
    /// A variable that is not known here: the hash of a file that was not hashed, the partner where payloads are of several.
    UnknownValue = "unknown_value";
    /// A text that was not UTF-8, and was read as if it were.
    BrokenText = "broken_text";
    /// A `/` in a variable's value.
    SlashInValue = "slash_in_value";
    /// A backslash.
    Backslash = "backslash";
    /// A control character, or one that turns the direction of writing.
    ControlCharacter = "control_character";
    /// A character that the server may not take, see [`Characters`](crate::naming::Characters).
    ForbiddenCharacter = "forbidden_character";
    /// A name that begins with `/`.
    AbsolutePath = "absolute_path";
    /// Nothing between two `/`, or after the last.
    EmptySegment = "empty_segment";
    /// A segment `.` or `..`.
    DotSegment = "dot_segment";
    /// A name that begins with `~`, which servers take for a home folder.
    HomeFolder = "home_folder";
    /// A segment that begins with `-`, where names are to be portable.
    LeadingHyphen = "leading_hyphen";
    /// A segment that begins or ends with a space, which servers cut off.
    EdgeSpace = "edge_space";
    /// A segment that ends with a dot, which Windows cuts off.
    TrailingDot = "trailing_dot";
    /// The name of a device of Windows.
    ReservedName = "reserved_name";
    /// A segment of more than 255 bytes.
    SegmentTooLong = "segment_too_long";
    /// A path of more than 1 024 bytes.
    PathTooLong = "path_too_long";
    /// Several files with one name.
    DuplicateName = "duplicate_name";
    /// A file by the name of another one's folder.
    FolderAndFile = "folder_and_file";
    /// Nothing to deliver.
    NoFile = "no_file";
}

impl fmt::Display for NamingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
