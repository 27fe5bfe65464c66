//! Units of readings.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::lang::Lang;

/// The unit of a reading.
///
/// ```
/// use qlower_core::live::Unit;
///
/// let shown = Unit::Megawatt.convert(42.5, &Unit::Kilowatt);
/// assert_eq!(shown, Some(42_500.0));
/// assert_eq!(Unit::Megawatt.convert(42.5, &Unit::NormalCubicMetresPerHour), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Electrical power: `kW`.
    Kilowatt,
    /// Electrical power: `MW`.
    Megawatt,
    /// A flow of gas, its volume at 0 °C and 1.01325 bar: `Nm3/h`.
    NormalCubicMetresPerHour,
    /// Another one, as it is written.
    Other(Box<str>),
}

impl Unit {
    /// The known ones.
    pub const KNOWN: [Self; 3] = [Self::Kilowatt, Self::Megawatt, Self::NormalCubicMetresPerHour];

    /// Reads a unit. The known ones may be written in usual other ways: `KW`, `MW`, `mw`, `Nm³/h`, `Mégawatt`. `mW` is not one of
    /// them, since these would be milliwatts.
    ///
    /// ```
    /// use qlower_core::live::Unit;
    ///
    /// assert_eq!(Unit::from_name("Nm³/h"), Unit::NormalCubicMetresPerHour);
    /// assert_eq!(Unit::from_name("m³/h").as_str(), "m³/h");
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let name = name.trim();
        let small = name.to_lowercase();
        match (&*small, name) {
            ("kw" | "kilowatt" | "kilowatts", _) => Self::Kilowatt,
            ("mw", "MW" | "Mw" | "mw") | ("megawatt" | "megawatts" | "mégawatt" | "mégawatts", _) => Self::Megawatt,
            ("nm3/h" | "nm³/h" | "nm^3/h", _) => Self::NormalCubicMetresPerHour,
            _ => Self::Other(name.into()),
        }
    }

    /// As it is written on the wire: `kW`, `MW`, `Nm3/h`, or the text of another one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Kilowatt => "kW",
            Self::Megawatt => "MW",
            Self::NormalCubicMetresPerHour => "Nm3/h",
            Self::Other(text) => text,
        }
    }

    /// What it is called, for people: `kilowatt`, `mégawatt`.
    #[must_use]
    pub fn label(&self, lang: Lang) -> &str {
        match self {
            Self::Kilowatt => "kilowatt",
            Self::Megawatt => lang.pick("megawatt", "mégawatt"),
            Self::NormalCubicMetresPerHour => lang.pick("normal cubic metres per hour", "normo mètres cubes par heure"),
            Self::Other(text) => text,
        }
    }

    /// The value in another unit; `None` where they measure different things, or nothing is known of one, or the result would
    /// not be finite. Between kW and MW the decimal point of the value moves: `0.0011` MW are `1.1` kW to the last digit.
    #[must_use]
    pub fn convert(&self, value: f64, to: &Self) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        match (self, to) {
            (from, to) if from == to => Some(value),
            (Self::Kilowatt, Self::Megawatt) => shift(value, -3),
            (Self::Megawatt, Self::Kilowatt) => shift(value, 3),
            _ => None,
        }
    }
}

/// Moves the decimal point of the shortest text that gives the value.
fn shift(value: f64, places: i32) -> Option<f64> {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e')?;
    let exponent = exponent.parse::<i32>().ok()?.checked_add(places)?;
    format!("{digits}e{exponent}").parse().ok().filter(|shifted: &f64| shifted.is_finite())
}

impl FromStr for Unit {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::from_name(name))
    }
}

impl From<&str> for Unit {
    fn from(name: &str) -> Self {
        Self::from_name(name)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_units_are_read_in_usual_spellings_and_others_kept() {
        for unit in Unit::KNOWN {
            assert_eq!(Unit::from_name(unit.as_str()), unit);
            assert_ne!(unit.label(Lang::En), unit.as_str());
        }
        for (name, unit) in [
            ("KW", Unit::Kilowatt),
            (" kw ", Unit::Kilowatt),
            ("mw", Unit::Megawatt),
            ("Mégawatts", Unit::Megawatt),
            ("NM3/H", Unit::NormalCubicMetresPerHour),
        ] {
            assert_eq!(Unit::from_name(name), unit, "{name}");
        }
        for name in ["mW", "kWh", "W", "GW", "m3/h", ""] {
            assert_eq!(Unit::from_name(name), Unit::Other(name.into()), "{name}");
        }
    }

    #[test]
    fn the_point_moves_without_touching_a_digit() {
        for (megawatts, kilowatts) in
            [(42.5, 42_500.0), (1.005, 1005.0), (0.0, 0.0), (-3.2, -3200.0), (1e-320, 1e-317), (4.35, 4350.0)]
        {
            assert_eq!(Unit::Megawatt.convert(megawatts, &Unit::Kilowatt), Some(kilowatts));
        }
        assert_ne!(1.005_f64 * 1000.0, 1005.0, "a multiplication would");
        assert_eq!(Unit::Megawatt.convert(f64::MAX, &Unit::Kilowatt), None);
        assert_eq!(Unit::Kilowatt.convert(f64::NAN, &Unit::Kilowatt), None);
        let other = Unit::from_name("kWh");
        assert_eq!(other.convert(1.0, &other), Some(1.0));
        assert_eq!(other.convert(1.0, &Unit::Kilowatt), None);
    }
}
