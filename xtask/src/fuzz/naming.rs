//! What holds for any templates, variables and names of files.

use chrono::{DateTime, NaiveDateTime};
use qlower_core::Lang;
use qlower_core::naming::{Characters, Names, NamingError, Rule, Rules, Source, Template, Variables, plan};
use serde_json::Value;

/// When every delivery is planned.
const AT: i64 = 1_786_000_000;

/// Takes the first lines for the templates of directory, file, archive and side file and for a variable, the rest for local names; an
/// empty template is none. Reads the templates, plans, and looks at the names or the errors.
///
/// # Errors
/// Says which property does not hold.
pub fn naming(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let templates = [Rule::Directory, Rule::File, Rule::Archive, Rule::SideFile]
        .map(|rule| (rule, lines.next().unwrap_or_default()));
    let variables = Variables::from([("vin", lines.next().unwrap_or_default()), ("lot", "a1")]);
    let names: Vec<&str> = lines.collect();
    let sources: Vec<_> = names.iter().map(|name| Source::new(name).partner(name.strip_prefix('p'))).collect();
    let at = DateTime::from_timestamp(AT, 0).map_or_else(NaiveDateTime::default, |at| at.naive_utc());
    for (_, template) in templates {
        match Template::parse(template) {
            Ok(read) if read.as_str() != template => return Err(format!("{template:?} became {read:?}")),
            Ok(_) => {}
            Err(error) => explained(&error, template, 0)?,
        }
    }
    let given = || templates.into_iter().filter(|(_, template)| !template.is_empty());
    for characters in Characters::ALL {
        let rules = Rules::default().characters(*characters).with(given());
        let planned = rules.and_then(|rules| {
            let planned = plan(&rules, &sources, &variables, at);
            if planned == plan(&rules, &sources, &variables, at) { planned } else { Ok(Names::default()) }
        });
        match planned {
            Ok(names) => sound(&names, sources.len(), *characters)?,
            Err(errors) if errors.is_empty() => return Err("there is no name and no error".to_owned()),
            Err(errors) => {
                for error in errors {
                    let template =
                        given().find(|(rule, _)| error.rule() == Some(*rule)).map_or("{name}", |(_, text)| text);
                    explained(&error, template, sources.len())?;
                }
            }
        }
    }
    Ok(())
}

fn sound(names: &Names, count: usize, characters: Characters) -> Result<(), String> {
    if names.files.len() != count || count == 0 {
        return Err(format!("{} names for {count} files", names.files.len()));
    }
    let beside = || names.archive.iter().chain(&names.side_file);
    for path in names.files.iter().chain(beside()).chain(&names.directory) {
        let unsound = path.len() > 1_024
            || path.contains(|c: char| c.is_control() || c == '\\' || c == '\u{fffd}')
            || path.starts_with('~')
            || path.split('/').any(|part| matches!(part, "" | "." | "..") || part.len() > 255 || part.trim() != part)
            || characters == Characters::Windows && path.contains(['<', '>', ':', '"', '|', '?', '*'])
            || characters == Characters::Ascii && !path.is_ascii()
            || characters == Characters::Portable
                && !path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'));
        if unsound {
            return Err(format!("{characters}: {path:?} is no name"));
        }
    }
    let mut all: Vec<&String> = names.files.iter().collect();
    if names.archive.is_none() {
        all.extend(beside());
    }
    all.sort();
    if all.windows(2).any(|two| matches!(two, [one, other] if one == other)) {
        return Err(format!("two have one name: {all:?}"));
    }
    Ok(())
}

fn explained(error: &NamingError, template: &str, files: usize) -> Result<(), String> {
    let length = template.chars().count();
    if error.position().is_some_and(|position| position == 0 || position > length) {
        return Err(format!("{error:?} is not in {template:?}"));
    }
    if error.file().is_some_and(|file| file >= files) {
        return Err(format!("{error:?} is of none of {files} files"));
    }
    for text in [error.message(Lang::En), error.message(Lang::Fr)] {
        if text.contains(char::is_control) || text.is_empty() || text.chars().count() > 4_000 {
            return Err(format!("{error:?} is told as {text:?}"));
        }
    }
    match serde_json::from_str::<Value>(&error.to_json()) {
        Ok(_) => Ok(()),
        Err(problem) => Err(format!("{error:?} as JSON: {problem}")),
    }
}

/// Rules as customers have them, and such with the usual mistakes.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let vin = "VF1AA000123456789";
    [
        ["", "", "", "", "", "IMG_2041.jpg\nIMG_2042.jpg"],
        ["in/{date}", "{vin}_{n:02}.{ext}", "{vin}.zip", "{vin}.json", vin, "a.jpg\nb.jpg\nc.png"],
        [
            "{partner}",
            "{vin:lower}/{n}_{stem:8:upper}.{ext}",
            "",
            "{partner}_{time}.json",
            vin,
            "ploader.json\nploader.json",
        ],
        ["in", "{name}", "", "in", vin, "x/a.jpg\ny/a.jpg\nA.JPG"],
        ["/in/", "{vin", "{n}.zip", "}}{{.json", "../a", "README\n.env\n"],
        ["~www/..", "{vim}_{n:00}:{hash}", "CON.zip", "a\\b", "nul.", "caf\u{e9}.jpg\ncafe\u{301}.jpg"],
        ["", "{{{n}}}", "", "", "\u{202e}x\r", "a.tar.gz\nb.\n..\n/"],
        ["", "{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}{vin}", "", "", vin, "a"],
    ]
    .map(|lines| lines.join("\n").into_bytes())
    .into()
}
