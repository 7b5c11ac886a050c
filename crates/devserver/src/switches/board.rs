//! The switches in force, shared by all that obey them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::Switches;

/// Names under which the switches of one front stand together. A change names
/// only those of a group that it means.
const GROUPS: [&str; 2] = ["onesmile", "voipbin"];

/// A name or value that no switch has, in a sentence.
#[derive(Debug)]
pub(crate) struct SwitchError(pub(crate) String);

/// Holds the switches in force and those to which a reset returns.
pub(crate) struct SwitchBoard {
    current: Mutex<Switches>,
    initial: Switches,
    changes: watch::Sender<()>,
}

impl SwitchBoard {
    pub(crate) fn new(initial: Switches) -> Self {
        Self {
            current: Mutex::new(initial.clone()),
            initial,
            changes: watch::Sender::new(()),
        }
    }

    /// The switches as they stand.
    pub(crate) fn read(&self) -> Switches {
        self.lock().clone()
    }

    /// Wakes on every change.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Uses up a fault; see the `take` methods of [`super::fault`].
    pub(crate) fn take<T>(&self, take: impl FnOnce(&mut Switches) -> T) -> T {
        take(&mut self.lock())
    }

    /// Returns to the initial positions, then applies the changes.
    pub(crate) fn replace(&self, changes: &Map<String, Value>) -> Result<Switches, SwitchError> {
        self.apply(&self.initial, changes)
    }

    /// Applies the changes and leaves the other switches as they are.
    pub(crate) fn merge(&self, changes: &Map<String, Value>) -> Result<Switches, SwitchError> {
        self.apply(&self.read(), changes)
    }

    /// Returns to the initial positions.
    pub(crate) fn reset(&self) -> Switches {
        self.set(self.initial.clone())
    }

    fn apply(
        &self,
        base: &Switches,
        changes: &Map<String, Value>,
    ) -> Result<Switches, SwitchError> {
        let Value::Object(mut whole) = json!(base) else {
            unreachable!("a struct with fields is an object")
        };
        for (name, value) in changes {
            if !whole.contains_key(name) {
                return Err(SwitchError(format!("There is no switch `{name}`.")));
            }
            if GROUPS.contains(&name.as_str()) {
                apply_group(&mut whole, name, value)?;
                continue;
            }
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            if let Err(error) = serde_json::from_value::<Switches>(Value::Object(alone)) {
                return Err(SwitchError(format!(
                    "Switch `{name}` cannot be {value}: {error}."
                )));
            }
            whole.insert(name.clone(), value.clone());
        }
        let switches: Switches = serde_json::from_value(Value::Object(whole))
            .map_err(|error| SwitchError(format!("The switches do not fit together: {error}.")))?;
        Ok(self.set(switches))
    }

    fn set(&self, switches: Switches) -> Switches {
        self.lock().clone_from(&switches);
        self.changes.send_replace(());
        switches
    }

    fn lock(&self) -> MutexGuard<'_, Switches> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Applies the changes of a group, each checked by itself.
fn apply_group(
    whole: &mut Map<String, Value>,
    group: &str,
    changes: &Value,
) -> Result<(), SwitchError> {
    let (Some(Value::Object(held)), Value::Object(changes)) = (whole.get_mut(group), changes)
    else {
        return Err(SwitchError(format!(
            "`{group}` takes an object of switches, not {changes}."
        )));
    };
    for (name, value) in changes {
        if !held.contains_key(name) {
            return Err(SwitchError(format!("There is no switch `{group}.{name}`.")));
        }
        let alone = json!({group: {name: value}});
        if let Err(error) = serde_json::from_value::<Switches>(alone) {
            return Err(SwitchError(format!(
                "Switch `{group}.{name}` cannot be {value}: {error}."
            )));
        }
        held.insert(name.clone(), value.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_can_be_written_back() {
        let board = SwitchBoard::new(Switches::default());
        let Value::Object(read) = json!(board.read()) else {
            panic!("not an object")
        };
        let written = board.replace(&read).expect("our own values are good");
        assert_eq!(json!(written), Value::Object(read));
    }

    #[test]
    fn a_fault_ends_after_its_times() {
        let board = SwitchBoard::new(Switches::default());
        let changes = json!({"handshake": {"value": "429", "times": 2}});
        board
            .merge(changes.as_object().expect("an object"))
            .expect("a good value");
        let taken: Vec<_> = (0..3)
            .map(|_| json!(board.take(|switches| switches.handshake.take(None)).0))
            .collect();
        assert_eq!(taken, ["429", "429", "ok"]);
    }
}
