//! One WebSocket.

use std::rc::Rc;

use concierge_core::io::Door;
use concierge_core::{Close, ConnId, Input};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::browser::{Callback, callback};
use crate::system::SUB_PROTOCOLS;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn connect(url: &str, protocols: &Array, heard: &JsValue) -> Result<WebSocket, JsValue>;
    // It does not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = hangUp)]
    fn hang_up(socket: &WebSocket) -> Result<(), JsValue>;
}

/// A connection attempt and the connection it becomes. Dropping it closes it
/// with 1000, and nothing is heard of it after that.
pub struct Socket {
    socket: WebSocket,
    _heard: Callback,
}

impl Socket {
    /// Begins to connect. `heard` is told `Opened`, `Received` and `Closed`.
    ///
    /// # Errors
    /// 1006 when the browser refuses the URL at once: a broken URL, a blocked
    /// port, `ws:` on an `https:` page.
    pub fn open(conn: ConnId, door: &Door, heard: &Rc<dyn Fn(Input)>) -> Result<Self, Close> {
        let heard = Rc::clone(heard);
        let heard = callback(Box::new(move |told| {
            heard(match (told.as_string(), told.as_f64()) {
                (Some(text), _) => Input::Received(conn, text),
                (None, Some(code)) => Input::Closed(conn, Close { code: code as u16 }),
                (None, None) => Input::Opened(conn),
            });
        }));
        let protocols = Array::new();
        if SUB_PROTOCOLS {
            for name in door.protocols {
                protocols.push(&(*name).into());
            }
        }
        match connect(&door.url.0, &protocols, heard.as_ref()) {
            Ok(socket) => Ok(Self {
                socket,
                _heard: heard,
            }),
            Err(_) => Err(Close { code: 1006 }),
        }
    }

    /// Sends a text frame. On a connection that is closing this does nothing:
    /// `Closed` follows and tells.
    pub fn send(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = hang_up(&self.socket);
    }
}
