//! Binary floats as decimal texts.

use std::fmt::{self, Display, Write as _};

/// A float's shortest decimal text: the fewest digits that read as this very float again.
///
/// Where two texts are as short and as near, it is the one that ends in an even digit: so JavaScript, Python and
/// JSON writers have it, and a value has the same text whichever language it came from. (Rust's own formatting
/// takes the larger one.)
///
/// `{}` writes no exponent and no fraction of zero; `{:?}` is what JSON writers write: `850.0`, `1e300`.
///
/// ```
/// use qlower_core::value::Shortest;
///
/// assert_eq!(Shortest(0.1).to_string(), "0.1");
/// assert_eq!(Shortest(850.0).to_string(), "850");
/// assert_eq!(Shortest(567_285_623_089_377.25).to_string(), "567285623089377.2");
/// assert_eq!(format!("{:?}", Shortest(850.0)), "850.0");
/// ```
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Shortest<F>(pub F);

impl Display for Shortest<f64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        plain(zmij::Buffer::new().format(self.0), f)
    }
}

impl Display for Shortest<f32> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        plain(zmij::Buffer::new().format(self.0), f)
    }
}

impl fmt::Debug for Shortest<f64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(zmij::Buffer::new().format(self.0))
    }
}

/// Writes the number without its exponent.
fn plain(number: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some((mantissa, exponent)) = number.split_once('e') else {
        return f.write_str(number.strip_suffix(".0").unwrap_or(number));
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let exponent: isize = exponent.parse().map_err(|_| fmt::Error)?;
    f.write_str(sign)?;
    if exponent < 0 {
        f.write_str("0.")?;
        zeros(exponent.unsigned_abs().saturating_sub(whole.len()), f)?;
        f.write_str(whole)?;
        return f.write_str(fraction);
    }
    let places = exponent.unsigned_abs();
    f.write_str(whole)?;
    match fraction.split_at_checked(places) {
        Some((before, "")) => f.write_str(before),
        Some((before, after)) => write!(f, "{before}.{after}"),
        None => {
            f.write_str(fraction)?;
            zeros(places - fraction.len(), f)
        }
    }
}

fn zeros(count: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    (0..count).try_for_each(|_| f.write_char('0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    #[expect(clippy::excessive_precision, reason = "they are written as they are, and not as they are shown")]
    fn ties_go_to_the_even_digit() {
        for (float, text) in [
            (567_285_623_089_377.25, "567285623089377.2"),
            (1_207_528_712_564_021.25, "1207528712564021.2"),
            (-73_566_341_753_785.625, "-73566341753785.62"),
        ] {
            assert_eq!(Shortest(float).to_string(), text);
            assert_eq!(serde_json::to_string(&float).unwrap(), text, "what a JSON writer has");
            assert_ne!(float.to_string(), text, "what the standard library would write");
        }
        assert_eq!(Shortest(8_388_608.5_f32 / 16.0).to_string(), "524288", "f32 has its own digits");
    }

    #[test]
    fn no_exponent_and_no_fraction_of_zero() {
        for (float, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (1e-7, "0.0000001"),
            (1.25e-7, "0.000000125"),
            (1e16, "10000000000000000"),
            (1.2345e18, "1234500000000000000"),
            (1.234_567_890_123_456_7e16, "12345678901234568"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(Shortest(float).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn reads_as_the_same_float_and_is_as_short_as_the_standard_librarys(bits: u64) {
            let float = f64::from_bits(bits);
            let text = Shortest(float).to_string();
            let standard = float.to_string();
            prop_assert_eq!(text.len(), standard.len());
            prop_assert!(!text.contains(['e', 'E']));
            if !float.is_nan() {
                prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
            }
        }

        #[test]
        fn so_do_the_short_ones(bits: u32) {
            let float = f32::from_bits(bits);
            let text = Shortest(float).to_string();
            prop_assert_eq!(text.len(), float.to_string().len());
            if !float.is_nan() {
                prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), bits);
            }
        }

        #[test]
        fn a_json_writer_has_the_same(float in proptest::num::f64::NORMAL) {
            prop_assert_eq!(format!("{:?}", Shortest(float)), serde_json::to_string(&float).unwrap());
        }
    }
}
