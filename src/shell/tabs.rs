//! What the tabs of one browser share: a lock that one of them has, and a
//! channel. Who shall have the lock is decided elsewhere.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::browser::{Callback, callback, once};

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = Tabs)]
    type Hands;
    #[wasm_bindgen(constructor, catch, js_class = "Tabs")]
    fn new(prefix: &str, heard: &JsValue) -> Result<Hands, JsValue>;
    #[wasm_bindgen(method)]
    fn stand(this: &Hands);
    #[wasm_bindgen(method)]
    fn seize(this: &Hands);
    #[wasm_bindgen(method)]
    fn resign(this: &Hands);
    #[wasm_bindgen(method, js_name = catchUp)]
    fn catch_up(this: &Hands);
    #[wasm_bindgen(method)]
    fn tell(this: &Hands, text: &str);
    #[wasm_bindgen(method)]
    fn close(this: &Hands);
    fn taken(id: &str, heard: &JsValue);
}

/// What is heard of the lock and of the other tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The lock is ours.
    Elected,
    /// The lock was ours, and another tab has seized it.
    Ousted,
    /// Another tab says this.
    Told(String),
    /// All that had happened to the lock before [`Tabs::catch_up`] is told.
    Caught,
}

/// This tab among the others. Dropping it releases the lock and leaves the
/// channel; nothing is heard after that.
pub struct Tabs {
    hands: Hands,
    _heard: Callback,
}

impl Tabs {
    /// Joins the tabs that have the same prefix. `None` where the browser has
    /// no locks or no channels, as on a page without `https:`.
    #[must_use]
    pub fn open(prefix: &str, heard: Rc<dyn Fn(News)>) -> Option<Self> {
        let heard = callback(Box::new(move |news| {
            heard(match news.as_string() {
                Some(text) => News::Told(text),
                None if news.is_truthy() => News::Elected,
                None if news.is_undefined() => News::Caught,
                None => News::Ousted,
            });
        }));
        let hands = Hands::new(prefix, heard.as_ref()).ok()?;
        Some(Self {
            hands,
            _heard: heard,
        })
    }

    /// Asks for the lock and waits in line. Does nothing for a tab that waits
    /// or has it.
    pub fn stand(&self) {
        self.hands.stand();
    }

    /// Takes the lock from whoever has it.
    pub fn seize(&self) {
        self.hands.seize();
    }

    /// Gives the lock to the next in line, or leaves the line.
    pub fn resign(&self) {
        self.hands.resign();
    }

    /// `Caught` is heard when all that has happened to the lock is heard. A page
    /// that was frozen hears of other things first.
    pub fn catch_up(&self) {
        self.hands.catch_up();
    }

    /// Says this to all the others.
    pub fn tell(&self, text: &str) {
        self.hands.tell(text);
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.hands.close();
    }
}

/// Whether another tab has this device id: a tab that is duplicated has what
/// its model had in the session's storage. Otherwise this page has it from now
/// on, and says so to those who ask. It takes 150 ms. An empty id is
/// nobody's.
pub fn device_is_taken(id: &str, then: Box<dyn FnOnce(bool)>) {
    taken(id, &once(Box::new(move |taken| then(taken.is_truthy()))));
}
