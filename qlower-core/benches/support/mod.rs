//! Payloads of any size with believable content, the same from the same seed.

use qlower_core::{Associate, Declarant, Document, Payload, Property, Transaction};

/// The day on which the generated payloads are checked: all they tell of lies before it.
pub(crate) const TODAY: chrono::NaiveDate = match chrono::NaiveDate::from_ymd_opt(2026, 6, 30) {
    Some(day) => day,
    None => chrono::NaiveDate::MAX,
};

/// Whether the properties that transactions name stand in the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum References {
    /// All of them.
    Resolved,
    /// None, and each transaction names another one.
    Dangling,
}

/// Numbers that look like chance (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit; 0 if there is none below it.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// One of these.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T], otherwise: &'a T) -> &'a T {
        from.get(self.below(from.len())).copied().unwrap_or(otherwise)
    }
}

const LAST_NAMES: &[&str] =
    &["Lefèvre", "Moreau", "Gonçalves", "Dubois", "N'Diaye", "Müller", "Le Goff", "Fournier", "Blanc", "Hernández"];
const FIRST_NAMES: &[&str] = &["Chloé", "Éric", "Noëlle", "Jean-Pierre", "Aïcha", "Hugo", "Inès", "Benoît", "Zoé"];
const STREETS: &[&str] =
    &["rue des Lilas", "avenue de la République", "quai de Saône", "place du Marché", "allée des Châtaigniers"];
const TOWNS: &[(&str, &str)] =
    &[("Lyon", "69003"), ("Nîmes", "30000"), ("Saint-Étienne", "42000"), ("Brest", "29200"), ("Orléans", "45000")];
const PURPOSES: &[(&str, &str)] = &[
    ("LOYER", "Loyer"),
    ("CHARGES", "Provision pour charges"),
    ("ASSURANCE", "Assurance propriétaire non occupant"),
    ("TRAVAUX", "Travaux d'entretien, facture"),
    ("HONORAIRES", "Honoraires de gestion"),
    ("TAXE", "Taxe foncière"),
];

/// Transactions to a property, so that they make up about nine tenths of the bytes.
const TRANSACTIONS: usize = 78;

/// Makes a payload of about so many bytes of compact JSON.
pub(crate) fn payload(bytes: usize, seed: u64, references: References) -> Payload {
    let mut chance = Chance::new(seed);
    let mut payload = Payload {
        partner: "agence-du-parc".into(),
        api_key: "sample-key-not-a-secret".into(),
        created_at: "2026-06-30T07:15:00+02:00".into(),
        ..Payload::default()
    };
    let properties = (bytes / 14_300).max(1);
    for number in 0..properties {
        if number.is_multiple_of(3) {
            payload.declarants.push(declarant(number, &mut chance));
        }
        let mut property = property(number, &mut chance);
        if let Some(declarant) = payload.declarants.last() {
            property.declarant_id = Some(declarant.id.clone());
        }
        payload.properties.push(property);
        payload.documents.extend((0..2).map(|at| document(number, at, &mut chance)));
    }
    let mut size = payload.to_json().len();
    let mut number = 0;
    while size < bytes || number == 0 {
        let transaction = transaction(number, number / TRANSACTIONS % properties, references, &mut chance);
        size += serde_json::to_string(&transaction).map_or(0, |text| text.len() + 1);
        payload.transactions.push(transaction);
        number += 1;
    }
    payload
}

fn person(chance: &mut Chance) -> (String, String) {
    (chance.pick(LAST_NAMES, "Martin").to_owned(), chance.pick(FIRST_NAMES, "Anne").to_owned())
}

fn place(chance: &mut Chance) -> (String, String, &'static str, &'static str) {
    let (town, post_code) = TOWNS.get(chance.below(TOWNS.len())).copied().unwrap_or(("Lyon", "69003"));
    ((1 + chance.below(180)).to_string(), chance.pick(STREETS, "rue du Port").to_owned(), town, post_code)
}

fn email(number: usize) -> String {
    format!("proprietaire.{number}@exemple.fr")
}

/// A number of the business register, with the digit that makes its checksum fit.
fn siren(number: usize) -> String {
    let head = format!("4{:07}", number % 10_000_000);
    let double = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = head.chars().filter_map(|digit| digit.to_digit(10)).enumerate();
    let sum: u32 = digits.map(|(at, digit)| if at % 2 == 1 { double(digit) } else { digit }).sum();
    format!("{head}{}", (10 - sum % 10) % 10)
}

fn declarant(number: usize, chance: &mut Chance) -> Declarant {
    let (street_number, street, town, post_code) = place(chance);
    let (last_name, first_name) = person(chance);
    Declarant {
        id: format!("D-{number:06}"),
        siren: Some(siren(number).into()),
        nic: Some("00018".into()),
        legal_status: chance.pick(&["6540", "1000", "2110", "6599"], "6540").into(),
        tax_aggregation: Some("IR".into()),
        tax_category: Some(chance.pick(&["2", "4"], "4").into()),
        tax_regime: Some(chance.pick(&["3", "4", "11"], "4").into()),
        name: format!("SCI {last_name} et fils"),
        activity_start: Some("2019-04-01".into()),
        address: format!("{street_number} {street}"),
        town: town.to_owned(),
        post_code: post_code.into(),
        associates: vec![Associate {
            id: format!("A-{number:06}"),
            civility: chance.pick(&["M", "MME"], "M").into(),
            first_name: Some(first_name),
            last_name: Some(last_name),
            email: email(number).as_str().into(),
            manager: Some(true.into()),
            ..Associate::default()
        }],
        ..Declarant::default()
    }
}

fn property(number: usize, chance: &mut Chance) -> Property {
    let (street_number, street, town, post_code) = place(chance);
    let (last_name, first_name) = person(chance);
    Property {
        id: format!("P-{number:06}"),
        kind: Some(chance.pick(&["A", "H", "CL"], "A").into()),
        description: format!("Appartement T{}, {street_number} {street}", 1 + chance.below(5)),
        furnished: Some(chance.below(2).eq(&0).into()),
        managed: Some("A".into()),
        street_number: Some(street_number),
        street,
        town: town.to_owned(),
        post_code: post_code.into(),
        country: "FR".into(),
        last_name,
        first_name,
        phone: Some(format!("06{:08}", chance.below(100_000_000))),
        email: email(number).as_str().into(),
        construction_date: Some("1998-09-15".into()),
        acquisition_date: format!("20{:02}-0{}-1{}", 5 + chance.below(15), 1 + chance.below(9), chance.below(10))
            .into(),
        rooms: Some(i32::try_from(1 + chance.below(5)).unwrap_or(1).into()),
        area: Some(format!("{}.{}", 18 + chance.below(90), chance.below(100)).into()),
        floor: Some(i32::try_from(chance.below(7)).unwrap_or(0).into()),
        tax_regime: chance.pick(&["3", "4", "5", "6"], "5").into(),
        cost_price: Some(format!("{}.00", 90_000 + 500 * chance.below(600)).into()),
        completion_status: Some("OLD".into()),
        notary_fee: Some(format!("{}.{:02}", 4_000 + chance.below(9_000), chance.below(100)).into()),
        ..Property::default()
    }
}

fn document(property: usize, at: usize, chance: &mut Chance) -> Document {
    Document {
        id: format!("F-{property:06}-{at}"),
        property_id: Some(format!("P-{property:06}")),
        file_name: format!("Acte de vente n° {}", chance.below(10_000)),
        file_type: Some(chance.pick(&["42", "53", "27"], "42").into()),
        year: (2018 + i32::try_from(chance.below(8)).unwrap_or(0)).into(),
        file_link: format!("https://documents.exemple.fr/dossiers/{property:06}/{:016x}.pdf", chance.next())
            .as_str()
            .into(),
        ..Document::default()
    }
}

fn transaction(number: usize, property: usize, references: References, chance: &mut Chance) -> Transaction {
    let (category, text) = PURPOSES.get(chance.below(PURPOSES.len())).copied().unwrap_or(("LOYER", "Loyer"));
    let (year, month, day) = (2023 + chance.below(3), 1 + chance.below(12), 1 + chance.below(28));
    let sign = if matches!(category, "LOYER" | "CHARGES") { "" } else { "-" };
    Transaction {
        id: format!("T-{number:08}"),
        date: format!("{year}-{month:02}-{day:02}").into(),
        property_id: match references {
            References::Resolved => format!("P-{property:06}"),
            References::Dangling => format!("X-{number:08}"),
        },
        tenant_id: (category == "LOYER").then(|| format!("L-{property:06}")),
        amount: format!("{sign}{}.{:02}", 20 + chance.below(1_400), chance.below(100)).into(),
        currency: Some("EUR".into()),
        category: Some(category.to_owned()),
        reference: format!("{text} {month:02}/{year} lot {}", 1 + chance.below(60)),
        ..Transaction::default()
    }
}
