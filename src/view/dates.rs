//! Times, days and sizes in the visitor's language, by the browser's `Intl`.

use concierge_core::Timestamp;
use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::state::wall_clock;
use super::texts::Texts;

/// `Intl` formatters are slow to make and quick to use: made once a mount.
pub(super) struct Formats {
    time: Option<Function>,
    day: Option<Function>,
    full: Option<Function>,
    sizes: [Option<Function>; 3],
}

impl Formats {
    /// Formatters for a BCP 47 tag; for the browser's own language when the
    /// tag is none.
    pub(super) fn new(locale: &str) -> Self {
        let date = |options: &[(&str, &str)]| formatter("DateTimeFormat", locale, options);
        let size = |unit: &str| {
            formatter(
                "NumberFormat",
                locale,
                &[
                    ("style", "unit"),
                    ("unit", unit),
                    ("maximumFractionDigits", "1"),
                ],
            )
        };
        Self {
            time: date(&[("timeStyle", "short")]),
            day: date(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]),
            full: date(&[("dateStyle", "medium"), ("timeStyle", "short")]),
            sizes: [size("byte"), size("kilobyte"), size("megabyte")],
        }
    }

    /// "09:12".
    pub(super) fn time(&self, at: Timestamp) -> String {
        format(self.time.as_ref(), at.0 as f64)
    }

    /// "Today", "Yesterday", "Friday, 20 November".
    pub(super) fn day(&self, at: Timestamp, texts: &Texts) -> String {
        let now = wall_clock();
        let today = local_day(now);
        let yesterday = {
            let now = date(now);
            now.set_date(now.get_date().wrapping_sub(1));
            day_number(&now)
        };
        match local_day(at) {
            day if day == today => texts.today.to_owned(),
            day if day == yesterday => texts.yesterday.to_owned(),
            _ => format(self.day.as_ref(), at.0 as f64),
        }
    }

    /// "20 Nov 2026, 09:12".
    pub(super) fn date_and_time(&self, at: Timestamp) -> String {
        format(self.full.as_ref(), at.0 as f64)
    }

    /// "1.2 MB", counted in 1024s, as the limits of the back ends are.
    pub(super) fn size(&self, bytes: u64) -> String {
        let mut value = bytes as f64;
        let mut unit = 0;
        while value >= 1024.0 && unit < 2 {
            value /= 1024.0;
            unit += 1;
        }
        format(self.sizes[unit].as_ref(), value)
    }
}

/// A number that differs from one local day to the next.
pub(super) fn local_day(at: Timestamp) -> i32 {
    day_number(&date(at))
}

/// ISO 8601, for `datetime` attributes.
pub(super) fn iso(at: Timestamp) -> String {
    date(at).to_iso_string().into()
}

fn date(at: Timestamp) -> Date {
    // Beyond these a `Date` is invalid and its methods throw.
    const END: i64 = 8_640_000_000_000_000;
    Date::new(&JsValue::from_f64(at.0.clamp(-END, END) as f64))
}

fn day_number(date: &Date) -> i32 {
    let month = date.get_full_year() as i32 * 12 + date.get_month() as i32;
    month * 31 + date.get_date() as i32
}

fn format(formatter: Option<&Function>, value: f64) -> String {
    formatter
        .and_then(|format| {
            format
                .call1(&JsValue::UNDEFINED, &JsValue::from_f64(value))
                .ok()
        })
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// The bound `format` function of an `Intl` class. Made through `Reflect`, as
/// the constructor throws at a tag that is none.
fn formatter(class: &str, locale: &str, options: &[(&str, &str)]) -> Option<Function> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let class: Function = Reflect::get(&intl, &class.into()).ok()?.dyn_into().ok()?;
    let settings = Object::new();
    for (name, value) in options {
        Reflect::set(&settings, &(*name).into(), &(*value).into()).ok()?;
    }
    let make = |locale: &JsValue| Reflect::construct(&class, &Array::of2(locale, &settings));
    let made = make(&locale.into())
        .or_else(|_| make(&JsValue::UNDEFINED))
        .ok()?;
    Reflect::get(&made, &"format".into()).ok()?.dyn_into().ok()
}
