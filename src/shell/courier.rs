//! REST calls, and files: the courier keeps their bytes, makes them ready, and
//! sends them.
//!
//! The work is done in `browser.js`. It is all callbacks and promises of the
//! browser, which cost a third there of what they cost here.

use std::rc::Rc;

use concierge_core::io::UploadBody;
use concierge_core::{
    Action, Input, NewFile, NoFile, ReadyFile, Request, RequestId, Response, Secret, Uid,
    Unreachable, UploadRequest, UploadStep,
};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::File;

use crate::browser::{Callback, callback, get, text};
use crate::shell::log::Log;
use crate::shell::storage::draw_uuid;

/// The longest side of a picture that is sent, in pixels.
pub const MAX_IMAGE_SIDE: u32 = 2048;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = Courier)]
    type Hands;
    #[wasm_bindgen(constructor, js_class = "Courier")]
    fn new(database: &str, max_side: u32, heard: &JsValue) -> Hands;
    #[wasm_bindgen(method)]
    fn close(this: &Hands);
    #[wasm_bindgen(method)]
    fn take(this: &Hands, uid: &str, file: &File);
    #[wasm_bindgen(method)]
    fn prepare(this: &Hands, uid: &str);
    #[wasm_bindgen(method)]
    fn forget(this: &Hands, uid: &str);
    #[wasm_bindgen(method)]
    fn call(this: &Hands, id: u32, method: &str, url: &str, headers: &Array, body: Option<&str>);
    #[wasm_bindgen(method)]
    fn upload(
        this: &Hands,
        uid: &str,
        method: &str,
        url: &str,
        headers: &Array,
        parts: &Array,
        field: &str,
    );
    #[wasm_bindgen(js_name = uploadText)]
    fn upload_text(
        hands: &Hands,
        uid: &str,
        method: &str,
        url: &str,
        headers: &Array,
        before: &str,
        after: &str,
    );
    #[wasm_bindgen(method)]
    fn abort(this: &Hands, uid: &str);
}

/// The files of one widget, and what is on its way. Dropping it aborts that
/// and frees what is in memory; nothing is heard after it.
pub struct Courier {
    hands: Hands,
    _heard: Callback,
}

impl Courier {
    /// A courier who keeps files in the database of this name too, if it is
    /// not empty, and makes pictures smaller that have a longer side than
    /// `max_side` pixels.
    ///
    /// What the database has of messages that are not in the text that local
    /// storage has under the same name, goes.
    #[must_use]
    pub fn new(database: &str, max_side: u32, log: Log, heard: Rc<dyn Fn(Input)>) -> Self {
        let heard = callback(Box::new(move |news| {
            if get(&news, "refused").is_truthy() {
                log.line("files", "refused: kept in memory");
            }
            heard(read(&news));
        }));
        Self {
            hands: Hands::new(database, max_side, heard.as_ref()),
            _heard: heard,
        }
    }

    /// Keeps a `File` under a new uid. `Attach` is heard when it is on the
    /// disk, or the disk was refused.
    pub fn take(&self, file: &File) {
        self.hands.take(&draw_uuid(), file);
    }

    /// Makes a file ready to be sent. A picture is drawn anew, so that nothing
    /// is in it but what is seen. `Prepared` is heard.
    pub fn prepare(&self, uid: &Uid) {
        self.hands.prepare(&uid.0);
    }

    /// A file's bytes are not needed any more. Of what is being done with them
    /// nothing is heard.
    pub fn forget(&self, uid: &Uid) {
        self.hands.forget(&uid.0);
    }

    /// Makes a REST call. `Answered` is heard, after 30 s at the latest.
    pub fn call(&self, id: RequestId, call: &Request) {
        let headers = in_turn(&call.headers);
        let body = call.body.as_ref().map(|body| body.0.as_str());
        self.hands
            .call(id.0, call.method, &call.url.0, &headers, body);
    }

    /// Sends a file that is ready. `Uploaded` is heard; an upload that stands
    /// still for 60 s is broken.
    pub fn upload(&self, uid: &Uid, to: &UploadRequest) {
        let headers = Array::new();
        for header in &to.headers {
            push(&headers, header);
        }
        let (uid, method, url) = (&uid.0, to.method, &to.url.0);
        match &to.body {
            UploadBody::Bytes(mime) => {
                headers.push(&"Content-Type".into());
                headers.push(&mime.into());
                let nothing = Array::new();
                self.hands.upload(uid, method, url, &headers, &nothing, "");
            }
            UploadBody::Form(fields, field) => {
                let fields = in_turn(fields);
                self.hands
                    .upload(uid, method, url, &headers, &fields, field);
            }
            UploadBody::Text(before, after) => {
                upload_text(&self.hands, uid, method, url, &headers, &before.0, &after.0);
            }
        }
    }

    /// Stops an upload. Nothing is heard of it after that.
    pub fn abort(&self, uid: &Uid) {
        self.hands.abort(&uid.0);
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.hands.close();
    }
}

/// Names and values in turn.
fn in_turn(pairs: &[(&str, Secret)]) -> Array {
    let all = Array::new();
    for pair in pairs {
        push(&all, pair);
    }
    all
}

fn push(all: &Array, (name, value): &(&str, Secret)) {
    all.push(&(*name).into());
    all.push(&value.0.as_str().into());
}

/// What `browser.js` tells, by its `kind`.
fn read(news: &JsValue) -> Input {
    let number = |name| get(news, name).unchecked_into_f64();
    let words = |name| text(news, name).unwrap_or_default();
    let uid = Uid(words("key"));
    let status = number("status") as u16;
    let percent = number("percent") as u8;
    let size = number("size") as u64;
    let response = || Response {
        status,
        body: words("body"),
    };
    match number("kind") as u8 {
        0 => Input::User(Action::Attach(NewFile {
            uid,
            name: words("name"),
            mime: words("mime"),
            size,
        })),
        1 => {
            let width = number("width") as u32;
            let ready = ReadyFile {
                name: words("name"),
                mime: text(news, "mime").unwrap_or_else(|| "application/octet-stream".into()),
                size,
                dimensions: (width > 0).then(|| (width, number("height") as u32)),
                preview: text(news, "preview"),
            };
            Input::Prepared(uid, Ok(ready))
        }
        2 => Input::Prepared(uid, Err(NoFile::Gone)),
        3 => Input::Prepared(uid, Err(NoFile::Unreadable)),
        4 => Input::Uploaded(uid, UploadStep::Progress(percent)),
        5 if status == 0 => {
            let begun = percent > 0;
            Input::Uploaded(uid, UploadStep::Broken { begun })
        }
        5 => Input::Uploaded(uid, UploadStep::Answered(response())),
        _ => {
            let answer = (status > 0).then(response).ok_or(Unreachable);
            Input::Answered(RequestId(number("key") as u32), answer)
        }
    }
}
