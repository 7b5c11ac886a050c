//! The browser's storage, which may be refused, full or unwanted.

use std::cell::RefCell;

use concierge_core::{Slot, Stored, uuid};

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
        let browser = match keep {
            Keep::Persistent => web_sys::window().and_then(|window| window.local_storage().ok()?),
            Keep::Session => session_storage(),
            Keep::Nothing => None,
        };
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
        }
    }

    /// A slot's text.
    #[must_use]
    pub fn read(&self, slot: Slot) -> Option<String> {
        match &*self.place.borrow() {
            Place::Browser(storage) => storage.get_item(&self.key(slot)).ok()?,
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
        let Some(text) = text else {
            let _ = storage.remove_item(&key);
            return;
        };
        if storage.set_item(&key, &text).is_ok() {
            return;
        }
        self.log.line("storage", "full: kept in memory");
        let mut texts = Slot::ALL.map(|slot| {
            let key = self.key(slot);
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
        if self.keep == Keep::Persistent {
            self.key(Slot::Outbox)
        } else {
            String::new()
        }
    }

    fn key(&self, slot: Slot) -> String {
        [&self.prefix, slot.name()].concat()
    }
}

/// This tab's id, a UUID that stays over a reload (contract 2.3). Where
/// nothing may be stored it lives as long as the page.
#[must_use]
pub fn device_id(keep: Keep, prefix: &str) -> String {
    let storage = session_storage().filter(|_| keep != Keep::Nothing);
    let Some(storage) = storage else {
        return draw_uuid();
    };
    let key = [prefix, "device"].concat();
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
    web_sys::window()?.session_storage().ok()?
}

/// Random bytes. `crypto.randomUUID` exists on `https:` pages only, this everywhere.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// A UUID from the browser's own randomness.
pub(super) fn draw_uuid() -> String {
    let bits = || u64::from_le_bytes(random());
    uuid(bits(), bits())
}
