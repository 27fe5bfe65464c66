//! Columns of each type, read where they are.

use arrow_array::cast::AsArray;
use arrow_array::temporal_conversions::{as_datetime, date32_to_datetime};
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTemporalType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericStringArray, OffsetSizeTrait, PrimitiveArray, StringViewArray,
};
use arrow_schema::{DataType, TimeUnit};
use chrono::{FixedOffset, NaiveDateTime, Utc};
use qlower_core::model::cell::Cell;
use qlower_core::value::Shortest;

use super::plan::Target;
use super::scalar::{self, put};

/// The values of one column, and what they become.
pub(super) trait Column: Send + Sync {
    fn is_null(&self, row: usize) -> bool;

    /// Writes the value of a row that has one.
    fn write(&self, row: usize, out: &mut Vec<u8>);
}

/// `None` for a type that has no form here.
pub(super) fn read(array: &ArrayRef, target: &Target) -> Option<Box<dyn Column>> {
    let target = target.clone();
    Some(match array.data_type() {
        DataType::Null => Box::new(Nothing),
        DataType::Boolean => Box::new(Typed { array: array.as_boolean().clone(), target }),
        DataType::Utf8 => Box::new(Typed { array: array.as_string::<i32>().clone(), target }),
        DataType::LargeUtf8 => Box::new(Typed { array: array.as_string::<i64>().clone(), target }),
        DataType::Utf8View => Box::new(Typed { array: array.as_string_view().clone(), target }),
        DataType::Int8 => whole::<Int8Type>(array, target),
        DataType::Int16 => whole::<Int16Type>(array, target),
        DataType::Int32 => whole::<Int32Type>(array, target),
        DataType::Int64 => whole::<Int64Type>(array, target),
        DataType::UInt8 => whole::<UInt8Type>(array, target),
        DataType::UInt16 => whole::<UInt16Type>(array, target),
        DataType::UInt32 => whole::<UInt32Type>(array, target),
        DataType::UInt64 => values::<UInt64Type>(array, target, |value, target, out| match i64::try_from(value) {
            Ok(value) => put(target, Cell::Int(value), out),
            Err(_) => put(target, Cell::Number(&value.to_string()), out),
        }),
        DataType::Float16 => {
            values::<Float16Type>(array, target, |value, target, out| short(widened(value), target, out))
        }
        DataType::Float32 => values::<Float32Type>(array, target, short),
        DataType::Float64 if scalar::is_decimal(&target) => {
            values::<Float64Type>(array, target, |value, target, out| {
                if !scalar::cents(value, out) {
                    put(target, Cell::Float(value), out);
                }
            })
        }
        DataType::Float64 => values::<Float64Type>(array, target, |value, target, out| {
            put(target, Cell::Float(value), out);
        }),
        DataType::Decimal32(..) => decimals::<Decimal32Type>(array, target, |value| Some(value.into())),
        DataType::Decimal64(..) => decimals::<Decimal64Type>(array, target, Some),
        DataType::Decimal128(..) => decimals::<Decimal128Type>(array, target, |value| value.try_into().ok()),
        DataType::Decimal256(..) => {
            decimals::<Decimal256Type>(array, target, |value| value.to_i128().and_then(|value| value.try_into().ok()))
        }
        DataType::Date32 if scalar::is_date(&target) => values::<Date32Type>(array, target, |value, target, out| {
            let day = date32_to_datetime(value).map(|moment| moment.date());
            if !day.is_some_and(|day| scalar::day(day, out)) {
                put(target, day.map_or(Cell::Int(value.into()), Cell::Date), out);
            }
        }),
        DataType::Date32 => values::<Date32Type>(array, target, |value, target, out| {
            let day = date32_to_datetime(value).map(|moment| moment.date());
            put(target, day.map_or(Cell::Int(value.into()), Cell::Date), out);
        }),
        DataType::Date64 => moments::<Date64Type>(array, target, None),
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref().map(offset);
            match unit {
                TimeUnit::Second => moments::<TimestampSecondType>(array, target, zone),
                TimeUnit::Millisecond => moments::<TimestampMillisecondType>(array, target, zone),
                TimeUnit::Microsecond => moments::<TimestampMicrosecondType>(array, target, zone),
                TimeUnit::Nanosecond => moments::<TimestampNanosecondType>(array, target, zone),
            }
        }
        DataType::Dictionary(..) => Box::new(Encoded::new(array, &target)?),
        _ => return None,
    })
}

/// A column without any value.
struct Nothing;

impl Column for Nothing {
    fn is_null(&self, _: usize) -> bool {
        true
    }

    fn write(&self, _: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"null");
    }
}

/// An array whose values are cells as they are.
struct Typed<A> {
    array: A,
    target: Target,
}

macro_rules! typed {
    ($([$($generics:tt)*] $Array:ty => $cell:expr;)+) => { $(
        impl<$($generics)*> Column for Typed<$Array> {
            #[inline]
            fn is_null(&self, row: usize) -> bool {
                self.array.is_null(row)
            }

            #[inline]
            fn write(&self, row: usize, out: &mut Vec<u8>) {
                put(&self.target, $cell(self.array.value(row)), out);
            }
        }
    )+ };
}
typed! {
    [] BooleanArray => Cell::Bool;
    [O: OffsetSizeTrait] GenericStringArray<O> => Cell::Text;
    [] StringViewArray => Cell::Text;
}

/// An array of numbers, and how one is written.
struct Values<T: ArrowPrimitiveType, W> {
    array: PrimitiveArray<T>,
    target: Target,
    write: W,
}

impl<T: ArrowPrimitiveType, W: Fn(T::Native, &Target, &mut Vec<u8>) + Send + Sync> Column for Values<T, W> {
    #[inline]
    fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row)
    }

    #[inline]
    fn write(&self, row: usize, out: &mut Vec<u8>) {
        (self.write)(self.array.value(row), &self.target, out);
    }
}

fn values<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    target: Target,
    write: impl Fn(T::Native, &Target, &mut Vec<u8>) + Send + Sync + 'static,
) -> Box<dyn Column> {
    Box::new(Values { array: array.as_primitive::<T>().clone(), target, write })
}

fn whole<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &ArrayRef, target: Target) -> Box<dyn Column> {
    values::<T>(array, target, |value, target, out| put(target, Cell::Int(value.into()), out))
}

/// A float of fewer bits, by its own shortest text.
fn short(value: f32, target: &Target, out: &mut Vec<u8>) {
    if value.is_finite() {
        put(target, Cell::Number(&Shortest(value).to_string()), out);
    } else {
        put(target, Cell::Float(value.into()), out);
    }
}

type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// The float whose shortest text is the shortest one that reads as this half.
fn widened(half: Half) -> f32 {
    let exact = half.to_f32();
    // Halves lie closer below a power of two: the nearest text may be a neighbour's there, and the next one outwards its own.
    let near = |digits: usize| [exact, exact.abs().next_up().copysign(exact)].map(|value| format!("{value:.digits$e}"));
    let mut short = (0..5).flat_map(near).filter_map(|text| text.parse().ok());
    short.find(|short| Half::from_f32(*short) == half).unwrap_or(exact)
}

fn decimals<T: DecimalType + ArrowPrimitiveType>(
    array: &ArrayRef,
    target: Target,
    small: impl Fn(T::Native) -> Option<i64> + Send + Sync + 'static,
) -> Box<dyn Column> {
    let (precision, scale) = match array.data_type() {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => (*precision, *scale),
        _ => (0, 0),
    };
    let fast = usize::try_from(scale).ok().filter(|scale| *scale <= 18 && scalar::is_decimal(&target));
    values::<T>(array, target, move |value, target, out| match (fast, small(value)) {
        // Below 16 digits the core would write just this.
        (Some(scale), Some(value)) if value.unsigned_abs() < 1_000_000_000_000_000 => {
            scalar::decimal(value, scale, false, out);
        }
        _ => put(target, Cell::Number(&T::format_decimal(value, precision, scale)), out),
    })
}

/// The offset of a zone that is given as one. A named zone is left to its instants, which are written in UTC.
fn offset(zone: &str) -> FixedOffset {
    zone.parse().unwrap_or_else(|_| chrono::Offset::fix(&Utc))
}

fn moments<T: ArrowTemporalType + ArrowPrimitiveType<Native = i64>>(
    array: &ArrayRef,
    target: Target,
    zone: Option<FixedOffset>,
) -> Box<dyn Column> {
    let is_date = scalar::is_date(&target);
    values::<T>(array, target, move |value, target, out| {
        let Some(moment) = as_datetime::<T>(value) else { return put(target, Cell::Int(value), out) };
        match zone {
            Some(zone) => put(target, Cell::Instant(moment.and_utc().with_timezone(&zone)), out),
            None if is_date && at_midnight(moment) && scalar::day(moment.date(), out) => {}
            None => put(target, Cell::DateTime(moment), out),
        }
    })
}

fn at_midnight(moment: NaiveDateTime) -> bool {
    moment.time() == chrono::NaiveTime::MIN
}

/// A dictionary: each of its values is written once.
struct Encoded {
    array: ArrayRef,
    /// For each row its value; 0 where there is none.
    keys: Vec<usize>,
    text: Vec<u8>,
    /// Where the text of each value is; `None` if it is null.
    places: Vec<Option<std::ops::Range<usize>>>,
}

impl Encoded {
    fn new(array: &ArrayRef, target: &Target) -> Option<Self> {
        let dictionary = array.as_any_dictionary_opt()?;
        let values = dictionary.values();
        let column = read(values, target)?;
        let (mut text, mut places) = (Vec::new(), Vec::new());
        for row in 0..values.len() {
            let start = text.len();
            let is_null = column.is_null(row);
            if !is_null {
                column.write(row, &mut text);
            }
            places.push((!is_null).then_some(start..text.len()));
        }
        let keys = if places.is_empty() { Vec::new() } else { dictionary.normalized_keys() };
        Some(Self { array: ArrayRef::clone(array), keys, text, places })
    }

    fn text(&self, row: usize) -> Option<&[u8]> {
        let place = self.places.get(*self.keys.get(row)?)?.clone()?;
        self.text.get(place)
    }
}

impl Column for Encoded {
    fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row) || self.text(row).is_none()
    }

    fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text(row).unwrap_or(b"null"));
    }
}
