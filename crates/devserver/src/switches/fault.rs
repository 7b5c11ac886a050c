//! Switches with parameters: faults that happen a number of times, faults of
//! one route, the close, the scripted concierge's habit.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::values::Staff;

/// A value, or `{"value": …, "times": n, "route": "…", "effect": true}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
#[serde(bound(
    serialize = "T: Serialize + Clone",
    deserialize = "T: DeserializeOwned"
))]
pub(crate) struct Fault<T> {
    value: T,
    details: Details,
}

/// What limits a [`Fault`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Details {
    /// How often it still happens; without, always.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// Which route it befalls; without, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    /// Whether the call takes effect all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    effect: bool,
}

impl<T: Copy + Default + PartialEq> Fault<T> {
    /// Uses the fault once: the value in force, and whether the call takes
    /// effect all the same. After its last time the switch is back at default.
    pub(crate) fn take(&mut self, route: Option<&str>) -> (T, bool) {
        if self.details.route.is_some() && self.details.route.as_deref() != route {
            return (T::default(), false);
        }
        let taken = (self.value, self.details.effect);
        if taken.0 != T::default() && !count_down(&mut self.details.times) {
            *self = Self::default();
        }
        taken
    }

    /// Uses the fault once if it is this one.
    pub(crate) fn strikes(&mut self, value: T) -> bool {
        self.value == value && self.take(None).0 == value
    }

    /// The value, without using it up.
    pub(crate) fn peek(&self) -> T {
        self.value
    }
}

impl<T: DeserializeOwned> TryFrom<Value> for Fault<T> {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let (value, details) = split(value)?;
        Ok(Self {
            value: serde_json::from_value(value)?,
            details: serde_json::from_value(Value::Object(details))?,
        })
    }
}

impl<T: Serialize> From<Fault<T>> for Value {
    fn from(fault: Fault<T>) -> Self {
        join(json!(fault.value), json!(fault.details))
    }
}

/// An error answer in place of a route's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RouteFailure {
    /// The status; 500 unless told.
    pub(crate) status: Option<u16>,
    /// The text for the visitor.
    pub(crate) message: Option<String>,
    /// Where the text stands.
    pub(crate) place: MessagePlace,
    /// How often it still happens; without, always.
    times: Option<u32>,
}

/// Where the text of an error answer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MessagePlace {
    /// Beside the status.
    #[default]
    #[serde(rename = "message")]
    Top,
    /// Inside the body.
    #[serde(rename = "body.message")]
    Body,
}

/// No answer to a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Silence {
    /// Whether the call takes effect all the same.
    pub(crate) effect: bool,
    /// How often it still happens; without, always.
    times: Option<u32>,
}

/// A fault of one route that may be limited to a number of times.
pub(crate) trait Countable: Clone {
    /// The counter.
    fn times(&mut self) -> &mut Option<u32>;
}

impl Countable for RouteFailure {
    fn times(&mut self) -> &mut Option<u32> {
        &mut self.times
    }
}

impl Countable for Silence {
    fn times(&mut self) -> &mut Option<u32> {
        &mut self.times
    }
}

/// Uses the fault of a route once, and removes it after its last time.
pub(crate) fn take_route<T: Countable>(faults: &mut BTreeMap<String, T>, route: &str) -> Option<T> {
    let taken = faults.get(route)?.clone();
    if !count_down(faults.get_mut(route)?.times()) {
        faults.remove(route);
    }
    Some(taken)
}

/// Closes a socket by the server: `"off"`, or the code and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub(crate) enum CloseAfter {
    /// Never.
    #[default]
    Off,
    /// Once per socket.
    At(CloseAt),
}

/// When and how a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseAt {
    /// The code; 1006 breaks the TCP connection without a close frame.
    pub(crate) code: u16,
    /// How many of the client's frames are handled before; 0 closes at once.
    #[serde(default)]
    pub(crate) after_frames: u32,
    /// Milliseconds to wait then.
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// How many sockets it befalls; without, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

impl CloseAfter {
    /// Closes a socket that has handled that many frames, if it is time.
    pub(crate) fn take(&mut self, frames: u32) -> Option<CloseAt> {
        let Self::At(close) = self else { return None };
        if close.after_frames != frames {
            return None;
        }
        let taken = *close;
        if !count_down(&mut close.times) {
            *self = Self::Off;
        }
        Some(taken)
    }
}

impl TryFrom<Value> for CloseAfter {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        if value == "off" {
            Ok(Self::Off)
        } else {
            serde_json::from_value(value).map(Self::At)
        }
    }
}

impl From<CloseAfter> for Value {
    fn from(close: CloseAfter) -> Self {
        match close {
            CloseAfter::Off => json!("off"),
            CloseAfter::At(at) => json!(at),
        }
    }
}

/// A [`Staff`] value, or `{"value": …, "delay_ms": n}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub(crate) struct StaffHabit {
    /// What the scripted concierge does.
    pub(crate) value: Staff,
    /// Milliseconds between its steps; without, a human pace.
    pub(crate) delay_ms: Option<u64>,
}

impl TryFrom<Value> for StaffHabit {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let (value, mut details) = split(value)?;
        let delay_ms = details
            .remove("delay_ms")
            .map(serde_json::from_value)
            .transpose()?;
        if let Some(name) = details.keys().next() {
            return Err(Error::custom(format!(
                "unknown parameter `{name}`, expected `delay_ms`"
            )));
        }
        Ok(Self {
            value: serde_json::from_value(value)?,
            delay_ms,
        })
    }
}

impl From<StaffHabit> for Value {
    fn from(habit: StaffHabit) -> Self {
        let details = habit
            .delay_ms
            .map_or_else(|| json!({}), |delay| json!({"delay_ms": delay}));
        join(json!(habit.value), details)
    }
}

/// A map of routes, or a list of them, each with default parameters.
pub(crate) fn routes<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    let Value::Array(list) = value else {
        return serde_json::from_value(value).map_err(D::Error::custom);
    };
    let names: Vec<String> =
        serde_json::from_value(Value::Array(list)).map_err(D::Error::custom)?;
    Ok(names
        .into_iter()
        .map(|route| (route, T::default()))
        .collect())
}

/// Counts one use; false when that was the last.
pub(super) fn count_down(times: &mut Option<u32>) -> bool {
    let Some(left) = times else { return true };
    *left = left.saturating_sub(1);
    *left > 0
}

/// Takes `{"value": v, …}` apart into `v` and the rest; anything else is a
/// value without a rest.
fn split(value: Value) -> Result<(Value, Map<String, Value>), serde_json::Error> {
    let Value::Object(mut details) = value else {
        return Ok((value, Map::new()));
    };
    let value = details
        .remove("value")
        .ok_or_else(|| Error::missing_field("value"))?;
    Ok((value, details))
}

/// The reverse of [`split`].
fn join(value: Value, details: Value) -> Value {
    let Value::Object(mut details) = details else {
        return value;
    };
    if details.is_empty() {
        return value;
    }
    details.insert("value".to_owned(), value);
    Value::Object(details)
}

/// Declares how an optional number is written: as itself, or as a word.
macro_rules! number_or_word {
    ($module:ident, $word:literal) => {
        #[doc = concat!("A number, or the word `", $word, "`.")]
        pub(crate) mod $module {
            use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
            use serde_json::Value;

            pub(crate) fn serialize<S: Serializer>(
                number: &Option<u32>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                match number {
                    Some(number) => number.serialize(serializer),
                    None => $word.serialize(serializer),
                }
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<u32>, D::Error> {
                let value = Value::deserialize(deserializer)?;
                if value == $word {
                    return Ok(None);
                }
                let number = value
                    .as_u64()
                    .and_then(|number| u32::try_from(number).ok())
                    .filter(|number| *number > 0);
                let error = || {
                    D::Error::custom(format!(
                        "`{value}` is neither `{}` nor a number from 1",
                        $word
                    ))
                };
                number.map(Some).ok_or_else(error)
            }
        }
    };
}
number_or_word!(number_or_off, "off");
number_or_word!(number_or_none, "none");
