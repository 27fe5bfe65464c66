//! Doc comments, their lines broken.

use super::{WIDTH, camel};

/// A doc comment that starts at this depth, with its line break.
pub(super) fn tsdoc(depth: usize, paragraphs: &[String]) -> String {
    let margin = " ".repeat(depth);
    if let [only] = paragraphs {
        let line = format!("{margin}/** {only} */\n");
        if !only.contains('\n') && line.trim_end().chars().count() <= WIDTH {
            return line;
        }
    }
    let mut out = format!("{margin}/**\n");
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if at > 0 {
            out.push_str(&format!("{margin} *\n"));
        }
        for line in broken(paragraph, depth).lines() {
            out.push_str(format!("{margin} * {line}").trim_end());
            out.push('\n');
        }
    }
    out + &format!("{margin} */\n")
}

/// A paragraph broken into lines, unless it has lines of its own.
fn broken(text: &str, depth: usize) -> String {
    if text.contains('\n') {
        return text.to_owned();
    }
    let width = WIDTH - depth - 3;
    let mut out = String::new();
    let mut length = 0;
    for word in words(text) {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(&word);
        length += word_length;
    }
    out
}

/// The words of a text; a link is one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if last.contains("{@") && !last.contains('}') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// A text of the core for TypeScript: names of fields between backticks as they are there.
pub(super) fn named(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let is_field =
            at % 2 == 1 && part.contains('_') && part.chars().all(|char| char.is_ascii_lowercase() || char == '_');
        if is_field { camel(part) } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("`")
}
