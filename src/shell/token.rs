//! Access tokens from the page. What it gives is read in `browser.js`.

use std::fmt;
use std::rc::Rc;

use concierge_core::{Ask, Input, NoToken, Secret, Timestamp, Token};
use wasm_bindgen::prelude::*;

use crate::browser::{Callback, callback, get, text};

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = Tokens)]
    type Hands;
    #[wasm_bindgen(constructor, js_class = "Tokens")]
    fn new(source: &JsValue, heard: &JsValue) -> Hands;
    #[wasm_bindgen(method)]
    fn ask(this: &Hands, fresh: bool);
    #[wasm_bindgen(method)]
    fn close(this: &Hands);
}

/// Where tokens come from (`token`): the token itself, or a function of no
/// arguments: it, or the promise that it returns, gives a string,
/// `{token, expiresAt?}` or `{accessToken, tokenExpiryTime?}` (milliseconds, a
/// date or its text). Everything else gives none.
#[derive(Clone)]
pub struct Source(JsValue);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Source {
    /// What the setting's value is.
    #[must_use]
    pub const fn of(value: JsValue) -> Self {
        Self(value)
    }
}

/// The page's tokens, and the last one that its function gave. Nothing is
/// heard once this is dropped.
pub struct Tokens {
    hands: Hands,
    _heard: Callback,
}

impl Tokens {
    /// Tokens from this source; nothing is asked yet.
    #[must_use]
    pub fn new(source: &Source, heard: Rc<dyn Fn(Input)>) -> Self {
        let heard = callback(Box::new(move |told| heard(Input::Token(read(&told)))));
        Self {
            hands: Hands::new(&source.0, heard.as_ref()),
            _heard: heard,
        }
    }

    /// Asks for a token. `Token` is heard: none when the page gave none, its
    /// function threw or its promise was rejected, or what came is empty.
    ///
    /// A token that the page gave as a text is given again even when a fresh
    /// one is wanted, for there is no other, and a server that was down may
    /// take it.
    pub fn ask(&self, ask: Ask) {
        self.hands.ask(ask == Ask::Fresh);
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.hands.close();
    }
}

fn read(told: &JsValue) -> Result<Token, NoToken> {
    match text(told, "token") {
        Some(secret) => Ok(Token {
            secret: Secret(secret),
            expires_at: get(told, "at").as_f64().map(|ms| Timestamp(ms as i64)),
        }),
        None if get(told, "away").is_truthy() => Err(NoToken::Unreachable),
        None => Err(NoToken::SignedOut),
    }
}
