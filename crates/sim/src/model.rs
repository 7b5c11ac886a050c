//! The reference model: what the visitor wrote and what must become of it.
//! Deliberately simpler than the session, so that the two cannot be wrong
//! together.

use std::collections::{BTreeMap, BTreeSet};

use concierge_core::{Row, Slot};
use serde_json::Value;

use crate::desk::Stored;
use crate::tab::{name_of, said};
use crate::world::World;

/// A message that was taken from the visitor.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// Its text, or for a file its uid.
    pub(crate) text: String,
    /// The URL of its file, once it is on the server.
    pub(crate) url: Option<String>,
    /// Times it is on the server and was not taken back.
    pub(crate) times: u32,
    /// It was on the server and was taken back.
    pub(crate) is_gone: bool,
    /// It may be nowhere: the visitor threw it away, or the browser did not
    /// store it.
    pub(crate) may_miss: bool,
    /// The tab that has it and has not handed it to the leader, and its load.
    pub(crate) hand: Option<(usize, u32)>,
    /// The tab in which it was written.
    pub(crate) tab: usize,
    /// It failed once, or was thrown away and came back, and others passed it.
    pub(crate) has_failed: bool,
    /// The browser did not store what happened to it, and then forgot the rest.
    pub(crate) is_forgotten: bool,
}

impl Word {
    /// Whether it is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.text.ends_with(";f")
    }

    /// Whether this row shows it.
    pub(crate) fn is_in(&self, row: &Row) -> bool {
        let is_named = || row.id.is_none() && name_of(row) == self.text;
        if !self.is_file() {
            return said(row) == self.text;
        }
        is_named() || self.url.as_deref().is_some_and(|url| said(row) == url)
    }
}

/// All messages of a history.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) words: Vec<Word>,
    /// Messages of the server that were looked at.
    seen: usize,
    /// The last message of each tab on the server that kept its turn; files do
    /// not hold up texts, and have turns of their own.
    turns: BTreeMap<(usize, bool), usize>,
}

impl Model {
    /// What the visitor writes next: its number, for the model to find it
    /// again, and so many bytes more.
    pub(crate) fn next_text(&self, bytes: usize) -> String {
        let mut text = format!("{}; ", self.words.len());
        text.extend(std::iter::repeat_n('x', bytes));
        text
    }

    /// The uid of the file that the visitor chooses next.
    pub(crate) fn next_file(&self) -> String {
        format!("{};f", self.words.len())
    }

    /// It was taken.
    pub(crate) fn write(&mut self, text: String, tab: usize, hand: Option<(usize, u32)>) {
        self.words.push(Word {
            text,
            url: None,
            times: 0,
            is_gone: false,
            may_miss: false,
            hand,
            tab,
            has_failed: false,
            is_forgotten: false,
        });
    }

    /// The number of the visitor's message that says this.
    pub(crate) fn number(&self, text: &str) -> Option<usize> {
        let number = text.split_once(';')?.0.parse().ok()?;
        let word: &Word = self.words.get(number)?;
        (word.text == text).then_some(number)
    }

    /// The same for a row.
    pub(crate) fn number_of(&self, row: &Row) -> Option<usize> {
        self.number(name_of(row))
    }

    /// The same for a message on the server.
    fn number_there(&self, message: &Stored) -> Option<usize> {
        let uid = || message.uid.as_deref();
        self.number(&message.text)
            .or_else(|| self.number(uid()?).filter(|it| self.words[*it].is_file()))
    }

    /// Takes in what happened since the last time, and checks the order on the
    /// server: whoever wrote two messages wrote them in this order, unless one
    /// failed meanwhile and the others passed it.
    pub(crate) fn follow(&mut self, world: &mut World) {
        for tab in &mut world.tabs {
            for text in std::mem::take(&mut tab.failures) {
                if let Some(number) = self.number(&text) {
                    self.words[number].has_failed = true;
                }
            }
        }
        self.follow_hands(world);
        for index in self.seen..world.desk.messages.len() {
            let message = &world.desk.messages[index];
            if !message.by_visitor {
                continue;
            }
            let number = self.number_there(message);
            let number = number.unwrap_or_else(|| panic!("nobody wrote {}", message.text));
            let word = &mut self.words[number];
            if word.is_file() {
                assert!(
                    world.files.stored.contains(&message.text),
                    "a file is sent that is not where it says"
                );
                word.url = Some(message.text.clone());
            }
            word.times += 1;
            word.hand = None;
            let keeps_turn = !word.has_failed && !word.is_forgotten;
            if keeps_turn && word.times == 1 {
                let last = self.turns.insert((word.tab, word.is_file()), number);
                assert!(
                    last.is_none_or(|last| last < number),
                    "the server has {} after {}, which was written later",
                    self.words[number].text,
                    last.map_or("", |last| &self.words[last].text)
                );
            }
        }
        self.seen = world.desk.messages.len();
        let is_gone = |message: &&Stored| message.gone && message.by_visitor;
        for message in world.desk.messages.iter().filter(is_gone) {
            if let Some(number) = self.number_there(message) {
                self.words[number].is_gone = true;
            }
        }
    }

    /// What a tab has handed on shows; what it has not goes with it.
    fn follow_hands(&mut self, world: &World) {
        for tab in &world.tabs {
            for row in &tab.mirror.rows {
                if let Some(number) = self.number_of(row) {
                    self.words[number].hand = None;
                }
            }
        }
        for word in &mut self.words {
            let is_gone = |(tab, load): &mut (usize, u32)| world.tabs[*tab].load != *load;
            word.may_miss |= word.hand.take_if(is_gone).is_some();
        }
    }

    /// The tab is about to be loaded again from a store that holds less than
    /// happened: what is not in it may be lost, and what is in it as not sent
    /// may be sent again.
    pub(crate) fn forget(&mut self, world: &mut World) {
        if !world.store_refuses {
            return;
        }
        let stored = world.store.get(&Slot::Outbox);
        let stored: Option<Value> = stored.and_then(|text| serde_json::from_str(text).ok());
        let wishes = stored.iter().filter_map(|it| it["unsend"].as_array());
        for id in wishes.flatten().filter_map(Value::as_str) {
            world.may_delete(id.parse().unwrap_or_default());
        }
        let mut kept: BTreeSet<usize> = BTreeSet::new();
        for entry in stored
            .iter()
            .filter_map(|it| it["messages"].as_array())
            .flatten()
        {
            let said = [&entry["text"], &entry["uid"]];
            let mut numbers = said.iter().filter_map(|it| self.number(it.as_str()?));
            let Some(number) = numbers.next() else {
                continue;
            };
            // One that is stored as to be looked up is not sent blindly, and
            // nothing that was stored is lost.
            if entry["fate"] != "unknown" {
                if let Some(uid) = entry["uid"].as_str() {
                    world.desk.may_double.insert(uid.to_owned());
                }
                self.words[number].is_forgotten = true;
            }
            // It may have been thrown away after the last time it was stored, and
            // then others passed it.
            let word = &mut self.words[number];
            word.has_failed |= std::mem::take(&mut word.may_miss);
            kept.insert(number);
        }
        for (number, word) in self.words.iter_mut().enumerate() {
            word.may_miss |= !kept.contains(&number);
        }
    }
}
