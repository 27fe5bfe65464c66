//! Docstrings, their lines broken.

use super::WIDTH;

/// A docstring that starts at this depth, with its line break.
pub(super) fn docstring(depth: usize, paragraphs: &[String]) -> String {
    let margin = " ".repeat(depth);
    let [only] = paragraphs else { return long(&margin, paragraphs) };
    let line = format!("{margin}\"\"\"{only}\"\"\"\n");
    if only.contains('\n') || line.trim_end().chars().count() > WIDTH { long(&margin, paragraphs) } else { line }
}

fn long(margin: &str, paragraphs: &[String]) -> String {
    let mut out = format!("{margin}\"\"\"");
    for (at, paragraph) in paragraphs.iter().enumerate() {
        for (line, text) in paragraph.lines().enumerate() {
            if at > 0 && line == 0 {
                out.push('\n');
            }
            if at > 0 || line > 0 {
                out.push_str(margin);
            }
            out.push_str(text);
            out.push('\n');
        }
    }
    out.push_str(margin);
    out.push_str("\"\"\"\n");
    out
}

/// A text broken into lines, for a place at this depth; lines after the first stand further in.
pub(super) fn wrap(text: &str, depth: usize, further: usize) -> String {
    let width = WIDTH - depth - 4;
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            out.push('\n');
            out.push_str(&" ".repeat(further));
            length = further;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word_length;
    }
    out
}
