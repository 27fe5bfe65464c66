//! Paths in the notations of others: JSON Pointer, JSONPath, JavaScript.

use super::ValuePath;

/// Where the other notation shows, in characters from 1, and the same path in ours, if there is one.
pub(super) fn other(text: &str) -> Option<(usize, Option<String>)> {
    let told = |keys: Vec<String>| ValuePath::of(keys).map(|path| path.to_string());
    if let Some(pointer) = text.strip_prefix('/') {
        let keys = pointer.split('/').map(|key| key.replace("~1", "/").replace("~0", "~"));
        return Some((1, told(keys.collect())));
    }
    let (rest, mut shows) = match text.strip_prefix('$') {
        Some(rest) if rest.starts_with(['.', '[']) => (rest.strip_prefix('.').unwrap_or(rest), Some(1)),
        _ => (text, None),
    };
    let mut position = 1 + text.chars().count() - rest.chars().count();
    let (mut keys, mut key, mut rest) = (Vec::new(), String::new(), rest);
    while let Some(char) = rest.chars().next() {
        let after = rest.get(char.len_utf8()..).unwrap_or_default();
        let length = match char {
            '\\' => {
                let next = after.chars().next();
                key.extend(next);
                1 + next.map_or(0, char::len_utf8)
            }
            '.' => {
                keys.extend((!key.is_empty()).then(|| std::mem::take(&mut key)));
                1
            }
            '[' => match bracketed(after) {
                Some((inner, length)) => {
                    shows = shows.or(Some(position));
                    keys.extend((!key.is_empty()).then(|| std::mem::take(&mut key)));
                    keys.push(inner.to_owned());
                    1 + length
                }
                None => {
                    key.push(char);
                    1
                }
            },
            _ => {
                key.push(char);
                char.len_utf8()
            }
        };
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        position += taken.chars().count();
        rest = left;
    }
    keys.extend((!key.is_empty()).then_some(key));
    shows.map(|position| (position, told(keys)))
}

/// What stands between brackets whose opening was taken, an index or a quoted key, and the length with the closing one.
fn bracketed(text: &str) -> Option<(&str, usize)> {
    let quoted = |quote: char| {
        let inner = text.strip_prefix(quote)?;
        let (key, after) = inner.split_once(quote)?;
        (after.starts_with(']') && !key.is_empty()).then_some((key, key.len() + 3))
    };
    quoted('"').or_else(|| quoted('\'')).or_else(|| {
        let (index, _) = text.split_once(']')?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        digits.then_some((index, index.len() + 1))
    })
}
