//! The browser's storage, which may be refused, full or unwanted. The work is
//! done in `browser.js`.

use concierge_core::{Slot, Stored, uuid};
use wasm_bindgen::prelude::*;

use crate::shell::log::Log;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = Store)]
    type Hands;
    #[wasm_bindgen(constructor, js_class = "Store")]
    fn new(keep: u32, prefix: &str, debug: bool) -> Hands;
    #[wasm_bindgen(method, js_name = isShared)]
    fn is_shared(this: &Hands) -> bool;
    #[wasm_bindgen(method, js_name = keepApart)]
    fn keep_apart(this: &Hands);
    #[wasm_bindgen(method, js_name = forgetTab)]
    fn forget_tab(this: &Hands);
    #[wasm_bindgen(method)]
    fn read(this: &Hands, slot: u32) -> Option<String>;
    #[wasm_bindgen(method)]
    fn write(this: &Hands, slot: u32, text: Option<&str>);
    #[wasm_bindgen(method)]
    fn database(this: &Hands) -> String;
    #[wasm_bindgen(js_name = deviceId)]
    fn device_id_in(keep: u32, prefix: &str, fresh: &str) -> String;
    #[wasm_bindgen(js_name = isMuted)]
    fn is_muted_in(keep: u32, prefix: &str) -> bool;
    // It does not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = random)]
    fn random_half() -> Result<u32, JsValue>;
    #[wasm_bindgen(js_name = setMuted)]
    fn set_muted_in(keep: u32, prefix: &str, muted: bool);
}

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
    hands: Hands,
}

impl Storage {
    /// Opens the storage under keys that begin with `prefix`. Where the
    /// browser refuses, what is stored lives as long as the page.
    #[must_use]
    pub fn open(keep: Keep, prefix: String, log: Log) -> Self {
        Self {
            keep,
            hands: Hands::new(keep as u32, &prefix, log.on),
            prefix,
        }
    }

    /// What the keys begin with, if other tabs have the same storage.
    #[must_use]
    pub fn shared(&self) -> Option<&str> {
        self.hands.is_shared().then_some(self.prefix.as_str())
    }

    /// The tabs cannot agree on one that leads: what waits to be sent is this
    /// tab's own, for two would send it twice.
    pub fn keep_apart(&self) {
        self.hands.keep_apart();
    }

    /// This tab's id as a device, if it may have one that stays.
    #[must_use]
    pub fn device(&self) -> Option<String> {
        (self.keep != Keep::Nothing).then(|| device_id(self.keep, &self.prefix))
    }

    /// This tab is the double of another one, which has the same id and will
    /// send what waits.
    pub fn forget_tab(&self) {
        self.hands.forget_tab();
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
            device: Some(device_id(self.keep, &self.prefix)),
        }
    }

    /// A slot's text.
    #[must_use]
    pub fn read(&self, slot: Slot) -> Option<String> {
        self.hands.read(slot as u32)
    }

    /// Keeps a text, or removes it. When the browser's storage is full, all
    /// moves to memory, so that no old text is found beside newer ones.
    pub fn write(&self, slot: Slot, text: Option<&str>) {
        self.hands.write(slot as u32, text);
    }

    /// The name of the database for the files of the messages in the outbox:
    /// that of its key, so that whoever removes all keys can remove their
    /// databases too. It is empty where files live as long as the page, for
    /// there is none that goes with the tab.
    #[must_use]
    pub fn database(&self) -> String {
        self.hands.database()
    }
}

/// Whether the visitor wants no sounds.
#[must_use]
pub fn is_muted(keep: Keep, prefix: &str) -> bool {
    is_muted_in(keep as u32, prefix)
}

/// Keeps whether the visitor wants no sounds.
pub fn set_muted(keep: Keep, prefix: &str, muted: bool) {
    set_muted_in(keep as u32, prefix, muted);
}

/// This tab's id, a UUID that stays over a reload (contract 2.3). Where
/// nothing may be stored it lives as long as the page.
#[must_use]
pub fn device_id(keep: Keep, prefix: &str) -> String {
    device_id_in(keep as u32, prefix, &draw_uuid())
}

/// Random bits. `crypto.randomUUID` exists on `https:` pages only, this
/// everywhere.
#[must_use]
pub fn random() -> u64 {
    let half = || u64::from(random_half().unwrap_or_default());
    half() << 32 | half()
}

/// A UUID from the browser's own randomness.
pub fn draw_uuid() -> String {
    uuid(random(), random())
}
