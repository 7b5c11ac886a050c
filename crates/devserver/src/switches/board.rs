//! The switches in force, shared by all that obey them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::Switches;

/// A name or value that no switch has, in a sentence.
#[derive(Debug)]
pub(crate) struct SwitchError(pub(crate) String);

/// Keys under which the switches of one front stand. Changing some of them
/// leaves the others of the group alone.
const GROUPS: [&str; 3] = ["onechat", "onesmile", "voipbin"];

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
            let is_group = GROUPS.contains(&name.as_str());
            let (Some(Value::Object(group)), Value::Object(members), true) =
                (whole.get_mut(name), value, is_group)
            else {
                set_one(&mut whole, name, value, None)?;
                continue;
            };
            for (member, value) in members {
                set_one(group, member, value, Some(name))?;
            }
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

/// Sets one switch among its neighbours, once its value was tried alone.
fn set_one(
    among: &mut Map<String, Value>,
    name: &str,
    value: &Value,
    group: Option<&str>,
) -> Result<(), SwitchError> {
    let full_name = group.map_or_else(|| name.to_owned(), |group| format!("{group}.{name}"));
    if !among.contains_key(name) {
        return Err(SwitchError(format!("There is no switch `{full_name}`.")));
    }
    let mut alone = json!({name: value});
    if let Some(group) = group {
        alone = json!({group: alone});
    }
    if let Err(error) = serde_json::from_value::<Switches>(alone) {
        return Err(SwitchError(format!(
            "Switch `{full_name}` cannot be {value}: {error}."
        )));
    }
    among.insert(name.to_owned(), value.clone());
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
