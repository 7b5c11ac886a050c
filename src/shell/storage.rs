//! The browser's storage, which may be refused, full or unwanted.

use std::cell::{OnceCell, RefCell};

use concierge_core::{Slot, Stored, uuid};

use crate::browser::window;
use crate::shell::log::Log;

/// How long what is stored lives (`storage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// `persistent`: until the browser forgets.
    Persistent,
    /// `session`: as long as the tab.
    Session,
    /// `none`: as long as the page.
    Nothing,
}

/// The texts of one widget, one a slot.
pub struct Storage {
    keep: Keep,
    prefix: String,
    log: Log,
    place: RefCell<Place>,
    /// Where what waits to be sent is kept, if tabs do not share it.
    apart: OnceCell<web_sys::Storage>,
}

enum Place {
    Browser(web_sys::Storage),
    Memory([Option<String>; Slot::ALL.len()]),
}

impl Storage {
    /// Opens the storage under keys that begin with `prefix`. Where the
    /// browser refuses, what is stored lives as long as the page.
    #[must_use]
    pub fn open(keep: Keep, prefix: String, log: Log) -> Self {
        let browser = browser(keep);
        if browser.is_none() && keep != Keep::Nothing {
            log.line("storage", "refused: kept in memory");
        }
        Self {
            keep,
            prefix,
            log,
            place: RefCell::new(
                browser.map_or_else(|| Place::Memory(Default::default()), Place::Browser),
            ),
            apart: OnceCell::new(),
        }
    }

    /// What the keys begin with, if other tabs have the same storage.
    #[must_use]
    pub fn shared(&self) -> Option<&str> {
        let is_browser = matches!(&*self.place.borrow(), Place::Browser(_));
        (self.keep == Keep::Persistent && is_browser).then_some(self.prefix.as_str())
    }

    /// The tabs cannot agree on one that leads: what waits to be sent is this
    /// tab's own, for two would send it twice.
    pub fn keep_apart(&self) {
        if let Some(storage) = session_storage().filter(|_| self.shared().is_some()) {
            let _ = self.apart.set(storage);
        }
    }

    /// This tab's id as a device, if it may have one that stays.
    #[must_use]
    pub fn device(&self) -> Option<String> {
        (self.keep != Keep::Nothing).then(|| device_id(self.keep, &self.prefix))
    }

    /// This tab is the double of another one, which has the same id and will
    /// send what waits.
    pub fn forget_tab(&self) {
        if let Some(storage) = session_storage() {
            for name in [Slot::Outbox.name(), Slot::Draft.name(), DEVICE] {
                let _ = storage.remove_item(&[&self.prefix, name].concat());
            }
        }
    }

    /// What a session starts from.
    #[must_use]
    pub fn stored(&self) -> Stored {
        Stored {
            conversation: self.read(Slot::Conversation),
            visitor: self.read(Slot::Visitor),
            outbox: self.read(Slot::Outbox),
            draft: self.read(Slot::Draft),
            system: self.read(Slot::System),
            device: self.device().or_else(|| Some(draw_uuid())),
        }
    }

    /// A slot's text.
    #[must_use]
    pub fn read(&self, slot: Slot) -> Option<String> {
        match &*self.place.borrow() {
            Place::Browser(storage) => self.of(slot, storage).get_item(&self.key(slot)).ok()?,
            Place::Memory(texts) => texts[slot as usize].clone(),
        }
    }

    /// Keeps a text, or removes it. When the browser's storage is full, all
    /// moves to memory, so that no old text is found beside newer ones.
    pub fn write(&self, slot: Slot, text: Option<String>) {
        let mut place = self.place.borrow_mut();
        let storage = match &mut *place {
            Place::Browser(storage) => storage,
            Place::Memory(texts) => {
                texts[slot as usize] = text;
                return;
            }
        };
        let key = self.key(slot);
        let all = storage.clone();
        let storage = self.of(slot, &all);
        let Some(text) = text else {
            let _ = storage.remove_item(&key);
            return;
        };
        if storage.set_item(&key, &text).is_ok() {
            return;
        }
        self.log.line("storage", "full: kept in memory");
        let mut texts = Slot::ALL.map(|slot| {
            let (key, storage) = (self.key(slot), self.of(slot, &all));
            let text = storage.get_item(&key).ok().flatten();
            let _ = storage.remove_item(&key);
            text
        });
        texts[slot as usize] = Some(text);
        *place = Place::Memory(texts);
    }

    /// The name of the database for the files of the messages in the outbox:
    /// that of its key, so that whoever removes all keys can remove their
    /// databases too. It is empty where files live as long as the page, for
    /// there is none that goes with the tab.
    #[must_use]
    pub fn database(&self) -> String {
        if self.keep == Keep::Persistent && self.apart.get().is_none() {
            self.key(Slot::Outbox)
        } else {
            String::new()
        }
    }

    /// Where a slot is, if not in memory.
    fn of<'a>(&'a self, slot: Slot, all: &'a web_sys::Storage) -> &'a web_sys::Storage {
        match self.apart.get() {
            Some(apart) if matches!(slot, Slot::Outbox | Slot::Draft) => apart,
            Some(_) | None => all,
        }
    }

    fn key(&self, slot: Slot) -> String {
        [&self.prefix, slot.name()].concat()
    }
}

/// Whether the visitor wants no sounds.
#[must_use]
pub fn is_muted(keep: Keep, prefix: &str) -> bool {
    let key = [prefix, MUTED].concat();
    browser(keep).is_some_and(|storage| matches!(storage.get_item(&key), Ok(Some(_))))
}

/// Keeps whether the visitor wants no sounds.
pub fn set_muted(keep: Keep, prefix: &str, muted: bool) {
    let key = [prefix, MUTED].concat();
    if let Some(storage) = browser(keep) {
        let _ = if muted {
            storage.set_item(&key, "1")
        } else {
            storage.remove_item(&key)
        };
    }
}

fn browser(keep: Keep) -> Option<web_sys::Storage> {
    match keep {
        Keep::Persistent => window().local_storage().ok()?,
        Keep::Session => session_storage(),
        Keep::Nothing => None,
    }
}

const MUTED: &str = "muted";
/// What the key of this tab's id ends with.
const DEVICE: &str = "device";

/// This tab's id, a UUID that stays over a reload (contract 2.3). Where
/// nothing may be stored it lives as long as the page.
#[must_use]
pub fn device_id(keep: Keep, prefix: &str) -> String {
    let storage = session_storage().filter(|_| keep != Keep::Nothing);
    let Some(storage) = storage else {
        return draw_uuid();
    };
    let key = [prefix, DEVICE].concat();
    if let Ok(Some(id)) = storage.get_item(&key)
        && !id.is_empty()
    {
        return id;
    }
    let id = draw_uuid();
    let _ = storage.set_item(&key, &id);
    id
}

fn session_storage() -> Option<web_sys::Storage> {
    window().session_storage().ok()?
}

/// Random bytes. `crypto.randomUUID` exists on `https:` pages only, this everywhere.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// A UUID from the browser's own randomness.
pub fn draw_uuid() -> String {
    let bits = || u64::from_le_bytes(random());
    uuid(bits(), bits())
}
