//! A short readable piece of a body that may be anything: JSON, HTML of a proxy, binary.

use super::mask::Mask;

/// Characters of an excerpt.
pub(super) const LENGTH: usize = 200;
/// Only so many bytes of a body are looked at.
const WINDOW: usize = 64 * 1024;

/// The beginning of a body as one line of text, the key hidden.
pub(super) fn excerpt(body: &[u8], mask: &Mask) -> String {
    let text = String::from_utf8_lossy(body.get(..WINDOW).unwrap_or(body));
    let text = mask.text(&text);
    let text = if text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']).starts_with('<') {
        one_line(&text_of_markup(&text))
    } else {
        one_line(&text)
    };
    shorten(&mask.cut_text(&text), LENGTH)
}

/// One line without control characters and invisible marks, safe for a terminal.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for character in text.chars() {
        match character {
            dropped if is_dropped(dropped) => {}
            blank if blank.is_control() || (blank.is_whitespace() && !is_no_break(blank)) => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            other => line.push(other),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// NUL, and marks that cannot be seen or that reverse what stands around them.
pub(super) const fn is_dropped(character: char) -> bool {
    matches!(character, '\0' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// French sentences have such spaces before their colons.
const fn is_no_break(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{202f}')
}

/// At most so many characters, with an ellipsis where more followed.
pub(super) fn shorten(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => text.get(..end).unwrap_or_default().trim_end().to_owned() + "…",
        None => text.to_owned(),
    }
}

/// What a reader of HTML or XML sees; a text that is repeated at once (title and heading) once.
fn text_of_markup(markup: &str) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut push = |text: &str| {
        let block = one_line(&entities(text));
        if !block.is_empty() && blocks.last() != Some(&block) {
            blocks.push(block);
        }
    };
    let mut rest = markup;
    while let Some((text, tag)) = rest.split_once('<') {
        push(text);
        rest = if let Some(comment) = tag.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else {
            let after = tag.split_once('>').map_or("", |(_, after)| after);
            ["script", "style"]
                .into_iter()
                .find(|name| starts_with(tag, name))
                .map_or(after, |name| skip_to_end(after, name))
        };
    }
    push(rest);
    blocks.join(" ")
}

fn starts_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

fn skip_to_end<'t>(text: &'t str, name: &str) -> &'t str {
    let mut ends = text.match_indices("</").filter_map(|(at, end)| Some((at, text.get(at + end.len()..)?)));
    ends.find(|(_, tag)| starts_with(tag, name)).and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

fn entities(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ApiKey;

    fn plain(body: &[u8]) -> String {
        excerpt(body, &Mask::new(None))
    }

    #[test]
    fn a_proxys_page_becomes_its_text() {
        let page = b"\r\n<!DOCTYPE html><html><head><title>502 Bad Gateway</title><STYLE>body {color: red}</STYLE>\
            <script>if (a < b) alert('x')</script></head><body>\n<h1>502 Bad Gateway</h1><!-- <b>secret</b> -->\
            <p>nginx &amp; friends</p></body></html>";
        assert_eq!(plain(page), "502 Bad Gateway nginx & friends");
        assert_eq!(plain(b"<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>"), "SlowDown");
        assert_eq!(plain(b"<html><body>cut <b"), "cut");
        assert_eq!(plain(b"<style>never closed"), "");
    }

    #[test]
    fn other_bodies_become_one_line() {
        assert_eq!(plain(b"  a\x1b[31m\r\n\tb\0c \xff\xe2\x80\xaed  "), "a [31m bc \u{fffd}d");
        assert_eq!(plain(b""), "");
        let long = "é".repeat(300);
        assert_eq!(plain(long.as_bytes()), "é".repeat(200) + "…");
        assert_eq!(plain("é".repeat(200).as_bytes()), "é".repeat(200));
    }

    #[test]
    fn the_key_is_hidden_before_anything_is_cut() {
        let mask = Mask::new(Some(&ApiKey::from("s3cr3t-key")));
        let body = "x".repeat(195) + "s3cr3t-key and more";
        assert_eq!(excerpt(body.as_bytes(), &mask), "x".repeat(195) + "*** a…");
        assert_eq!(excerpt(br#"{"apiKey": "s3cr3t-k"#, &mask), r#"{"apiKey": "***"#);
        assert_eq!(excerpt(b"s\x003\0c\0r\x003\0t\0-\0k\0e\0y\0", &mask), "***");
        assert_eq!(excerpt(b"<p title='s3cr3t-key'>key s3cr3t-key</p>", &mask), "key ***");
    }

    #[test]
    fn a_large_body_is_not_read_whole() {
        let body = "<".repeat(5_000_000);
        assert_eq!(plain(body.as_bytes()), "");
        let body = "<style>".to_owned() + &"</".repeat(1_000_000);
        assert_eq!(plain(body.as_bytes()), "");
    }
}
