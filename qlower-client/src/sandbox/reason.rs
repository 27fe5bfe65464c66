//! The sentences in which the service says why an item failed: French around an English message in the manner of Pydantic.

use std::borrow::Cow;

use qlower_core::model::Kind;
use qlower_core::{Finding, FindingCode, ModelName};
use serde_json::Value;

use super::tree::Node;

/// `Champ 'amt' dans transactions 'T1' invalide : Field required`.
///
/// `rest` is the finding's pointer from the item on.
pub(super) fn sentence(node: &Node<'_>, rest: &str, finding: &Finding, payload: &Value) -> String {
    let item = named(node);
    let mut keys = rest.split('/').skip(1);
    let field = match (keys.next(), keys.next()) {
        // The block is the entry's head, not a field of it.
        (Some(block), Some(field))
            if node.name() == ModelName::ClientEntry && block == ModelName::ClientAccount.as_str() =>
        {
            Some(field)
        }
        (field, _) => field,
    };
    let reason = reason(finding, kind(node, field), payload.pointer(finding.pointer()));
    match field {
        Some(field) => {
            format!("Champ '{}' dans {item} invalide : {reason}", field.replace("~1", "/").replace("~0", "~"))
        }
        None => format!("Élément de {item} invalide : {reason}"),
    }
}

/// The sentence for an item that failed because one around it did.
pub(super) fn along(node: &Node<'_>, around: &Node<'_>) -> String {
    format!("Élément de {} non traité : {} en erreur", named(node), named(around))
}

fn named(node: &Node<'_>) -> String {
    // An absent id is shown the way Python prints it.
    format!("{} '{}'", node.name(), node.id.as_deref().unwrap_or("None"))
}

fn kind(node: &Node<'_>, field: Option<&str>) -> Option<Kind> {
    let field = field?;
    let block = match node.model.field(ModelName::ClientAccount.as_str()).map(|block| block.kind) {
        Some(Kind::Object(block)) => block.field(field),
        _ => None,
    };
    block.or_else(|| node.model.field(field)).map(|field| field.kind)
}

/// The English part. `value` is what stands at the finding's place.
pub(super) fn reason(finding: &Finding, kind: Option<Kind>, value: Option<&Value>) -> Cow<'static, str> {
    use FindingCode as Code;
    Cow::Borrowed(match finding.code() {
        Code::MissingField => match value {
            None => "Field required",
            Some(Value::String(_)) => "String should have at least 1 character",
            Some(_) => expected(kind),
        },
        Code::WrongType => expected(kind),
        Code::UnsupportedVersion => "Input should be '2.0'",
        Code::InvalidDateTime => "Input should be a valid datetime",
        Code::InvalidDate => "Input should be a valid date in the format YYYY-MM-DD",
        Code::NonexistentDate => "Input should be a valid date or datetime, day value is outside expected range",
        Code::DateWithTime => "Datetimes provided to dates should have zero time - e.g. be exact dates",
        Code::InvalidYear => r"String should match pattern '^\d{4}$'",
        Code::InvalidDecimal => "Input should be a valid decimal",
        Code::TooManyDigits => "Decimal input should have no more than 15 digits in total",
        Code::InvalidInteger => "Input should be a valid integer",
        Code::OutOfRange => "Input should be greater than or equal to 0",
        Code::UnknownCode => return one_of(&finding.accepted().collect::<Vec<_>>()),
        Code::InvalidSiren => r"String should match pattern '^\d{9}$'",
        Code::InvalidNic => r"String should match pattern '^\d{5}$'",
        Code::InvalidSiret => r"String should match pattern '^\d{14}$'",
        Code::InvalidEmail => "value is not a valid email address",
        Code::InvalidUrl => "Input should be a valid URL",
        Code::NulCharacter => "String should not contain null characters",
        Code::DuplicateKey => "Value error, duplicate key",
        Code::BothLayouts => "Value error, clients and flat sections are mutually exclusive",
        Code::DuplicateId => "Value error, id already used in this payload",
        Code::DeclarantMismatch => "Value error, declarantId names another declarant",
        Code::DocumentWithoutOwner => "Value error, propertyId or declarantId is required",
        _ => "Value error",
    })
}

const fn expected(kind: Option<Kind>) -> &'static str {
    match kind {
        None | Some(Kind::Object(_)) => "Input should be a valid dictionary",
        Some(Kind::List(_)) => "Input should be a valid list",
        Some(Kind::Decimal) => "Input should be a valid decimal",
        Some(Kind::Integer) => "Input should be a valid integer",
        Some(Kind::Date) => "Input should be a valid date",
        Some(Kind::Timestamp) => "Input should be a valid datetime",
        Some(_) => "Input should be a valid string",
    }
}

fn one_of(codes: &[&str]) -> Cow<'static, str> {
    let quoted: Vec<_> = codes.iter().map(|code| format!("'{code}'")).collect();
    match quoted.split_last() {
        None => Cow::Borrowed("Input should be a known code"),
        Some((last, [])) => Cow::Owned(format!("Input should be {last}")),
        Some((last, rest)) => Cow::Owned(format!("Input should be {} or {last}", rest.join(", "))),
    }
}
