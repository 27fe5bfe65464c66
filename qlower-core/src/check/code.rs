//! Every kind of finding: its code, its severity, its texts.

use std::fmt;

use super::Severity;
use crate::lang::Lang;

macro_rules! findings {
    ($($Variant:ident = $code:literal, $severity:ident, $en:literal / $fr:literal;)+) => {
        /// What kind of finding it is. The code (`missing_field`) is stable; its texts may become clearer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum FindingCode {
            $(#[doc = concat!($en, " Code `", $code, "`.")] $Variant,)+
        }

        impl FindingCode {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Variant => $code,)+ }
            }

            /// Severity, unless a [`Strictness`](super::Strictness) raises it.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$Variant => Severity::$severity,)+ }
            }

            /// The message's template; `{…}` stand for parameters of the finding.
            #[must_use]
            pub const fn template(self, lang: Lang) -> &'static str {
                match self { $(Self::$Variant => lang.pick($en, $fr),)+ }
            }
        }
    };
}

findings! {
    NotAPayload = "not_a_payload", Error,
        "This is not a loader payload: {detail}." / "Ce n'est pas un fichier de chargement : {detail}.";
    MalformedJson = "malformed_json", Error,
        "Malformed JSON: {detail}." / "JSON mal formé : {detail}.";
    TruncatedJson = "truncated_json", Error,
        "The text ends in the middle of the payload." / "Le texte s'arrête au milieu du fichier.";
    InvalidUtf8 = "invalid_utf8", Error,
        "These bytes are not UTF-8." / "Ces octets ne sont pas de l'UTF-8.";
    LoneSurrogate = "lone_surrogate", Error,
        "This escape is half of a character." / "Cette séquence d'échappement n'est qu'une moitié de caractère.";
    NulCharacter = "nul_character", Error,
        "The text contains a NUL character." / "Le texte contient un caractère NUL.";
    ByteOrderMark = "byte_order_mark", Warning,
        "The text starts with a byte order mark; it will not be sent."
        / "Le texte commence par une marque d'ordre des octets (BOM) ; elle ne sera pas envoyée.";
    DuplicateKey = "duplicate_key", Error,
        "The key \"{field}\" occurs twice in this object." / "La clé « {field} » figure deux fois dans cet objet.";
    NestedTooDeep = "nested_too_deep", Error,
        "Values are nested more than 128 deep here." / "Les valeurs sont imbriquées ici sur plus de 128 niveaux.";
    WrongType = "wrong_type", Error,
        "\"{field}\" must be {expected}, not {found}." / "« {field} » doit être {expected} et non {found}.";
    MissingField = "missing_field", Error,
        "The required field \"{field}\" is missing or blank." / "Le champ obligatoire « {field} » est absent ou vide.";
    BothLayouts = "both_layouts", Error,
        "The payload has both \"clients\" and the flat section \"{field}\": use one layout."
        / "Le fichier contient à la fois « clients » et la section à plat « {field} » : choisir une seule structure.";
    UnsupportedVersion = "unsupported_version", Error,
        "Format version {value} is not supported: only \"2.0\" is." / "La version de format {value} n'est pas prise en charge : seule « 2.0 » l'est.";
    InvalidDateTime = "invalid_date_time", Error,
        "{value} is not a date-time (ISO 8601 with offset)." / "{value} n'est pas une date-heure (ISO 8601 avec décalage).";
    InvalidDate = "invalid_date", Error,
        "{value} is not a date (YYYY-MM-DD)." / "{value} n'est pas une date (AAAA-MM-JJ).";
    NonexistentDate = "nonexistent_date", Error,
        "The day {value} does not exist." / "Le jour {value} n'existe pas.";
    DateWithTime = "date_with_time", Error,
        "{value} has a time of day where a date (YYYY-MM-DD) is expected." / "{value} comporte une heure alors qu'une date (AAAA-MM-JJ) est attendue.";
    InvalidYear = "invalid_year", Error,
        "{value} is not a year (YYYY)." / "{value} n'est pas une année (AAAA).";
    InvalidDecimal = "invalid_decimal", Error,
        "{value} is not a decimal number with '.'." / "{value} n'est pas un nombre décimal avec « . ».";
    TooManyDigits = "too_many_digits", Error,
        "{value} has more than 15 significant digits and would be rounded on the way."
        / "{value} compte plus de 15 chiffres significatifs et serait arrondi en route.";
    InvalidInteger = "invalid_integer", Error,
        "{value} is not a whole number." / "{value} n'est pas un nombre entier.";
    OutOfRange = "out_of_range", Error,
        "\"{field}\" cannot be {value}: it must be between {detail}." / "« {field} » ne peut pas valoir {value} : il doit être compris entre {detail}.";
    UnknownCode = "unknown_code", Error,
        "{value} is not a code of \"{field}\"." / "{value} n'est pas un code de « {field} ».";
    InvalidSiren = "invalid_siren", Error,
        "{value} is not a SIREN: 9 digits." / "{value} n'est pas un SIREN : 9 chiffres.";
    InvalidNic = "invalid_nic", Error,
        "{value} is not a NIC: 5 digits." / "{value} n'est pas un NIC : 5 chiffres.";
    InvalidSiret = "invalid_siret", Error,
        "{value} is not a SIRET: 14 digits." / "{value} n'est pas un SIRET : 14 chiffres.";
    InvalidEmail = "invalid_email", Error,
        "{value} is not an e-mail address." / "{value} n'est pas une adresse e-mail.";
    InvalidUrl = "invalid_url", Error,
        "{value} is not an absolute URL." / "{value} n'est pas une URL absolue.";
    DuplicateId = "duplicate_id", Error,
        "The id {value} is already used by {other}, with different content: Qlower would drop this item."
        / "L'identifiant {value} est déjà utilisé par {other} avec un contenu différent : Qlower ignorerait cet élément.";
    DeclarantMismatch = "declarant_mismatch", Error,
        "This property stands inside declarant {other} but names declarant {value}."
        / "Ce bien figure dans le déclarant {other} mais désigne le déclarant {value}.";
    DocumentWithoutOwner = "document_without_owner", Error,
        "A document at section level needs \"propertyId\" or \"declarantId\"."
        / "Un document hors d'un bien doit porter « propertyId » ou « declarantId ».";

    SirenChecksum = "siren_checksum", Warning,
        "The check digit of SIREN {value} does not fit." / "La clé de contrôle du SIREN {value} est incorrecte.";
    SiretChecksum = "siret_checksum", Warning,
        "The check digit of SIRET {value} does not fit." / "La clé de contrôle du SIRET {value} est incorrecte.";
    SiretOfOtherCompany = "siret_of_other_company", Warning,
        "SIRET {value} does not begin with the declarant's SIREN {other}." / "Le SIRET {value} ne commence pas par le SIREN du déclarant {other}.";
    UnknownReference = "unknown_reference", Warning,
        "\"{field}\" refers to {value}, which is not in this payload: it must have been loaded before."
        / "« {field} » désigne {value}, absent de ce fichier : il doit avoir été chargé auparavant.";
    DocumentOfOtherProperty = "document_of_other_property", Warning,
        "This document stands inside property {other} but names property {value}."
        / "Ce document figure dans le bien {other} mais désigne le bien {value}.";
    ExactDuplicate = "exact_duplicate", Warning,
        "The item {value} is the same as {other}." / "L'élément {value} est identique à {other}.";
    IdInTwoClients = "id_in_two_clients", Warning,
        "The id {value} also occurs under another client, at {other}." / "L'identifiant {value} figure aussi chez un autre client, en {other}.";
    UnknownField = "unknown_field", Warning,
        "The field \"{field}\" is not known here; Qlower ignores it." / "Le champ « {field} » n'est pas connu ici ; Qlower l'ignore.";
    DateTimeWithoutOffset = "date_time_without_offset", Warning,
        "{value} has no offset and is read as Paris time." / "{value} n'a pas de décalage et est lu comme heure de Paris.";
    DateTimeWithoutTime = "date_time_without_time", Warning,
        "{value} has no time and is read as midnight in Paris." / "{value} n'a pas d'heure et est lu comme minuit à Paris.";
    DateAtMidnight = "date_at_midnight", Warning,
        "{value} is a date-time at midnight where a date is expected." / "{value} est une date-heure à minuit alors qu'une date est attendue.";
    FutureTransaction = "future_transaction", Warning,
        "The transaction date {value} lies in the future." / "La date d'opération {value} est dans le futur.";
    AcquiredBeforeConstruction = "acquired_before_construction", Warning,
        "The property was acquired on {value}, before its construction on {other}."
        / "Le bien a été acquis le {value}, avant sa construction le {other}.";
    CompletedBeforeStart = "completed_before_start", Warning,
        "The works were completed on {value}, before the permit application of {other}."
        / "Les travaux ont été achevés le {value}, avant la demande de permis du {other}.";
    ZeroAmount = "zero_amount", Warning,
        "The amount is zero." / "Le montant est nul.";
    RetiredCode = "retired_code", Warning,
        "Code {value} of \"{field}\" is retired; it is still accepted." / "Le code {value} de « {field} » est retiré ; il est encore accepté.";
    ForeignCountry = "foreign_country", Warning,
        "Country {value} is not \"FR\", the only documented one." / "Le pays {value} n'est pas « FR », le seul documenté.";
    PostCodeFormat = "post_code_format", Warning,
        "{value} is not a French post code of 5 digits." / "{value} n'est pas un code postal français à 5 chiffres.";
    ErasureRequested = "erasure_requested", Warning,
        "\"remove\": \"R\" erases this property and everything in it. This cannot be undone."
        / "« remove » : « R » efface ce bien et tout ce qu'il contient. C'est irréversible.";
    UndecidedTaxRegime = "undecided_tax_regime", Warning,
        "The tax regime is {value}, \"don't know\"." / "Le régime fiscal est {value}, « je ne sais pas ».";
    EmptyPayload = "empty_payload", Warning,
        "The payload holds no item." / "Le fichier ne contient aucun élément.";
    InsecureLink = "insecure_link", Warning,
        "{value} is not an https link." / "{value} n'est pas un lien https.";
}

impl FindingCode {
    /// Whether the text's structure is at fault, so that it cannot be read into models without losing something.
    #[must_use]
    pub const fn is_structural(self) -> bool {
        matches!(
            self,
            Self::NotAPayload
                | Self::MalformedJson
                | Self::TruncatedJson
                | Self::InvalidUtf8
                | Self::LoneSurrogate
                | Self::DuplicateKey
                | Self::NestedTooDeep
                | Self::WrongType
        )
    }

    /// The inverse of [`FindingCode::as_str`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_both_languages_use_the_same_parameters() {
        let parameters = |text: &str| {
            let mut names: Vec<_> =
                text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned).collect();
            names.sort();
            names
        };
        for code in FindingCode::ALL {
            assert_eq!(FindingCode::from_code(code.as_str()), Some(*code), "unique");
            let (en, fr) = (code.template(Lang::En), code.template(Lang::Fr));
            assert_ne!(en, fr);
            assert_eq!(parameters(en), parameters(fr), "{code}");
        }
        assert_eq!(FindingCode::from_code("no_such_code"), None);
    }
}
