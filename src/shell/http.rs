//! One HTTP exchange: a REST call, or a file on its way.
//!
//! The work is done in `http.js`, at two thirds of the bytes.

use std::rc::Rc;

use concierge_core::{
    Input, Request, RequestId, Response, Uid, Unreachable, UploadRequest, UploadStep,
};
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::shell::files::Files;

#[wasm_bindgen(module = "/src/shell/http.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn request(
        method: &str,
        url: &str,
        headers: &Array,
        body: Option<&str>,
        heard: &JsValue,
    ) -> Result<Function, JsValue>;
    #[wasm_bindgen(catch)]
    fn upload(
        url: &str,
        mime: &str,
        proxy: Option<&str>,
        file: &JsValue,
        heard: &JsValue,
    ) -> Result<Function, JsValue>;
}

/// Whom an exchange is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A REST call.
    Call(RequestId),
    /// A message's file.
    File(Uid),
}

/// An exchange under way. Dropping it aborts it, and nothing is heard of it
/// after that.
pub struct Exchange {
    stop: Function,
    _heard: Heard,
}

/// Is told the status, the text and the percent that are sent: see `http.js`.
type Heard = Closure<dyn FnMut(i32, String, u8)>;

impl Exchange {
    /// Makes a REST call. `heard` is told `Answered`, 30 s later at the latest.
    ///
    /// # Errors
    /// When the browser refuses it at once.
    pub fn call(id: RequestId, call: &Request, heard: &Rc<dyn Fn(Input)>) -> Result<Self, JsValue> {
        let headers = Array::new();
        for (name, value) in &call.headers {
            headers.push(&(*name).into());
            headers.push(&value.0.as_str().into());
        }
        let body = call.body.as_ref().map(|body| body.0.as_str());
        let heard = listener(Owner::Call(id), heard);
        let stop = request(call.method, &call.url.0, &headers, body, heard.as_ref())?;
        Ok(Self {
            stop,
            _heard: heard,
        })
    }

    /// Sends a file that is prepared. `heard` is told `Uploaded`; an upload
    /// that stands still for 60 s is broken.
    ///
    /// # Errors
    /// When the browser refuses it at once, or the file is not there.
    pub fn upload(
        uid: Uid,
        to: &UploadRequest,
        files: &Files,
        heard: &Rc<dyn Fn(Input)>,
    ) -> Result<Self, JsValue> {
        let file = files.entry(&uid);
        let heard = listener(Owner::File(uid), heard);
        let proxy = to.proxy.as_deref();
        let stop = upload(&to.url.0, &to.mime, proxy, &file, heard.as_ref())?;
        Ok(Self {
            stop,
            _heard: heard,
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let _ = self.stop.call0(&JsValue::UNDEFINED);
    }
}

fn listener(owner: Owner, heard: &Rc<dyn Fn(Input)>) -> Heard {
    let heard = Rc::clone(heard);
    Closure::new(move |status, body, percent| {
        let response = Response {
            status: status as u16,
            body,
        };
        heard(match &owner {
            Owner::Call(id) => {
                let answer = Some(response).filter(|_| status > 0);
                Input::Answered(*id, answer.ok_or(Unreachable))
            }
            Owner::File(uid) => {
                let step = match status {
                    -1 => UploadStep::Progress(percent),
                    0 => UploadStep::Broken { begun: percent > 0 },
                    _ => UploadStep::Answered(response),
                };
                Input::Uploaded(uid.clone(), step)
            }
        });
    })
}
