//! Valid payloads of every shape, made from the table of fields.
//!
//! A tape of bytes decides everything, so that a failing payload shrinks: a tape of zeros gives the plainest one.

use proptest::prelude::*;
use qlower_core::model::{Field, Kind, Model, ModelName};
use qlower_core::{ClientAccount, Declarant, Document, Payload, Property, Transaction};
use serde_json::Value;

/// SIREN and SIRET of the companies that occur.
const COMPANIES: [(&str, &str); 3] =
    [("732829320", "73282932000074"), ("552100554", "55210055400013"), ("356000000", "35600000049837")];

/// The JSON text of a valid payload, about which the check has nothing to say.
pub(crate) fn payload() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<u8>(), 0..6000).prop_map(|tape| Maker::new(&tape).payload())
}

/// What a field may refer to, and what its object has to agree with.
#[derive(Clone, Default)]
struct Context {
    id: String,
    declarants: Vec<String>,
    properties: Vec<String>,
    /// The item in which this one is nested.
    parent: Option<String>,
    off_plan: bool,
}

struct Maker<'t> {
    tape: std::slice::Iter<'t, u8>,
    company: usize,
    made: usize,
}

impl<'t> Maker<'t> {
    fn new(tape: &'t [u8]) -> Self {
        let mut maker = Self { tape: tape.iter(), company: 0, made: 0 };
        maker.company = maker.below(COMPANIES.len());
        maker
    }

    fn byte(&mut self) -> u8 {
        self.tape.next().copied().unwrap_or(0)
    }

    /// A number below a limit.
    fn below(&mut self, limit: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % limit
    }

    fn chance(&mut self, of_ten: usize) -> bool {
        self.below(10) < of_ten
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    fn payload(mut self) -> String {
        let header = self.object(&Payload::MODEL, &Context::default());
        let sections = if self.chance(4) {
            let entries: Vec<String> = (0..1 + self.below(3)).map(|_| self.entry()).collect();
            format!("\"clients\":[{}]", entries.join(","))
        } else {
            let sections = self.sections();
            self.shuffled(sections).join(",")
        };
        format!("{}{}{sections}}}", header.strip_suffix('}').unwrap(), self.space(","))
    }

    fn entry(&mut self) -> String {
        let mut members = self.sections();
        members.push(format!("\"client\":{}", self.object(&ClientAccount::MODEL, &Context::default())));
        format!("{{{}}}", self.shuffled(members).join(","))
    }

    /// The four arrays of a layout, with at least one item among them.
    fn sections(&mut self) -> Vec<String> {
        let mut context = Context {
            declarants: (0..1 + self.below(3)).map(|_| self.new_id()).collect(),
            properties: (0..1 + self.below(4)).map(|_| self.new_id()).collect(),
            ..Context::default()
        };
        let nested = self.below(context.properties.len() + 1);
        let mut declarants = vec![Vec::new(); context.declarants.len()];
        for id in &context.properties[..nested] {
            let owner = self.below(declarants.len());
            let parent = Some(context.declarants[owner].clone());
            declarants[owner].push(Context { id: id.clone(), parent, ..context.clone() });
        }
        let mut lists = Vec::new();
        for (id, properties) in context.declarants.clone().into_iter().zip(declarants) {
            let properties: Vec<String> = properties.iter().map(|nested| self.property(nested)).collect();
            let associates: Vec<String> = (0..self.below(3)).map(|_| self.associate()).collect();
            let own = self.object(&Declarant::MODEL, &Context { id, ..context.clone() });
            let own = self.nest(&own, "properties", &properties);
            lists.push(self.nest(&own, "associates", &associates));
        }
        let section_level: Vec<String> = context.properties[nested..].to_vec();
        let properties = section_level
            .into_iter()
            .map(|id| {
                context.id = id;
                self.property(&context)
            })
            .collect::<Vec<_>>();
        let transactions: Vec<String> = (0..self.below(6)).map(|_| self.item(&Transaction::MODEL, &context)).collect();
        let documents: Vec<String> = (0..self.below(4)).map(|_| self.item(&Document::MODEL, &context)).collect();
        [("declarants", lists), ("properties", properties), ("transactions", transactions), ("documents", documents)]
            .into_iter()
            .map(|(key, items)| format!("\"{key}\":[{}]", items.join(",")))
            .collect()
    }

    fn associate(&mut self) -> String {
        self.item(&qlower_core::Associate::MODEL, &Context::default())
    }

    fn item(&mut self, model: &Model, context: &Context) -> String {
        let id = self.new_id();
        self.object(model, &Context { id, ..context.clone() })
    }

    fn property(&mut self, context: &Context) -> String {
        let context = Context { off_plan: self.chance(2), ..context.clone() };
        let documents: Vec<String> = (0..self.below(3))
            .map(|_| self.item(&Document::MODEL, &Context { parent: Some(context.id.clone()), ..context.clone() }))
            .collect();
        let own = self.object(&Property::MODEL, &context);
        self.nest(&own, "documents", &documents)
    }

    fn nest(&mut self, object: &str, key: &str, items: &[String]) -> String {
        if items.is_empty() {
            let nothing = self.pick(&["", "[]", "null"]);
            if nothing.is_empty() {
                return object.to_owned();
            }
            return format!("{},\"{key}\":{nothing}}}", object.strip_suffix('}').unwrap());
        }
        let comma = self.space(",");
        format!("{}{comma}\"{key}\":[{}]}}", object.strip_suffix('}').unwrap(), items.join(&comma))
    }

    /// An object with its scalar fields.
    fn object(&mut self, model: &Model, context: &Context) -> String {
        let mut members = Vec::new();
        for field in model.fields {
            if matches!(field.kind, Kind::List(_) | Kind::Object(_)) {
                continue;
            }
            let owner = model.name == ModelName::Document && field.key == "propertyId" && context.parent.is_none();
            let tells_why = context.off_plan && field.key == "completionStatus";
            if !field.required && !owner && !tells_why && !self.chance(7) {
                if self.chance(3) {
                    members.push(format!("\"{}\":null", field.key));
                }
                continue;
            }
            let value = self.value(model.name, field, context);
            members.push(format!("\"{}\"{}{value}", field.key, self.space(":")));
        }
        let members = self.shuffled(members);
        format!("{{{}}}", members.join(&self.space(",")))
    }

    /// A separator, sometimes with white space around it.
    fn space(&mut self, separator: &str) -> String {
        let [before, after] = [self.pick(&["", "", "", " ", "\n", "\r\n\t"]), self.pick(&["", "", " ", "\n  "])];
        format!("{before}{separator}{after}")
    }

    fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        if self.chance(4) {
            for at in (1..items.len()).rev() {
                let other = self.below(at + 1);
                items.swap(at, other);
            }
        }
        items
    }

    fn new_id(&mut self) -> String {
        self.made += 1;
        let before = self.pick(&["", "P-", "é", "😀 ", "/~", "\"\\"]);
        format!("{before}{}", self.made)
    }

    fn value(&mut self, model: ModelName, field: &Field, context: &Context) -> String {
        let reference = match (model, field.key) {
            (_, "id") => Some(context.id.clone()),
            (ModelName::Property, "declarantId") => {
                context.parent.clone().or_else(|| Some(self.one_of(&context.declarants)))
            }
            (ModelName::Document, "propertyId") => {
                context.parent.clone().or_else(|| Some(self.one_of(&context.properties)))
            }
            (ModelName::Document, "declarantId") => Some(self.one_of(&context.declarants)),
            (ModelName::Transaction, "id-prty") => Some(self.one_of(&context.properties)),
            _ => None,
        };
        if let Some(id) = reference {
            return self.quoted(&id);
        }
        let text = match field.kind {
            Kind::Text | Kind::Secret => self.text(field.required),
            Kind::Version => "2.0".to_owned(),
            Kind::Timestamp => self.timestamp(),
            Kind::Date => self.date(field.key, context.off_plan),
            Kind::Year => {
                let year = (1900 + self.below(200)).to_string();
                return if self.chance(3) { year } else { format!("\"{year}\"") };
            }
            Kind::Decimal => return self.decimal(field.key == "amt"),
            Kind::Integer => return self.integer(field.key == "nbrFloors"),
            Kind::Siren => COMPANIES[self.company].0.to_owned(),
            Kind::Siret => COMPANIES[self.company].1.to_owned(),
            Kind::Nic => format!("{:05}", self.below(60_000)),
            Kind::Email => {
                let at = self.pick(&["@example.com", "@sous.domaine.fr", "@exemple-immo.fr"]);
                format!("{}{}{at}", self.pick(&["jean", "o'neil", "a.b+c", "ANNE"]), self.below(99))
            }
            Kind::Country => "FR".to_owned(),
            Kind::PostCode => format!("{:05}", self.below(60_000)),
            Kind::Url => {
                let path = self.pick(&["", "/", "/bail.pdf", "/é/%20b?c=d&e#f", ":8443/a"]);
                format!("{}files{}.example.com{path}", self.pick(&["https://", "HTTPS://"]), self.below(9))
            }
            Kind::Code(list) => {
                let allowed: Vec<&str> = list
                    .active()
                    .map(|entry| entry.code)
                    .filter(|code| !matches!((field.key, *code), ("taxRegime", "7") | ("taxRegimeId", "12")))
                    .filter(|code| *code != "R" && (*code != "VEFA" || context.off_plan))
                    .collect();
                let code =
                    if field.key == "completionStatus" && context.off_plan { "VEFA" } else { self.pick(&allowed) };
                let number = !code.is_empty() && code.bytes().all(|digit| digit.is_ascii_digit());
                if number && self.chance(4) {
                    return format!("{code}{}", self.pick(&["", "", ".0", "e0"]));
                }
                code.to_owned()
            }
            other => panic!("{other:?} is new: make values of it"),
        };
        self.quoted(&text)
    }

    fn one_of(&mut self, ids: &[String]) -> String {
        ids[self.below(ids.len())].clone()
    }

    /// A JSON string, sometimes with escapes that need not be.
    fn quoted(&mut self, text: &str) -> String {
        if self.chance(1) {
            let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            return format!("\"{units}\"");
        }
        Value::from(text).to_string()
    }

    fn text(&mut self, required: bool) -> String {
        if !required && self.chance(2) {
            return self.pick(&["", " ", "\t\u{a0}"]).to_owned();
        }
        let words = [
            "Loyer", "d'août", "œuvre", "« 1 »", "😀", "e\u{301}", "},{", "\\", "\"", "\n", "\u{7f}", "\u{feff}",
            "שלום", "日本", " ",
        ];
        let first = self.pick(&["Loyer", "rue", "1", "É"]);
        (0..self.below(5)).fold(first.to_owned(), |text, _| text + self.pick(&words))
    }

    fn timestamp(&mut self) -> String {
        let day = format!("20{:02}-{:02}-{:02}", self.below(100), 1 + self.below(12), 1 + self.below(28));
        let time = format!("{:02}:{:02}", self.below(24), self.below(60));
        let second = self.pick(&["", ":00", ":59", ":07.5", ":07,123456789"]);
        let offset = self.pick(&["Z", "+01:00", "+0200", "-11", "+05:45"]);
        format!("{day}{}{time}{second}{offset}", self.pick(&["T", " ", "t"]))
    }

    /// A date that is in order with the other dates of its item, and past.
    fn date(&mut self, key: &str, off_plan: bool) -> String {
        let years = match key {
            "constructionDate" if off_plan => 2021..2030,
            "constructionDate" | "startConstrDate" => 1850..1981,
            _ => 1981..2026,
        };
        let year = years.start + self.below(years.end - years.start);
        format!("{year:04}-{:02}-{:02}", 1 + self.below(12), 1 + self.below(28))
    }

    fn decimal(&mut self, not_zero: bool) -> String {
        let length = 1 + self.below(15);
        let mut digits: String = (0..length).map(|_| char::from(b'0' + self.byte() % 10)).collect();
        if not_zero && digits.bytes().all(|digit| digit == b'0') {
            digits.replace_range(..1, "8");
        }
        let point = self.below(length + 1);
        let (whole, fraction) = digits.split_at(point);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let sign = self.pick(&["", "", "-"]);
        let plain = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
        match self.below(6) {
            0 => format!("\"{plain}\""),
            1 => format!("{plain}{}", self.pick(&["e0", "E2", "e-3", "e+4"])),
            _ => plain,
        }
    }

    fn integer(&mut self, negative: bool) -> String {
        let number = self.pick(&[0, 1, 3, 12, 2_147_483_647_i64]);
        let number = if negative && self.chance(3) { -number } else { number };
        match self.below(6) {
            0 => format!("\"{number}\""),
            1 => format!("{number}.0"),
            _ => number.to_string(),
        }
    }
}
