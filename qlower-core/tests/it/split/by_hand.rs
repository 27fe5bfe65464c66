//! Single cases, in both layouts.

use qlower_core::split::Limit;
use qlower_core::{FindingCode, ModelName, Part, Parts};

use super::{
    HEADER, bytes, checked, client, declarant, document, elements, items, members, needs, payload, property, text,
    transaction,
};

fn ids(part: &Part) -> Vec<String> {
    part.checked().payload().unwrap().items().map(|item| item.id.to_owned()).collect()
}

fn all_ids(parts: &Parts) -> Vec<Vec<String>> {
    parts.iter().map(ids).collect()
}

#[test]
fn what_fits_is_one_part_with_its_own_bytes() {
    let whole = payload(&format!("\n \"transactions\" : [ {} ]  ", transaction("T1", "P1")));
    for options in [bytes(whole.bytes().len()), items(1), bytes(usize::MAX)] {
        let parts = whole.split(&options).unwrap();
        let part = parts.get(0).unwrap();
        assert_eq!((parts.len(), part.number(), part.items(), part.depends_on()), (1, 0, 1, &[][..]));
        assert_eq!(part.checked().bytes().as_ptr(), whole.bytes().as_ptr(), "not copied");
        assert_eq!(part.checked().sha256(), whole.sha256());
        assert_eq!(part.checked().report(), whole.report());
        assert_eq!(part.pointer_in_whole("/transactions/0/amt").as_deref(), Some("/transactions/0/amt"));
    }
    let smaller = whole.split(&bytes(whole.bytes().len() - 1)).unwrap();
    assert_eq!(smaller.len(), 1, "without the white space between items");
    assert_eq!(text(smaller.get(0).unwrap()), format!("{{{HEADER},\"transactions\":[{}]}}", transaction("T1", "P1")));
}

#[test]
fn the_header_is_repeated_as_it_stands() {
    let header = format!(" \"x-note\" : [ 1, {{\"a\" : \"}}\"}} ] ,\n{HEADER}");
    let rents = ["T1", "T2"].map(|id| transaction(id, "P1")).join(" , ");
    let whole = checked(&format!("{{{header}, \"transactions\":[{rents}], \"z\": null }}"));
    let parts = whole.split(&items(1)).unwrap();
    assert_eq!(all_ids(&parts), [["T1"], ["T2"]]);
    for part in &parts {
        assert!(text(part).starts_with(&format!("{{\"x-note\" : [ 1, {{\"a\" : \"}}\"}} ],{HEADER},\"z\": null,")));
        let checked = part.checked();
        assert_eq!((checked.partner(), checked.created_at()), (whole.partner(), whole.created_at()));
        assert_eq!(checked.api_key(), whole.api_key());
        assert_ne!(checked.sha256(), whole.sha256());
        let codes: Vec<_> =
            checked.report().findings().iter().map(|finding| (finding.code(), finding.pointer())).collect();
        let unknown = FindingCode::UnknownField;
        assert_eq!(codes[..2], [(unknown, "/x-note"), (FindingCode::UnknownReference, "/transactions/0/id-prty")]);
        assert_eq!(codes[2..], [(unknown, "/z")]);
    }
}

#[test]
fn sections_come_in_the_order_of_belonging_whatever_their_order_in_the_text() {
    let whole = payload(&format!(
        r#""documents":[{}],"transactions":[{}],"properties":[{},{}],"declarants":[{}]"#,
        document("F1", r#""declarantId":"D1""#),
        transaction("T1", "P3"),
        property("P2", ""),
        property("P3", r#","declarantId":"D1""#),
        declarant("D1", &format!(r#","properties":[{}]"#, property("P1", ""))),
    ));
    let parts = whole.split(&items(2)).unwrap();
    assert_eq!(all_ids(&parts), [["D1", "P1"], ["P2", "P3"], ["T1", "F1"]]);
    assert_eq!(needs(&parts), ["", "0", "0 1"]);
    let pointers =
        ["/transactions/0", "/documents/0/year", "/properties/1", "/properties/2", "/declarants/0", "/creDtTm"];
    let second = parts.get(1).unwrap();
    let found = pointers.map(|pointer| second.pointer_in_whole(pointer));
    assert_eq!(found, [None, None, Some("/properties/1".into()), None, None, Some("/creDtTm".into())]);
}

#[test]
fn pointers_lead_back_over_sections_and_parts() {
    let rents: Vec<_> = (0..7).map(|n| transaction(&format!("T{n}"), "P1")).collect();
    let papers: Vec<_> = (0..3).map(|n| document(&format!("F{n}"), r#""propertyId":"P1""#)).collect();
    let whole = payload(&format!(
        r#""properties":[{}],"transactions":[{}],"documents":[{}]"#,
        property("P1", ""),
        rents.join(","),
        papers.join(",")
    ));
    let parts = whole.split(&items(4)).unwrap();
    assert_eq!(all_ids(&parts), [vec!["P1", "T0", "T1", "T2"], vec!["T3", "T4", "T5", "T6"], vec!["F0", "F1", "F2"]]);
    let in_whole = |part: usize, pointer: &str| parts.get(part).unwrap().pointer_in_whole(pointer);
    for (part, pointer, expected) in [
        (0, "/transactions/2/amt", Some("/transactions/2/amt")),
        (0, "/transactions/3", None),
        (1, "/transactions/0", Some("/transactions/3")),
        (1, "/transactions/3/id-prty", Some("/transactions/6/id-prty")),
        (1, "/transactions/4", None),
        (1, "/properties/0", None),
        (1, "/transactions/18446744073709551615", None),
        (1, "/transactions/99999999999999999999", Some("/transactions/99999999999999999999")),
        (1, "/transactions", Some("/transactions")),
        (1, "", Some("")),
        (2, "/documents/1", Some("/documents/1")),
    ] {
        assert_eq!(in_whole(part, pointer).as_deref(), expected, "{part} {pointer}");
    }
}

#[test]
fn an_item_that_is_too_large_is_named() {
    let large = declarant("D\\u00e92", &format!(r#","properties":[{},{}]"#, property("P1", ""), property("P2", "")));
    let whole = payload(&format!(r#""declarants":[{},{large}]"#, declarant("D1", "")));
    let alone = format!("{{{HEADER},\"declarants\":[{large}]}}").len();
    assert_eq!(whole.split(&bytes(alone)).unwrap().len(), 2);
    let error = whole.split(&bytes(alone - 1)).unwrap_err();
    assert_eq!((error.pointer(), error.model(), error.id()), ("/declarants/1", ModelName::Declarant, Some("Dé2")));
    assert_eq!((error.unit(), error.size(), error.limit()), (Limit::Bytes, alone as u64, alone as u64 - 1));
    assert_eq!(
        error.to_string(),
        format!(
            "declarants \"Dé2\" at /declarants/1 cannot be cut, and needs a part of {alone} bytes, more than the {} allowed",
            alone - 1
        )
    );
    let error = whole.split(&items(2)).unwrap_err();
    assert_eq!((error.pointer(), error.unit(), error.size(), error.limit()), ("/declarants/1", Limit::Items, 3, 2));
    assert_eq!(whole.split(&items(3)).unwrap().len(), 2);
    assert_eq!(whole.split(&items(0)).unwrap_err().pointer(), "/declarants/0");
}

#[test]
fn a_header_that_is_too_large_is_named() {
    for members in [format!("\"transactions\":[{}]", transaction("T1", "P1")), "\"clients\":[]".to_owned()] {
        let whole = payload(&members);
        for limit in [0, HEADER.len() + 1] {
            let error = whole.split(&bytes(limit)).unwrap_err();
            assert_eq!((error.pointer(), error.model(), error.id()), ("", ModelName::Payload, None));
            assert_eq!((error.size(), error.limit()), (HEADER.len() as u64 + 2, limit as u64));
            assert!(error.to_string().starts_with("the header cannot be cut"), "{error}");
        }
    }
    let whole = payload(&format!("\"clients\":[{}]", client("a@example.com", "")));
    let frame = format!("{{{HEADER},\"clients\":[]}}").len();
    assert_eq!(whole.split(&bytes(frame - 1)).unwrap_err().pointer(), "");
    let error = whole.split(&bytes(frame)).unwrap_err();
    assert_eq!((error.pointer(), error.model()), ("/clients/0", ModelName::ClientEntry));
    assert_eq!((error.id(), error.size()), (Some("a@example.com"), whole.bytes().len() as u64));
}

#[test]
fn white_space_alone_can_be_too_much() {
    let space = " ".repeat(1000);
    let empty = payload(&format!("\"transactions\":[{space}]"));
    let parts = empty.split(&bytes(200)).unwrap();
    assert_eq!((parts.len(), text(parts.get(0).unwrap())), (1, format!("{{{HEADER}}}").as_str()));

    let entry = client("a@example.com", &format!(",\"documents\":[{space}]"));
    let parts = payload(&format!("\"clients\":[{entry},{}]", client("b@example.com", ""))).split(&bytes(300)).unwrap();
    let expected =
        format!("{{{HEADER},\"clients\":[{},{}]}}", client("a@example.com", ""), client("b@example.com", ""));
    assert_eq!((parts.len(), text(parts.get(0).unwrap())), (1, expected.as_str()));
}

/// Entries with so many transactions each.
fn clients(sizes: &[usize]) -> Vec<String> {
    let entry = |(at, size): (usize, &usize)| {
        let rents: Vec<_> = (0..*size).map(|n| transaction(&format!("C{at}T{n}"), "P1")).collect();
        let home = property("P1", "");
        client(
            &format!("c{at}@example.com"),
            &format!(r#", "properties":[{home}], "transactions": [{}]"#, rents.join(",")),
        )
    };
    sizes.iter().enumerate().map(entry).collect()
}

#[test]
fn an_entry_stays_whole_where_it_fits() {
    let entries = clients(&[3, 1, 2, 4]);
    let whole = payload(&format!("\"clients\":[{}]", entries.join(" ,")));
    // An entry has a property besides.
    let parts = whole.split(&items(6)).unwrap();
    let texts: Vec<_> = parts.iter().map(|part| elements(members(text(part)).get("clients"))).collect();
    assert_eq!(texts, [&entries[..2], &entries[2..3], &entries[3..]], "with their very bytes");
    assert_eq!(needs(&parts), ["", "", ""], "of different accounts");
    let third = parts.get(2).unwrap();
    for (pointer, expected) in [
        ("/clients/0/transactions/3/amt", Some("/clients/3/transactions/3/amt")),
        ("/clients/0/client/email", Some("/clients/3/client/email")),
        ("/clients/0", Some("/clients/3")),
        ("/clients/1", None),
        ("/versionId", Some("/versionId")),
    ] {
        assert_eq!(third.pointer_in_whole(pointer).as_deref(), expected);
    }
}

#[test]
fn an_entry_fits_to_the_byte() {
    let entries = clients(&[2, 2, 1]);
    let whole = payload(&format!("\"clients\":[{}]", entries.join(",")));
    let two = format!("{{{HEADER},\"clients\":[{},{}]}}", entries[0], entries[1]);
    let one = format!("{{{HEADER},\"clients\":[{}]}}", entries[0]);
    for (limit, expected) in [(two.len(), vec![6, 2]), (two.len() - 1, vec![3, 5]), (one.len(), vec![3, 3, 2])] {
        let parts = whole.split(&bytes(limit)).unwrap();
        assert_eq!(parts.iter().map(Part::items).collect::<Vec<_>>(), expected, "{limit}");
        assert_eq!(text(parts.get(0).unwrap()), if limit == two.len() { &two } else { &one });
    }
    let parts = whole.split(&bytes(one.len() - 1)).unwrap();
    let first = text(parts.get(0).unwrap());
    assert_ne!((parts.len(), first), (3, one.as_str()));
    assert!(first.len() < one.len());
}

#[test]
fn an_entry_that_does_not_fit_is_cut_and_its_account_comes_first() {
    let entries = clients(&[1, 7, 1, 1]);
    let whole = payload(&format!("\"clients\":[{}]", entries.join(",")));
    let parts = whole.split(&items(3)).unwrap();
    let expected = [
        vec!["P1", "C0T0"],
        vec!["P1", "C1T0", "C1T1"],
        vec!["C1T2", "C1T3", "C1T4"],
        vec!["C1T5", "C1T6"],
        vec!["P1", "C2T0"],
        vec!["P1", "C3T0"],
    ];
    assert_eq!(all_ids(&parts), expected);
    assert_eq!(needs(&parts), ["", "", "1", "1", "", ""], "on the part with account and property");
    let block = r#"{"email":"c1@example.com","firstName":"A","lastName":"B"}"#;
    assert!(parts.iter().skip(1).take(3).all(|part| text(part).contains(block)));
    let in_whole = |part: usize, pointer: &str| parts.get(part).unwrap().pointer_in_whole(pointer);
    assert_eq!(in_whole(3, "/clients/0/transactions/1/ref").as_deref(), Some("/clients/1/transactions/6/ref"));
    assert_eq!(in_whole(3, "/clients/0/properties/0"), None, "it is in an earlier piece");
    assert_eq!(in_whole(3, "/clients/0/client").as_deref(), Some("/clients/1/client"));

    // The last piece takes more entries, if there is room.
    let parts = whole.split(&items(4)).unwrap();
    let lists = all_ids(&parts);
    assert_eq!(lists[2], ["C1T3", "C1T4", "C1T5", "C1T6"]);
    let parts = whole.split(&items(5)).unwrap();
    assert_eq!(all_ids(&parts)[2..], [vec!["C1T4", "C1T5", "C1T6", "P1", "C2T0"], vec!["P1", "C3T0"]]);
    let mixed = parts.get(2).unwrap();
    for (pointer, expected) in [
        ("/clients/0/transactions/0", Some("/clients/1/transactions/4")),
        ("/clients/0/transactions/3", None),
        ("/clients/1/transactions/0", Some("/clients/2/transactions/0")),
        ("/clients/2", None),
    ] {
        assert_eq!(mixed.pointer_in_whole(pointer).as_deref(), expected, "{pointer}");
    }
}

#[test]
fn ids_are_those_of_an_account() {
    let entry = |email: &str, home: &str, of: &str| {
        let home = property(home, "");
        client(
            email,
            &format!(
                r#","properties":[{home}],"transactions":[{}]"#,
                transaction(&format!("{email}-{home:.9}").replace('"', ""), of)
            ),
        )
    };
    // The second refers to a property that only the first has; the third is the first one's account again.
    let text =
        [entry("a@example.com", "P1", "P1"), entry("b@example.com", "P2", "P1"), entry("A@example.com ", "P3", "P1")];
    let whole = payload(&format!("\"clients\":[{}]", text[..2].join(",")));
    assert_eq!(needs(&whole.split(&items(2)).unwrap()), ["", ""]);
    let same = payload(&format!(
        "\"clients\":[{},{},{}]",
        text[0],
        text[1],
        text[2].replace("A@example.com ", "A@example.com")
    ));
    assert_eq!(needs(&same.split(&items(2)).unwrap()), ["", "", "0"]);
}

#[test]
fn an_item_that_stands_twice_is_not_sent_at_the_same_time() {
    let rents = ["T1", "T2", "T1", "T3"].map(|id| transaction(id, "P1")).join(",");
    let whole = payload(&format!("\"transactions\":[{rents}]"));
    let parts = whole.split(&items(1)).unwrap();
    assert_eq!(needs(&parts), ["", "", "0", ""]);
    let twice = parts.get(2).unwrap().checked().report();
    let message = twice.findings().iter().find(|finding| finding.code() == FindingCode::ExactDuplicate).unwrap();
    assert_eq!(message.pointer(), "/transactions/0/id");
    assert_eq!(message.to_string(), "The item \"T1\" is the same as /transactions/0.", "in the whole");

    let rest = ["T0", "T1", "T2", "T2"].map(|id| transaction(id, "P1")).join(",");
    let late = payload(&format!("\"transactions\":[{rest}]")).split(&items(2)).unwrap();
    let report = late.get(1).unwrap().checked().report();
    let message = report.findings().iter().find(|finding| finding.code() == FindingCode::ExactDuplicate).unwrap();
    assert_eq!(message.pointer(), "/transactions/1/id");
    assert_eq!(message.to_string(), "The item \"T2\" is the same as /transactions/0.", "in the same part");

    let together = whole.split(&items(3)).unwrap();
    let rents = [transaction("T0", "P1"), rents].join(",");
    let shifted = payload(&format!("\"transactions\":[{rents}]")).split(&items(4)).unwrap();
    assert_eq!((needs(&together), needs(&shifted)), (vec![String::new(); 2], vec![String::new(); 2]));
    let finding = shifted.get(0).unwrap().checked().report().findings().last().unwrap().clone();
    assert_eq!((finding.pointer(), finding.code()), ("/transactions/3/id-prty", FindingCode::UnknownReference));
}

#[test]
fn findings_go_with_what_they_are_about() {
    let zero = |id: &str| transaction(id, "P1").replace("850.5", "0");
    let whole = checked(&format!(
        "\u{feff}{{{HEADER},\"transactions\":[{},{},{}],\"properties\":[{}]}}",
        zero("T1"),
        transaction("T2", "P1"),
        zero("T3"),
        property("P1", "")
    ));
    let parts = whole.split(&items(2)).unwrap();
    let found: Vec<Vec<_>> = parts
        .iter()
        .map(|part| {
            part.checked().report().findings().iter().map(|f| (f.code().as_str(), f.pointer(), f.line())).collect()
        })
        .collect();
    assert_eq!(
        found,
        [
            vec![("byte_order_mark", "", None), ("zero_amount", "/transactions/0/amt", None)],
            vec![("zero_amount", "/transactions/1/amt", None)]
        ]
    );
    for (part, items, warnings) in [(0, 1, 1), (1, 2, 1)] {
        let report = parts.get(part).unwrap().checked().report();
        assert!(report.is_valid() && report.is_complete() && report.omitted() == 0);
        let count = report.counts()[&ModelName::Transaction];
        assert_eq!((count.items, count.errors, count.warnings), (items, 0, warnings));
    }
    assert_eq!(parts.get(0).unwrap().checked().report().counts()[&ModelName::Property].items, 1);
    assert_eq!(parts.get(1).unwrap().checked().report().counts().get(&ModelName::Property), None);
}

#[test]
fn a_selection_keeps_its_numbers() {
    let rents = ["T1", "T2", "T3"].map(|id| transaction(id, "P1")).join(",");
    let mut parts = payload(&format!("\"transactions\":[{rents}]")).split(&items(1)).unwrap();
    parts.retain(|part| part.number() != 1);
    assert_eq!(parts.iter().map(Part::number).collect::<Vec<_>>(), [0, 2]);
    assert!(parts.get(1).is_none());
    assert_eq!(parts.get(2).unwrap().pointer_in_whole("/transactions/0").as_deref(), Some("/transactions/2"));
    let shown = format!("{parts:?}");
    assert!(shown.contains("number: 2") && !shown.contains("s3cr3t") && !shown.contains("Loyer"), "{shown}");
    parts.retain(|_| false);
    assert!(parts.is_empty());
}
