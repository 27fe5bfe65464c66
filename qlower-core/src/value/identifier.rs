//! SIREN, NIC and SIRET: the numbers of the French business register.

/// La Poste's SIREN: the only company whose establishments follow a checksum of their own.
const LA_POSTE: &[u8] = b"356000000";

pub(crate) fn all_digits(text: &[u8], length: usize) -> bool {
    text.len() == length && text.iter().all(u8::is_ascii_digit)
}

/// The Luhn checksum over ASCII digits.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            match (at % 2, value) {
                (0, _) => value,
                (_, 0..=4) => value * 2,
                _ => (value * 2).saturating_sub(9),
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a SIRET's last digit fits: by Luhn, or for La Poste's establishments by a digit sum divisible by five.
pub(crate) fn siret_checksum(digits: &[u8]) -> bool {
    luhn(digits)
        || digits.starts_with(LA_POSTE)
            && digits.iter().map(|digit| u32::from(digit.wrapping_sub(b'0'))).sum::<u32>().is_multiple_of(5)
}

/// The digits of a text that has only grouping around them.
pub(crate) fn suggest(text: &str, length: usize) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '\'')).collect();
    (bare != text && all_digits(bare.as_bytes(), length)).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_real_numbers_hold() {
        assert!(luhn(b"732829320"));
        assert!(luhn(b"356000000"));
        assert!(!luhn(b"123456789"));
        assert!(siret_checksum(b"73282932000074"));
        assert!(!siret_checksum(b"73282932000075"));
        assert!(siret_checksum(b"35600000049837"), "an establishment of La Poste");
        assert!(!siret_checksum(b"35600000049838"));
    }

    #[test]
    fn grouped_digits_are_suggested_bare() {
        assert_eq!(suggest("732 829 320", 9).as_deref(), Some("732829320"));
        assert_eq!(suggest("732829320", 9), None);
        assert_eq!(suggest("73282932", 9), None);
    }
}
