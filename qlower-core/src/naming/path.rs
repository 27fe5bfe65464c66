//! What a path on a server may look like.

use super::characters::Characters;
use super::code::NamingCode;
use super::error::{Detail, NamingError};
use super::plan::composed;
use super::template::{Piece, Template};

/// Bytes of the longest segment: what file systems take.
pub(super) const LONGEST_SEGMENT: usize = 255;
/// Bytes of the longest path: a line of FTP has to hold it.
pub(super) const LONGEST_PATH: usize = 1_024;

/// A segment of a template.
#[derive(Default)]
struct Segment {
    position: usize,
    text: String,
    /// Whether there is a variable in it.
    varies: bool,
}

/// What is wrong with a template's own text, whatever its variables are.
pub(super) fn faults_of_text(template: &Template, characters: Characters) -> impl Iterator<Item = NamingError> {
    let mut faults = Vec::new();
    let mut segments = vec![Segment { position: 1, ..Segment::default() }];
    for piece in template.pieces() {
        let Piece::Text { text, position } = piece else {
            if let Some(last) = segments.last_mut() {
                last.varies = true;
            }
            continue;
        };
        for (c, position) in text.chars().zip(*position..) {
            if c == '/' {
                segments.push(Segment { position: position.saturating_add(1), ..Segment::default() });
                continue;
            }
            if let Some(code) = characters.refuses(c) {
                let fault = NamingError::new(code).at(position).named(template.as_str());
                faults.push(fault.with(Detail::Character(c)));
            }
            if let Some(last) = segments.last_mut() {
                last.text.push(c);
            }
        }
    }
    let found_in_text = !faults.is_empty();
    for (index, segment) in segments.iter().enumerate().filter(|(_, segment)| !segment.varies) {
        if segment.text.is_empty() {
            // A first one that is empty means that the template begins with a slash.
            let code = if index == 0 { NamingCode::AbsolutePath } else { NamingCode::EmptySegment };
            // After the last slash there is no character: the slash itself.
            faults.push(NamingError::new(code).at(segment.position.min(characters_of(template))));
        } else if !found_in_text {
            let named = |(code, detail)| NamingError::new(code).at(segment.position).named(&segment.text).with(detail);
            faults.extend(faults_of_segment(&composed(&segment.text), index == 0, characters).map(named));
        }
    }
    faults.into_iter()
}

fn characters_of(template: &Template) -> usize {
    template.as_str().chars().count()
}

/// What is wrong with a segment, its characters aside.
pub(super) fn faults_of_segment(
    segment: &str,
    is_first: bool,
    characters: Characters,
) -> impl Iterator<Item = (NamingCode, Detail)> {
    let is_dots = matches!(segment, "." | "..");
    let windows = characters.as_windows() && !is_dots;
    let edge = segment.starts_with(char::is_whitespace) || segment.ends_with(char::is_whitespace);
    let bytes = segment.len();
    [
        is_dots.then_some((NamingCode::DotSegment, Detail::None)),
        (is_first && segment.starts_with('~')).then_some((NamingCode::HomeFolder, Detail::None)),
        (characters == Characters::Portable && segment.starts_with('-'))
            .then_some((NamingCode::LeadingHyphen, Detail::None)),
        edge.then_some((NamingCode::EdgeSpace, Detail::None)),
        (windows && segment.ends_with('.')).then_some((NamingCode::TrailingDot, Detail::None)),
        (windows && is_device(segment)).then_some((NamingCode::ReservedName, Detail::None)),
        (bytes > LONGEST_SEGMENT).then_some((NamingCode::SegmentTooLong, Detail::Count(bytes))),
    ]
    .into_iter()
    .flatten()
}

/// Whether Windows takes a name for a device, whatever its ending.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |port: &str| {
        let mut digits = stem.strip_prefix(port).unwrap_or_default().chars();
        matches!((digits.next(), digits.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
    };
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_of_windows_are_known_whatever_their_ending() {
        for name in ["CON", "nul.txt", "Aux.tar.gz", "com1", "LPT9.jpg", "COM¹", "prn .jpg", "CONIN$"] {
            assert!(is_device(name), "{name}");
        }
        for name in ["CONSOLE", "nul_.txt", "COM", "COM0", "COM10", "xCON", "LPT", "a.con", "COMé", ""] {
            assert!(!is_device(name), "{name}");
        }
    }
}
