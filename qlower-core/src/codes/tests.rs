use std::collections::HashSet;
use std::str::FromStr;

use proptest::prelude::*;

use super::*;
use crate::lang::Lang;

/// Runs a generic check for every enum.
macro_rules! for_every_list {
    ($check:ident $(, $arg:expr)*) => {
        for_every_list!(@ $check ($($arg),*) LegalStatus TaxCategory DeclarantTaxRegime TaxAggregation PropertyTaxRegime
            PropertyKind Management VatOption CompletionStatus Removal DocumentType Civility YesNo Currency)
    };
    (@ $check:ident $args:tt $($Enum:ident)+) => {{
        let visited = [$({ for_every_list!(! $check $Enum $args); $Enum::LIST.name }),+];
        assert_eq!(visited.to_vec(), LISTS.iter().map(|list| list.name).collect::<Vec<_>>());
    }};
    (! $check:ident $Enum:ident ($($arg:expr),*)) => { $check::<$Enum>($($arg),*) };
}

fn codes_of(list: &CodeList) -> Vec<&'static str> {
    list.entries.iter().map(|entry| entry.code).collect()
}

fn active_codes(list: &CodeList) -> Vec<&'static str> {
    list.active().map(|entry| entry.code).collect()
}

#[test]
fn every_list_has_exactly_its_codes() {
    assert_eq!(codes_of(LegalStatus::LIST), ["1000", "2110", "5426", "5710", "6540", "6599"]);
    assert_eq!(codes_of(TaxCategory::LIST), ["1", "2", "3", "4", "5"]);
    assert_eq!(active_codes(DeclarantTaxRegime::LIST), ["3", "4", "10", "11", "12"]);
    assert_eq!(codes_of(DocumentType::LIST), ["26", "27", "42", "53", "55", "56", "58", "59", "60", "61"]);
    assert_eq!(codes_of(Civility::LIST), ["M", "MME", "SOC"]);
    assert_eq!(codes_of(PropertyKind::LIST), ["A", "H", "CL", "P"]);
    assert_eq!(codes_of(Management::LIST), ["D", "A", "STRP", "M"]);
    assert_eq!(codes_of(YesNo::LIST), ["O", "N"]);
    assert_eq!(codes_of(VatOption::LIST), ["N", "10", "20"]);
    assert_eq!(codes_of(CompletionStatus::LIST), ["NEW", "VEFA", "OLD"]);
    assert_eq!(codes_of(TaxAggregation::LIST), ["IR", "IS"]);
    assert_eq!(codes_of(Currency::LIST), ["EUR", "USD", "GBP"]);
    assert_eq!(codes_of(Removal::LIST), ["", "R"]);
}

#[test]
fn property_regimes_are_the_assigned_numbers_and_no_others() {
    let assigned = |n: u32| matches!(n, 1..=33 | 35..=45 | 90..=95);
    assert_eq!(PropertyTaxRegime::ALL.len(), 50);
    for n in 0..1000 {
        let code = n.to_string();
        assert_eq!(PropertyTaxRegime::LIST.find(&code).is_some(), assigned(n), "{n}");
        assert_eq!(PropertyTaxRegime::from_code(&code).is_known(), assigned(n), "{n}");
    }
}

#[test]
fn only_seven_declarant_regimes_are_retired() {
    let retired: Vec<_> = LISTS
        .iter()
        .flat_map(|list| list.entries.iter().filter(|entry| entry.retired).map(|entry| (list.name, entry.code)))
        .collect();
    let expected = ["1", "2", "5", "6", "7", "8", "9"].map(|code| ("taxRegimeId", code));
    assert_eq!(retired, expected);
    assert!(DeclarantTaxRegime::TaxGroupHead.is_retired());
    assert!(!DeclarantTaxRegime::Micro.is_retired());
    assert!(!DeclarantTaxRegime::other("99").is_retired());
}

#[test]
fn only_the_property_regime_is_a_number_on_the_wire() {
    for list in LISTS {
        assert_eq!(list.wire == WireType::Integer, list.name == "taxRegime", "{}", list.name);
    }
}

#[test]
fn codes_labels_and_spellings_are_unambiguous() {
    for list in LISTS {
        let codes: HashSet<_> = codes_of(list).into_iter().map(str::to_lowercase).collect();
        assert_eq!(codes.len(), list.entries.len(), "{}", list.name);

        let mut seen = HashSet::new();
        for entry in list.entries {
            assert!(!entry.fr.trim().is_empty() && !entry.en.trim().is_empty(), "{} {}", list.name, entry.code);
            let own: HashSet<_> =
                [entry.fr, entry.en].iter().chain(entry.also).map(|text| suggest::fold(text)).collect();
            for spelling in own {
                let other_code = codes.contains(&spelling) && spelling != entry.code.to_lowercase();
                assert!(!other_code, "{}: {spelling} is another row's code", list.name);
                assert!(seen.insert(spelling.clone()), "{}: {spelling} stands for two codes", list.name);
            }
        }
    }
}

#[test]
fn a_list_is_found_by_each_of_its_wire_keys() {
    let mut seen = HashSet::new();
    for &of in LISTS {
        assert_eq!(list(of.name), Some(of));
        for key in of.keys {
            assert!(seen.insert(key), "{key} belongs to two lists");
            assert_eq!(list(key), Some(of));
        }
    }
    assert_eq!(seen.len(), 16);
    for none in ["", "yesno", "debActDate", "taxregime", "id"] {
        assert_eq!(list(none), None, "{none}");
    }
}

#[test]
fn documented_defaults_are_known_codes() {
    let defaults: Vec<_> = LISTS.iter().filter_map(|list| Some((list.name, list.when_absent?))).collect();
    assert_eq!(defaults, [("taxRegime", "7"), ("remove", ""), ("yesNo", "N"), ("ccy", "EUR")]);
    for (name, code) in defaults {
        assert!(label(name, code, Lang::Fr).is_some());
    }
}

#[test]
fn labels_are_found_by_key_and_code() {
    assert_eq!(label("taxRegime", 5, Lang::Fr), Some("BIC Réel / location meublée LMNP"));
    assert_eq!(label("dismemberedProperty", "O", Lang::En), Some("Yes"));
    assert_eq!(label("legalStatusId", PropertyTaxRegime::other("6540"), Lang::Fr), Some("Société civile immobilière"));
    assert_eq!(label("taxRegime", 34, Lang::Fr), None);
    assert_eq!(label("taxRegime", "05", Lang::Fr), None);
    assert_eq!(label("nothing", 5, Lang::Fr), None);
}

#[test]
fn every_value_round_trips_in_every_way() {
    fn check<C: Code>() {
        assert_eq!(C::ALL.len(), C::LIST.entries.len());
        for (value, entry) in C::ALL.iter().zip(C::LIST.entries) {
            assert_eq!(value.code(), entry.code);
            assert_eq!(value.to_string(), entry.code);
            assert_eq!(value.entry(), Some(entry));
            assert_eq!(value.label(Lang::Fr), Some(entry.fr));
            assert_eq!(value.label(Lang::En), Some(entry.en));
            assert_eq!(value.is_retired(), entry.retired);
            assert!(value.is_known());
            let again =
                [C::from_code(entry.code), C::other(entry.code), entry.code.into(), entry.code.to_owned().into()];
            assert!(again.iter().all(|one| one == value), "{again:?}");
            assert_eq!(C::from_str(entry.code).as_ref(), Ok(value));

            let json = serde_json::to_string(value).unwrap();
            let expected = match C::LIST.wire {
                WireType::Integer => entry.code.to_owned(),
                WireType::Text => format!("{:?}", entry.code),
            };
            assert_eq!(json, expected);
            assert_eq!(&serde_json::from_str::<C>(&json).unwrap(), value);
            assert_eq!(&serde_json::from_str::<C>(&format!("{:?}", entry.code)).unwrap(), value);
        }
        let debugs: HashSet<_> = C::ALL.iter().map(|value| format!("{value:?}")).collect();
        assert_eq!(debugs.len(), C::ALL.len());
        assert!(size_of::<C>() <= 24);
    }
    for_every_list!(check);
}

#[test]
fn nothing_given_is_the_default() {
    fn check<C: Code>() {
        assert_eq!(C::default().code(), "");
        assert_eq!(C::default().is_known(), C::LIST.name == "remove");
    }
    for_every_list!(check);
}

#[test]
fn a_nul_is_not_nothing() {
    assert_eq!(Currency::LIST.find("EUR\0"), None);
    assert_eq!(PropertyTaxRegime::LIST.find("5\0"), None);
    assert_eq!(Removal::LIST.find("\0"), None);
    assert!(!YesNo::from("O\0").is_known());
}

#[test]
fn strict_reading_says_what_would_be_right() {
    let error = YesNo::from_str("oui").unwrap_err();
    assert_eq!((error.list, &*error.code), (YesNo::LIST, "oui"));
    assert_eq!(error.to_string(), r#""oui" is not a code of yesNo: accepted are "O", "N"; did you mean "O"?"#);

    let error = DeclarantTaxRegime::from_str("13").unwrap_err().to_string();
    assert_eq!(error, r#""13" is not a code of taxRegimeId: accepted are "3", "4", "10", "11", "12""#);
    assert_eq!(DeclarantTaxRegime::from_str("9"), Ok(DeclarantTaxRegime::ControlledReturn));
}

#[test]
fn an_endless_text_is_kept_but_not_printed() {
    let long = "é\n".repeat(500_000);
    let error = Currency::from_str(&long).unwrap_err();
    assert_eq!(&*error.code, long);
    let shown = error.to_string();
    assert!(shown.len() < 200, "{}", shown.len());
    assert!(!shown.contains('\n'));
    assert_eq!(Currency::from(long.as_str()).code(), long);
    assert_eq!(Currency::LIST.suggest(&long), None);
}

#[test]
fn a_bool_is_yes_or_no() {
    assert_eq!((YesNo::from(true).code(), YesNo::from(false).code()), ("O", "N"));
}

#[test]
fn debug_names_the_variant() {
    assert_eq!(format!("{:?}", PropertyTaxRegime::LmnpReal), "LmnpReal");
    assert_eq!(format!("{:?}", Currency::from("CHF")), r#"Other("CHF")"#);
    assert_eq!(format!("{:>5}|{:<4}|", Currency::Eur, YesNo::Yes), "  EUR|O   |");
}

/// Short texts near the codes, and any texts.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{0,3}", "[A-Z]{0,4}", "[\\x00A0MNOR1-5]{0,5}", "\\PC{0,8}", any::<String>()]
}

proptest! {
    #[test]
    fn find_agrees_with_a_plain_search(text in texts()) {
        for list in LISTS {
            let plain = list.entries.iter().find(|entry| entry.code == text);
            prop_assert_eq!(list.find(&text), plain, "{}", list.name);
        }
    }

    #[test]
    fn any_text_survives_reading_and_writing(text in texts()) {
        fn check<C: Code>(text: &str) {
            let value = C::from_code(text);
            assert_eq!(value.code(), text);
            assert_eq!(value.is_known(), C::ALL.contains(&value));
            assert_eq!(value.label(Lang::En).is_some(), value.is_known());
            assert_eq!(C::from_str(text).is_ok(), value.is_known());
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<C>(&json).unwrap(), value);
            let tree = serde_json::to_value(&value).unwrap();
            assert_eq!(serde_json::from_value::<C>(tree).unwrap(), value);
        }
        for_every_list!(check, &text);
    }

    #[test]
    fn a_suggestion_is_stable(text in texts()) {
        for list in LISTS {
            if let Some(entry) = list.suggest(&text) {
                prop_assert_eq!(list.suggest(entry.code), Some(entry));
            }
        }
    }

    #[test]
    fn whole_numbers_are_read_in_any_form(n in -1000_i64..1000) {
        let from = |json: String| serde_json::from_str::<PropertyTaxRegime>(&json).unwrap();
        let value = PropertyTaxRegime::from_code(&n.to_string());
        for json in [format!("{n}"), format!("\"{n}\""), format!("{n}.0")] {
            prop_assert_eq!(&from(json), &value);
        }
    }
}
