//! Hiding the access key in what a server says.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use super::excerpt::is_dropped;
use crate::secret::{ApiKey, MASK};

/// Shorter keys are hidden only where they stand as a word of their own: a key `k` must not eat every k.
const LONG: usize = 8;
/// How much of a key at the end of a text that was cut off is still worth hiding.
const CUT: usize = 4;

/// The forms in which an access key may be echoed, longest first.
pub(super) struct Mask(Vec<Zeroizing<String>>);

impl Mask {
    pub(super) fn new(key: Option<&ApiKey>) -> Self {
        let mut forms: Vec<Zeroizing<String>> = Vec::new();
        if let Some(key) = key.filter(|key| !key.is_blank()) {
            let key = key.expose().trim();
            let quoted = Zeroizing::new(serde_json::to_string(key).unwrap_or_default());
            let escaped = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
            let percent: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
            for form in [key.to_owned(), escaped.to_owned(), ascii(escaped), html(key), percent] {
                if !form.is_empty() && !forms.iter().any(|known| **known == form) {
                    forms.push(Zeroizing::new(form));
                }
            }
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// The text without the key.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let hidden = self.hide(Cow::Borrowed(text));
        if !self.0.is_empty() && hidden.contains(is_dropped) {
            // Without the marks inside it, a key would stand readable in one line.
            let bare: String = hidden.chars().filter(|character| !is_dropped(*character)).collect();
            if self.0.iter().any(|form| replace(&bare, form).is_some()) {
                return self.hide(Cow::Owned(bare));
            }
        }
        hidden
    }

    fn hide<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        self.0.iter().fold(text, |text, form| match replace(&text, form) {
            Some(hidden) => Cow::Owned(hidden),
            None => text,
        })
    }

    /// The same for a text that may have been cut off in the middle of the key.
    pub(super) fn cut_text(&self, text: &str) -> String {
        let mut text = self.text(text).into_owned();
        for form in self.0.iter().filter(|form| is_long(form)) {
            let beginnings = form.char_indices().map(|(end, _)| end).rev().take_while(|end| *end >= CUT);
            let shown = beginnings.filter_map(|end| text.strip_suffix(form.get(..end)?)).next().map(str::len);
            if let Some(shown) = shown {
                text.truncate(shown);
                text.push_str(MASK);
            }
        }
        text
    }

    /// Hides the key in every text, key and number of a value.
    pub(super) fn value(&self, value: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                let text = number.to_string();
                if self.0.iter().any(|form| is_long(form) && text.contains(form.as_str())) {
                    *value = Value::from(MASK);
                }
            }
            Value::String(text) => {
                if let Cow::Owned(hidden) = self.text(text) {
                    *text = hidden;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (key, mut field) in std::mem::take(fields) {
                    self.value(&mut field);
                    fields.insert(self.text(&key).into_owned(), field);
                }
            }
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}

fn is_long(form: &str) -> bool {
    form.chars().nth(LONG - 1).is_some()
}

fn replace(text: &str, form: &str) -> Option<String> {
    let mut hidden: Option<String> = None;
    let mut done = 0;
    for (at, found) in text.match_indices(form) {
        let (before, after) = (text.get(done..at)?, text.get(at + found.len()..)?);
        let inside_word = text.get(..at)?.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        if inside_word && !is_long(form) {
            continue;
        }
        let hidden = hidden.get_or_insert_default();
        hidden.push_str(before);
        hidden.push_str(MASK);
        done = at + found.len();
    }
    let rest = text.get(done..)?;
    hidden.map(|hidden| hidden + rest)
}

/// What is not ASCII as `\uXXXX`.
fn ascii(escaped: &str) -> String {
    let mut out = String::new();
    for character in escaped.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut units = [0; 2];
            out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(key: &str) -> Mask {
        Mask::new(Some(&ApiKey::from(key)))
    }

    #[test]
    fn every_form_of_a_key_is_hidden() {
        let mask = mask("cl\u{e9}<\"&'9/z w");
        for text in [
            "cl\u{e9}<\"&'9/z w",
            r#"clé<\"&'9/z w"#,
            r#"cl\u00e9<\"&'9/z w"#,
            "cl\u{e9}&lt;&quot;&amp;&#39;9/z w",
            "cl%C3%A9%3C%22%26%279%2Fz+w",
        ] {
            assert_eq!(mask.text(&format!("a {text} b{text}")), "a *** b***", "{text}");
        }
    }

    #[test]
    fn a_short_key_is_hidden_only_as_a_word() {
        assert_eq!(mask("k").text("key k, 'k' ok"), "key ***, '***' ok");
        assert_eq!(mask("kk").text("kkk kk"), "kkk ***");
        assert_eq!(mask("long-enough").text("xlong-enoughx"), "x***x");
    }

    #[test]
    fn a_key_with_invisible_marks_in_it_is_hidden() {
        let mask = mask("s3cr3t-key");
        assert_eq!(mask.text("a s3c\u{200b}r3t-k\0ey b"), "a *** b");
        assert_eq!(mask.text("\u{feff}no key"), "\u{feff}no key");
    }

    #[test]
    fn a_key_that_is_cut_off_is_hidden() {
        let mask = mask("s3cr3t-key");
        assert_eq!(mask.cut_text("the key is s3cr3t-k"), "the key is ***");
        assert_eq!(mask.cut_text("s3cr3t-key and s3cr"), "*** and ***");
        assert_eq!(mask.cut_text("no more s3"), "no more s3");
    }

    #[test]
    fn values_are_hidden_at_every_level() {
        let mut value = serde_json::json!({"12345678": [{"a": "x 12345678"}, 12345678, 912345678.5, 1, null, true]});
        mask("12345678").value(&mut value);
        assert_eq!(value, serde_json::json!({"***": [{"a": "x ***"}, "***", "***", 1, null, true]}));
    }

    #[test]
    fn without_a_key_nothing_is_hidden() {
        for key in [None, Some(ApiKey::from("")), Some(ApiKey::from("  "))] {
            assert_eq!(Mask::new(key.as_ref()).text("as it is"), "as it is");
        }
    }
}
