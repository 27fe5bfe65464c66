//! The legal time of metropolitan France, by the rule of directive 2000/84/EC: summer time from the last Sunday of March to the
//! last Sunday of October, both changes at 01:00 UTC.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};

const WINTER: i32 = 3600;
const SUMMER: i32 = 7200;

/// The instant that a local time in Paris names. A skipped one is read as if the clocks had not yet moved, a doubled one as
/// the first.
pub(crate) fn instant(local: NaiveDateTime) -> Option<DateTime<FixedOffset>> {
    let (start, end) = (change(local.year(), 3)?, change(local.year(), 10)?);
    // Seen from local clocks: 02:00 to 03:00 is skipped in spring, and occurs twice in autumn.
    let in_summer = local >= start + TimeDelta::hours(3) && local < end + TimeDelta::hours(3);
    let skipped = local >= start + TimeDelta::hours(2) && local < start + TimeDelta::hours(3);
    let summer = FixedOffset::east_opt(SUMMER)?;
    if in_summer {
        local.and_local_timezone(summer).single()
    } else {
        let winter = local.and_local_timezone(FixedOffset::east_opt(WINTER)?).single()?;
        Some(if skipped { winter.with_timezone(&summer) } else { winter })
    }
}

/// Midnight of the last Sunday of a month of 31 days.
fn change(year: i32, month: u32) -> Option<NaiveDateTime> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    let sunday = last - TimeDelta::days(i64::from(last.weekday().num_days_from_sunday()));
    sunday.and_hms_opt(0, 0, 0)
}

#[cfg(test)]
mod tests {
    use chrono::{LocalResult, TimeZone};
    use chrono_tz::Europe::Paris;

    use super::*;

    #[test]
    fn every_quarter_hour_of_thirty_years_agrees_with_the_time_zone_database() {
        let mut local = NaiveDate::from_ymd_opt(2002, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let (mut doubled, mut skipped) = (0, 0);
        while local.year() < 2032 {
            let ours = instant(local).unwrap();
            match Paris.from_local_datetime(&local) {
                LocalResult::Single(theirs) => assert_eq!(ours, theirs, "{local}"),
                LocalResult::Ambiguous(first, _) => {
                    doubled += 1;
                    assert_eq!(ours, first, "{local}");
                }
                LocalResult::None => {
                    skipped += 1;
                    let after = Paris.from_local_datetime(&(local + TimeDelta::hours(1))).unwrap();
                    assert_eq!(ours, after, "{local}");
                    assert_eq!(ours.offset().local_minus_utc(), SUMMER);
                }
            }
            local += TimeDelta::minutes(15);
        }
        assert_eq!((doubled, skipped), (30 * 4, 30 * 4));
    }
}
