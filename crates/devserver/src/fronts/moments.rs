//! Moments as databases and programs write them.

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::model::Micros;

/// `2026-03-04 05:06:07.000008`, in a zone that many hours east of Greenwich.
pub(super) fn spaced(moment: Micros, hours_east: i8) -> String {
    let zone = UtcOffset::from_hms(hours_east, 0, 0).unwrap_or(UtcOffset::UTC);
    let format =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");
    date_time(moment)
        .to_offset(zone)
        .format(format)
        .unwrap_or_default()
}

/// `2026-03-04T05:06:07.000008Z`
pub(super) fn iso(moment: Micros) -> String {
    let text = spaced(moment, 0);
    format!("{}Z", text.replacen(' ', "T", 1))
}

/// The same with as few digits after the second as say it.
pub(super) fn iso_short(moment: Micros) -> String {
    let text = spaced(moment, 0);
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}Z", short.replacen(' ', "T", 1))
}

/// The moment of any of the above, read as UTC.
pub(super) fn read(text: &str) -> Option<Micros> {
    let text = text.trim_end_matches('Z');
    let (day, clock) = text.split_once([' ', 'T'])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let whole = format!("{day} {clock}.{fraction:0<6}");
    let format =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");
    let moment = time::PrimitiveDateTime::parse(&whole, format).ok()?;
    let micros = moment.assume_utc().unix_timestamp_nanos() / 1000;
    i64::try_from(micros).ok().map(Micros)
}

/// The moment as a date, for what [`spaced`] does not write.
pub(super) fn date_time(moment: Micros) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_back() {
        let moment = Micros(1_795_000_000_120_000);
        assert_eq!(spaced(moment, 0), "2026-11-18 11:06:40.120000");
        assert_eq!(spaced(moment, 7), "2026-11-18 18:06:40.120000");
        assert_eq!(iso(moment), "2026-11-18T11:06:40.120000Z");
        assert_eq!(iso_short(moment), "2026-11-18T11:06:40.12Z");
        assert_eq!(
            iso_short(Micros(1_795_000_000_000_000)),
            "2026-11-18T11:06:40Z"
        );
        for text in [spaced(moment, 0), iso(moment), iso_short(moment)] {
            assert_eq!(read(&text), Some(moment), "{text}");
        }
        assert_eq!(read("soon"), None);
    }
}
