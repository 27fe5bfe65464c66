//! Names that get in each other's way.

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use super::characters::Characters;
use super::code::NamingCode;
use super::error::{Bearer, Detail, NamingError};
use super::rules::Rule;
use super::source::Source;

/// Finds names that are the same, or a file by the name of another one's folder. Names that could not be made are left out.
pub(super) fn find(
    characters: Characters,
    sources: &[Source<'_>],
    archive: Option<&str>,
    in_archive: bool,
    files: &[Option<String>],
    side_file: Option<&str>,
    errors: &mut Vec<NamingError>,
) {
    let entries = files.iter().enumerate().filter_map(|(index, name)| Some((Bearer::File(index), name.as_deref()?)));
    let beside = archive.map(|name| (Bearer::Archive, name)).into_iter();
    let beside = beside.chain(side_file.map(|name| (Bearer::SideFile, name)));
    if in_archive {
        // What is in the archive, and what lies beside it, are two worlds.
        among(characters, sources, entries, errors);
        among(characters, sources, beside, errors);
    } else {
        among(characters, sources, entries.chain(beside), errors);
    }
}

/// The first with a name, the second, and how many there are.
struct Shared<'n> {
    name: &'n str,
    first: Bearer,
    second: Option<Bearer>,
    count: usize,
}

fn among<'n>(
    characters: Characters,
    sources: &[Source<'_>],
    names: impl Iterator<Item = (Bearer, &'n str)>,
    errors: &mut Vec<NamingError>,
) {
    let mut order = Vec::new();
    let mut all: HashMap<String, Shared<'n>, FixedState> = HashMap::default();
    for (bearer, name) in names {
        let folded = characters.fold(name);
        match all.get_mut(&folded) {
            Some(shared) => {
                shared.second = shared.second.or(Some(bearer));
                shared.count = shared.count.saturating_add(1);
            }
            None => {
                order.push(folded.clone());
                all.insert(folded, Shared { name, first: bearer, second: None, count: 1 });
            }
        }
    }
    let about = |code, bearer| about(code, bearer, sources);
    for folded in &order {
        let Some(shared) = all.get(folded) else { continue };
        if let Some(second) = shared.second {
            let detail = Detail::With { other: shared.first, count: shared.count };
            errors.push(about(NamingCode::DuplicateName, second).named(shared.name).with(detail));
        }
    }
    let mut told: HashSet<Bearer, FixedState> = HashSet::default();
    for folded in &order {
        let Some(inner) = all.get(folded) else { continue };
        for (slash, _) in folded.match_indices('/') {
            let Some(outer) = folded.get(..slash).and_then(|folder| all.get(folder)) else { continue };
            if told.insert(outer.first) {
                let detail = Detail::With { other: inner.first, count: 2 };
                errors.push(about(NamingCode::FolderAndFile, outer.first).named(outer.name).with(detail));
            }
        }
    }
}

fn about(code: NamingCode, bearer: Bearer, sources: &[Source<'_>]) -> NamingError {
    let error = NamingError::new(code);
    match bearer {
        Bearer::Archive => error.in_rule(Rule::Archive),
        Bearer::SideFile => error.in_rule(Rule::SideFile),
        Bearer::File(index) => {
            let local = sources.get(index).map_or("", |source| source.name);
            error.in_rule(Rule::File).of_file(index, local.rsplit('/').next().unwrap_or_default())
        }
    }
}
