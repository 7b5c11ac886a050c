//! The bytes of files that are to be sent.
//!
//! The work is done in `files.js`: it is all promises and callbacks of the
//! browser, which cost a third there of what they cost here.

use concierge_core::{NewFile, NoFile, ReadyFile, Uid};
use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::config::{get, text};
use crate::shell::log::Log;
use crate::shell::storage::{Keep, draw_uuid};

/// The longest side of a picture that is sent, in pixels.
pub const MAX_IMAGE_SIDE: u32 = 2048;

#[wasm_bindgen(module = "/src/shell/files.js")]
extern "C" {
    #[wasm_bindgen(js_name = Files)]
    type Entries;
    #[wasm_bindgen(constructor, js_class = "Files")]
    fn new(name: &str, max_side: u32) -> Entries;
    #[wasm_bindgen(method)]
    fn take(this: &Entries, uid: &str, file: &File) -> Promise;
    #[wasm_bindgen(method)]
    fn prepare(this: &Entries, uid: &str) -> Promise;
    #[wasm_bindgen(method)]
    fn get(this: &Entries, uid: &str) -> JsValue;
    #[wasm_bindgen(method)]
    fn forget(this: &Entries, uid: &str);
    #[wasm_bindgen(method, js_name = keepOnly)]
    fn keep_only(this: &Entries, uids: &Array);
    #[wasm_bindgen(method, js_name = forgetAll)]
    fn forget_all(this: &Entries);
    #[wasm_bindgen(method, js_name = freeAll)]
    fn free_all(this: &Entries);
}

/// The files of one widget. Dropping it frees what is in memory.
pub struct Files {
    entries: Entries,
    on_disk: bool,
    log: Log,
}

impl Files {
    /// Files under a database that is named by `prefix`. A picture with a side
    /// longer than `max_side` pixels is made smaller.
    ///
    /// Only with [`Keep::Persistent`] they are on disk: what is there outlives
    /// the tab.
    #[must_use]
    pub fn open(keep: Keep, prefix: &str, max_side: u32, log: Log) -> Self {
        let on_disk = keep == Keep::Persistent;
        // The name of the key that tells of the messages. Whoever removes all
        // keys by their names removes the databases with it.
        let name = [prefix, "outbox"].concat();
        Self {
            entries: Entries::new(if on_disk { &name } else { "" }, max_side),
            on_disk,
            log,
        }
    }

    /// Keeps a file under a new uid. When this is done it is on disk, if
    /// anything is.
    pub async fn take(&self, file: File) -> NewFile {
        let uid = draw_uuid();
        let kept = JsFuture::from(self.entries.take(&uid, &file)).await;
        if self.on_disk && !kept.is_ok_and(|kept| kept.is_truthy()) {
            self.log.line("files", "refused: kept in memory");
        }
        NewFile {
            uid: Uid(uid),
            name: file.name(),
            mime: file.type_(),
            size: file.size() as u64,
        }
    }

    /// Makes a file ready to be sent. A picture is drawn anew, so that nothing
    /// is in it but what is seen.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub async fn prepare(&self, uid: &Uid) -> Result<ReadyFile, NoFile> {
        let entry = JsFuture::from(self.entries.prepare(&uid.0)).await;
        let entry = entry.unwrap_or_default();
        let Some(entry) = entry.dyn_ref::<Object>() else {
            return Err(if entry.is_null() {
                NoFile::Unreadable
            } else {
                NoFile::Gone
            });
        };
        let blob: web_sys::Blob = get(entry, "blob").unchecked_into();
        let number = |name| get(entry, name).unchecked_into_f64();
        let mime = blob.type_();
        Ok(ReadyFile {
            name: text(entry, "name").unwrap_or_default(),
            mime: if mime.is_empty() {
                "application/octet-stream".into()
            } else {
                mime
            },
            size: blob.size() as u64,
            dimensions: get(entry, "width")
                .is_truthy()
                .then(|| (number("width") as u32, number("height") as u32)),
            preview: text(entry, "preview"),
        })
    }

    /// What [`Exchange::upload`](super::http::Exchange::upload) sends: the file
    /// when [`Files::prepare`] has found it, else undefined.
    #[must_use]
    pub(super) fn entry(&self, uid: &Uid) -> JsValue {
        self.entries.get(&uid.0)
    }

    /// A file's bytes are not needed any more.
    pub fn forget(&self, uid: &Uid) {
        self.entries.forget(&uid.0);
    }

    /// No bytes are needed but these.
    pub fn keep_only(&self, uids: &[Uid]) {
        self.entries
            .keep_only(&uids.iter().map(|uid| JsValue::from_str(&uid.0)).collect());
    }

    /// No bytes are needed any more.
    pub fn forget_all(&self) {
        self.entries.forget_all();
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.entries.free_all();
    }
}
