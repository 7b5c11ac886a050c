//! A random history with a system whose calls are requests, and what must hold
//! at its end.

use std::collections::BTreeSet;

use concierge_core::{Action, Failure, Older, Page, Row, RowState};

use super::{Fault, System, World};
use crate::dice::Dice;

/// Steps of a history.
const STEPS: u64 = 60;
/// After all trouble has ended everything must be settled within this, in ms.
const PATIENCE: u64 = 300_000;

/// Lives the history of this seed.
///
/// # Panics
/// If something does not hold that must.
pub fn live(system: System, seed: u64, is_loud: bool) {
    let mut history = History {
        world: World::new(system, seed),
        dice: Dice::new(seed),
        said: Vec::new(),
        staff: Vec::new(),
        given_up: BTreeSet::new(),
        retried: BTreeSet::new(),
    };
    history.world.is_loud = is_loud;
    history.world.latency = 20 + history.dice.roll(600);
    history.world.open();
    for number in 0..STEPS {
        history.step(number);
        let pause = match history.dice.roll(6) {
            0 => 0,
            1..=3 => history.dice.roll(800),
            4 => history.dice.roll(20_000),
            _ => history.dice.roll(120_000),
        };
        history.world.run(pause);
    }
    history.end_trouble();
    history.check();
}

struct History {
    world: World,
    dice: Dice,
    /// What the visitor has sent, in order.
    said: Vec<String>,
    /// What the staff has said.
    staff: Vec<String>,
    /// What the visitor has thrown away.
    given_up: BTreeSet<String>,
    /// What the visitor has tried again after it failed.
    retried: BTreeSet<String>,
}

impl History {
    fn step(&mut self, number: u64) {
        match self.dice.roll(22) {
            0..=4 => {
                let text = format!("words {number}");
                self.world.say(&text);
                self.said.push(text);
            }
            5..=7 => {
                let text = format!("staff {number}");
                // Nobody writes to a visitor who has not come.
                if self.world.book().begun {
                    self.world.staff_says(&text);
                    self.staff.push(text);
                }
            }
            8 if self.world.system.takes_files() => {
                let name = format!("file-{number}.png");
                self.world.attach(&name);
                self.said.push(name);
            }
            9 => {
                let noticed = self.dice.roll(2) == 0;
                self.world.disconnect(noticed);
            }
            10 | 11 => self.world.reconnect(),
            12 => self.world.cut(),
            13 => self.world.sockets_work = self.dice.roll(3) > 0,
            14 => self.world.deaf = self.dice.roll(3) == 0,
            15 => {
                let fault = self.fault();
                // What a server answers that cannot find the copy of what it
                // has just stored.
                let path = if fault == Fault::DoneStatus(400) {
                    "chatroommessages"
                } else {
                    ""
                };
                self.world.faults.push_back((path, fault));
            }
            16 => {
                let fault = self.fault();
                self.world.upload_faults.push_back(fault);
            }
            17 => self.world.reload(),
            18 => {
                let hidden = self.dice.roll(2) == 0;
                self.world
                    .page(if hidden { Page::Hidden } else { Page::Visible });
            }
            19 => {
                self.world.act(if self.dice.roll(2) == 0 {
                    Action::ClosePanel
                } else {
                    Action::OpenPanel
                });
                self.world.enter();
            }
            20 => self.settle_failed(),
            _ if self.world.mirror.older == Older::More => self.world.act(Action::LoadOlder),
            _ => self.world.book().refuses_token += u32::from(self.dice.roll(4) == 0),
        }
    }

    fn fault(&mut self) -> Fault {
        match self.dice.roll(7) {
            0 => Fault::Lost,
            1 => Fault::AnswerLost,
            2 => Fault::Hangs,
            3 => Fault::Status(500),
            4 => Fault::Status(429),
            5 if self.world.system == System::VoipLegacy => Fault::DoneStatus(400),
            _ => Fault::DoneStatus(503),
        }
    }

    /// The visitor tries a failed message again, or throws it away.
    fn settle_failed(&mut self) {
        let is_failed = |row: &&Row| matches!(row.state, RowState::Failed(_));
        let rows = self.world.mirror.rows.iter();
        let failed: Vec<Row> = rows.filter(is_failed).cloned().collect();
        if failed.is_empty() {
            return;
        }
        let row = &failed[self.dice.pick(failed.len())];
        let name = row.content.preview().to_owned();
        if self.dice.roll(2) == 0 {
            self.given_up.insert(name);
            self.world.act(Action::Discard(row.key));
        } else {
            self.retried.insert(name);
            self.world.act(Action::Retry(row.key));
        }
    }

    fn end_trouble(&mut self) {
        self.world.faults.clear();
        self.world.upload_faults.clear();
        self.world.book().refuses_token = 0;
        self.world.sockets_work = true;
        self.world.deaf = false;
        self.world.reconnect();
        self.world.page(Page::Visible);
        self.world.act(Action::OpenPanel);
        self.world.run(5_000);
        self.world.enter();
        self.world.act(Action::Reconnect);
        self.world.run(PATIENCE);
    }

    fn check(&mut self) {
        let on_server: Vec<String> = {
            let said = self.world.book().visitor_said();
            said.into_iter().map(str::to_owned).collect()
        };
        let rows = &self.world.mirror.rows;
        for row in rows {
            let waits = matches!(
                row.state,
                RowState::Queued | RowState::Uploading(_) | RowState::Sending
            );
            assert!(!waits, "{} waits", row.content.preview());
        }
        let states = |name: &str| -> Vec<RowState> {
            let rows = rows.iter().filter(|row| row.content.preview() == name);
            rows.map(|row| row.state.clone()).collect()
        };
        for name in &self.said {
            let times = on_server.iter().filter(|said| *said == name).count();
            let rows = states(name);
            let has_failed = rows.iter().any(|row| matches!(row, RowState::Failed(_)));
            let is_decided = has_failed || self.given_up.contains(name);
            assert!(times > 0 || is_decided, "{name} is lost");
            // One that was shown as failed and is tried again may be there.
            let may_double = self.retried.contains(name);
            assert!(times <= 1 || may_double, "{name} is {times} times there");
            // One that was sent before the history could be read is not known
            // again by its words: it may be an older one that says the same.
            let unconfirmed = RowState::Failed(Failure::Unconfirmed);
            let doubled = self.world.system != System::OneChat && rows.contains(&unconfirmed);
            let most = times.max(1) + usize::from(doubled && times > 0);
            assert!(rows.len() <= most, "{name} has {} rows", rows.len());
        }
        self.check_order();
    }

    /// What the server has is shown in its order, from the first row on.
    fn check_order(&mut self) {
        let there: Vec<String> = {
            let entries = self.world.book().entries.iter();
            entries.map(|entry| entry.said().to_owned()).collect()
        };
        let rows = self.world.mirror.rows.iter();
        let shown: Vec<String> = rows
            .filter(|row| row.id.is_some())
            .map(|row| row.content.preview().to_owned())
            .collect();
        assert!(
            shown.len() >= there.len().min(10),
            "only {} of {} are shown",
            shown.len(),
            there.len()
        );
        let mut expected = there[there.len() - shown.len().min(there.len())..].to_vec();
        let mut shown = shown;
        if self.world.system == System::OneChat {
            // Its times are whole seconds, and its ids say the rest.
            expected.sort();
            shown.sort();
        }
        assert_eq!(shown, expected, "the log is not what the server has");
    }
}
