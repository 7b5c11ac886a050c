//! One WebSocket. Its listeners go with it.

use std::rc::Rc;

use concierge_core::io::Door;
use concierge_core::{Close, ConnId, Input};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::browser::{Callback, callback};
use crate::system::SUB_PROTOCOLS;

/// A connection attempt and the connection it becomes. Dropping it closes it
/// with 1000, and nothing is heard of it after that.
pub struct Socket {
    socket: WebSocket,
    _heard: [Callback; 3],
}

impl Socket {
    /// Begins to connect. `heard` is told `Opened`, `Received` and `Closed`.
    ///
    /// # Errors
    /// 1006 when the browser refuses the URL at once: a broken URL, a blocked
    /// port, `ws:` on an `https:` page.
    pub fn open(conn: ConnId, door: &Door, heard: &Rc<dyn Fn(Input)>) -> Result<Self, Close> {
        let socket = if SUB_PROTOCOLS {
            let protocols = Array::new();
            for name in door.protocols {
                protocols.push(&(*name).into());
            }
            WebSocket::new_with_str_sequence(&door.url.0, &protocols)
        } else {
            WebSocket::new(&door.url.0)
        };
        let socket = socket.map_err(|_| Close { code: 1006 })?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let hear = |read: fn(ConnId, &JsValue) -> Input| {
            let heard = Rc::clone(heard);
            callback(Box::new(move |event| heard(read(conn, &event))))
        };
        let opened = hear(|conn, _| Input::Opened(conn));
        let received = hear(|conn, event| {
            let event: &MessageEvent = event.unchecked_ref();
            Input::Received(conn, event.data().as_string().unwrap_or_default())
        });
        // An `error` event says nothing and is always followed by `close`.
        let closed = hear(|conn, event| {
            let code = event.unchecked_ref::<CloseEvent>().code();
            Input::Closed(conn, Close { code })
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(received.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Ok(Self {
            socket,
            _heard: [opened, received, closed],
        })
    }

    /// Sends a text frame. On a connection that is closing this does nothing:
    /// `Closed` follows and tells.
    pub fn send(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close_with_code(1000);
    }
}
