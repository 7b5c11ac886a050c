//! Times as texts: `2026-11-20 08:11:59.140906`, `2026-11-20T08:11:59.14Z` and
//! all between, as microseconds since 1970-01-01 UTC (contract voipbin 3.3,
//! onesmile 3.2).

use crate::model::MessageId;
use crate::text::{before, push_digits};
use crate::time::Timestamp;

/// Digits of a time before an id: enough until the year 2286.
const WIDTH: usize = 16;
const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000;

/// A time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(pub(super) i64);

impl Micros {
    /// The same in whole milliseconds.
    pub(super) const fn stamp(self) -> Timestamp {
        Timestamp(self.0.div_euclid(1_000))
    }
}

/// Reads a time. One that names no zone is `zone` seconds before UTC.
pub(super) fn read(text: &str, zone: i64) -> Option<Micros> {
    let mut rest = text.trim_ascii().as_bytes();
    let year = digits(&mut rest, 4)?;
    skip(&mut rest, b"-")?;
    let month = digits(&mut rest, 2)?;
    skip(&mut rest, b"-")?;
    let day = digits(&mut rest, 2)?;
    skip(&mut rest, b" Tt")?;
    let hour = digits(&mut rest, 2)?;
    skip(&mut rest, b":")?;
    let minute = digits(&mut rest, 2)?;
    skip(&mut rest, b":")?;
    let second = digits(&mut rest, 2)?;
    let is_one = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !is_one {
        return None;
    }
    let mut micros = 0;
    if skip(&mut rest, b".,").is_some() {
        let mut worth = SECOND;
        while let Some(digit) = digits(&mut rest, 1) {
            worth /= 10;
            micros += digit * worth;
        }
    }
    let zone = match rest {
        [] => zone,
        [b'Z' | b'z'] => 0,
        _ => offset(rest)?,
    };
    let seconds = days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second - zone;
    Some(Micros(seconds * SECOND + micros))
}

/// Reads a zone, `+07:00` or `-0330`, as seconds.
pub(super) fn zone(text: &str) -> Option<i64> {
    offset(text.as_bytes())
}

fn offset(mut rest: &[u8]) -> Option<i64> {
    let sign = match rest.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    rest = rest.get(1..)?;
    let hours = digits(&mut rest, 2)?;
    skip(&mut rest, b":");
    let minutes = digits(&mut rest, 2).unwrap_or(0);
    rest.is_empty()
        .then_some(sign * (hours * 60 + minutes) * 60)
}

/// Takes a number of so many digits.
fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (digits, after) = rest.split_at_checked(count)?;
    let number = digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })?;
    *rest = after;
    Some(number)
}

/// Takes one of these letters.
fn skip(rest: &mut &[u8], one_of: &[u8]) -> Option<()> {
    let (letter, after) = rest.split_first()?;
    one_of.iter().find(|it| *it == letter)?;
    *rest = after;
    Some(())
}

/// Days since 1970-01-01. Years begin in March here, so that the day that not
/// all have is their last one.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 719_469
}

/// A time as text in UTC: with `T` and `Z`, or with a space and nothing.
pub(super) fn write(time: Micros, is_iso: bool) -> String {
    let seconds = time.0.div_euclid(SECOND);
    let (day, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // The year is guessed a little too late and the month found by asking.
    let mut year = 1_971 + day.div_euclid(365);
    while days(year, 1, 1) > day {
        year -= 1;
    }
    let mut month = 12;
    while days(year, month, 1) > day {
        month -= 1;
    }
    let mut text = String::new();
    let parts = [
        (year, 4, '-'),
        (month, 2, '-'),
        (
            day - days(year, month, 1) + 1,
            2,
            if is_iso { 'T' } else { ' ' },
        ),
        (clock / 3_600, 2, ':'),
        (clock / 60 % 60, 2, ':'),
        (clock % 60, 2, '.'),
    ];
    for (number, width, mark) in parts {
        push_fixed(number, width, &mut text);
        text.push(mark);
    }
    push_fixed(time.0.rem_euclid(SECOND), 6, &mut text);
    if is_iso {
        text.push('Z');
    }
    text
}

/// An id that grows: the time and, for those of one time, a number that grows
/// too, before the name that the system knows it by.
pub(super) fn id(time: Micros, order: Option<i64>, name: &str) -> MessageId {
    let mut id = String::new();
    push_fixed(time.0.max(0), WIDTH, &mut id);
    if let Some(order) = order {
        push_fixed(order.max(0), 12, &mut id);
    }
    id.push('~');
    id.push_str(name);
    MessageId(id)
}

/// What of an id grows: of two, the later one's sorts after the other's.
pub(super) fn growing(id: &MessageId) -> &str {
    before(&id.0, b"~")
}

/// The digits of a number, with zeros before them.
fn push_fixed(number: i64, width: usize, out: &mut String) {
    let mut digits = String::new();
    push_digits(number, &mut digits);
    for _ in digits.len()..width {
        out.push('0');
    }
    out.push_str(&digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_forms_are_read() {
        let noon = Micros(1_795_176_719_140_906);
        for (text, zone, time) in [
            ("2026-11-20 12:11:59.140906", 0, noon.0),
            (" 2026-11-20T12:11:59.140906Z ", 7, noon.0),
            ("2026-11-20t12:11:59.140906123z", 0, noon.0),
            ("2026-11-20 19:11:59.140906", 25_200, noon.0),
            ("2026-11-20T19:11:59.140906+07:00", 0, noon.0),
            ("2026-11-20T08:41:59.140906-0330", 0, noon.0),
            ("2026-11-20T12:11:59+00", 0, noon.0 - 140_906),
            ("1970-01-01 00:00:00.5", 0, 500_000),
            ("1969-12-31 23:59:59", 0, -1_000_000),
            ("2024-02-29 00:00:00", 0, 1_709_164_800_000_000),
            ("9999-01-01 00:00:00.000000", 0, 253_370_764_800_000_000),
        ] {
            assert_eq!(read(text, zone), Some(Micros(time)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "20 Nov 2026",
            "2026-11-20",
            "2026-11-20 12:11",
            "2026-13-01 00:00:00",
            "2026-00-01 00:00:00",
            "2026-01-32 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01 00:60:00",
            "2026-11-20 12:11:59 UTC",
            "2026-11-20 12:11:59+7",
            "2026-11-20 12:11:59+07:00x",
            "二〇二六-11-20 12:11:59",
        ] {
            assert_eq!(read(text, 0), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        let mut random = crate::random::Random::new(5);
        for _ in 0..20_000 {
            let micros =
                random.below(250_000_000_000_000_000).cast_signed() - 2_000_000_000_000_000;
            for is_iso in [false, true] {
                let text = write(Micros(micros), is_iso);
                assert_eq!(read(&text, 0), Some(Micros(micros)), "{text}");
            }
        }
        assert_eq!(
            write(Micros(1_795_176_719_140_906), true),
            "2026-11-20T12:11:59.140906Z"
        );
        assert_eq!(write(Micros(-1), false), "1969-12-31 23:59:59.999999");
    }

    #[test]
    fn ids_grow_with_their_times_and_numbers() {
        let early = id(Micros(-5), Some(9), "f");
        let late = id(Micros(1_795_176_719_140_906), Some(10), "a");
        assert_eq!(early.0, "0000000000000000000000000009~f");
        assert_eq!(late.0, "1795176719140906000000000010~a");
        assert_eq!(late.name(), "a");
        assert!(growing(&early) < growing(&late));
    }
}
