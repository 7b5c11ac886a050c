//! Access tokens from the page.

use std::cell::RefCell;
use std::fmt;

use concierge_core::{Ask, NoToken, Secret, Timestamp, Token};
use js_sys::{Date, Function, Object, Promise, TypeError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::config::{get, text};

/// Where tokens come from (`token`).
#[derive(Clone)]
pub enum Source {
    /// The page gave none.
    Missing,
    /// The page gave the token itself.
    Text(String),
    /// The page gave a function of no arguments: it, or the promise that it
    /// returns, gives a string, `{token, expiresAt?}` or
    /// `{accessToken, tokenExpiryTime?}` (milliseconds, a date or its text).
    Function(Function),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Text(_) => "Text(***)",
            Self::Function(_) => "Function",
        })
    }
}

impl Source {
    /// What the setting's value is.
    #[must_use]
    pub fn of(value: &JsValue) -> Self {
        if let Some(function) = value.dyn_ref::<Function>() {
            return Self::Function(function.clone());
        }
        match value.as_string() {
            Some(text) if !text.is_empty() => Self::Text(text),
            _ => Self::Missing,
        }
    }
}

/// The page's tokens, and the last one that its function gave.
pub struct Tokens {
    source: Source,
    last: RefCell<Option<Token>>,
}

impl Tokens {
    /// Tokens from this source; nothing is asked yet.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self {
            source,
            last: RefCell::new(None),
        }
    }

    /// The wanted token. A token that the page gave as a text is given again
    /// even when a fresh one is wanted, for there is no other, and a server
    /// that was down may take it.
    ///
    /// # Errors
    /// When the page gave none, its function threw or its promise was
    /// rejected, or what came is empty.
    pub async fn ask(&self, ask: Ask) -> Result<Token, NoToken> {
        let function = match &self.source {
            Source::Missing => return Err(NoToken::SignedOut),
            Source::Text(text) => return Ok(plain(text.clone())),
            Source::Function(function) => function,
        };
        let last = self.last.borrow().clone();
        if let (Ask::Any, Some(token)) = (ask, last) {
            return Ok(token);
        }
        // From a task of its own: the page's function may call the widget.
        let _ = JsFuture::from(Promise::resolve(&JsValue::UNDEFINED)).await;
        let given = function
            .call0(&JsValue::UNDEFINED)
            .map_err(|error| reason(&error))?;
        let given = JsFuture::from(Promise::resolve(&given)).await;
        let given = given.map_err(|error| reason(&error))?;
        let token = read(&given).ok_or(NoToken::SignedOut)?;
        self.last.replace(Some(token.clone()));
        Ok(token)
    }
}

/// Why the page's function failed: `fetch` tells of a network that is away by
/// a `TypeError`.
fn reason(error: &JsValue) -> NoToken {
    if error.is_instance_of::<TypeError>() {
        NoToken::Unreachable
    } else {
        NoToken::SignedOut
    }
}

const fn plain(text: String) -> Token {
    Token {
        secret: Secret(text),
        expires_at: None,
    }
}

/// A token in one of the shapes of [`Source::Function`].
fn read(given: &JsValue) -> Option<Token> {
    if let Some(text) = given.as_string() {
        return Some(plain(text)).filter(|token| !token.secret.0.is_empty());
    }
    let given = given.dyn_ref::<Object>()?;
    let secret = text(given, "token").or_else(|| text(given, "accessToken"))?;
    let expiry = [get(given, "expiresAt"), get(given, "tokenExpiryTime")];
    Some(Token {
        secret: Secret(secret),
        expires_at: expiry.iter().find_map(moment),
    })
}

/// Milliseconds since 1970 of a number (of milliseconds or, when that would be
/// before 1973, of seconds), its digits, a date or a date's text.
fn moment(value: &JsValue) -> Option<Timestamp> {
    if value.is_null() || value.is_undefined() {
        return None;
    }
    // Digits are read by the browser: Rust's own reader of floats is 12 KB.
    let number = value.unchecked_into_f64();
    let ms = match Some(number).filter(|number| number.is_finite()) {
        Some(number) if number.abs() < 1e11 => number * 1000.0,
        Some(number) => number,
        None => Date::new(value).get_time(),
    };
    ms.is_finite().then_some(Timestamp(ms as i64))
}
