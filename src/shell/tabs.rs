//! What the tabs of one browser share: a lock that one of them has, and a
//! channel. Who shall have the lock is decided elsewhere.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/shell/tabs.js")]
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
    #[wasm_bindgen(method, js_name = heardOf)]
    fn heard_of(this: &Hands) -> Promise;
    #[wasm_bindgen(method)]
    fn tell(this: &Hands, text: &str);
    #[wasm_bindgen(method)]
    fn close(this: &Hands);
    fn taken(id: &str) -> Promise;
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
}

/// This tab among the others. Dropping it releases the lock and leaves the
/// channel; nothing is heard after that.
pub struct Tabs {
    hands: Hands,
    _heard: Closure<dyn FnMut(JsValue)>,
}

impl Tabs {
    /// Joins the tabs that have the same prefix. `None` where the browser has
    /// no locks or no channels, as on a page without `https:`.
    #[must_use]
    pub fn open(prefix: &str, heard: Rc<dyn Fn(News)>) -> Option<Self> {
        let heard = Closure::<dyn FnMut(JsValue)>::new(move |news: JsValue| {
            heard(match news.as_string() {
                Some(text) => News::Told(text),
                None if news.is_truthy() => News::Elected,
                None => News::Ousted,
            });
        });
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

    /// Is done when all that has happened to the lock is heard. A page that was
    /// frozen hears of other things first.
    #[must_use]
    pub fn is_heard(&self) -> JsFuture {
        JsFuture::from(self.hands.heard_of())
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
/// on, and says so to those who ask. It takes 150 ms.
pub async fn device_is_taken(id: &str) -> bool {
    let taken = JsFuture::from(taken(id)).await;
    taken.is_ok_and(|taken| taken.is_truthy())
}
