//! A mounted panel in a real shadow root with the real styles, and what a
//! story needs to look at it and to act in it.

#![allow(dead_code, reason = "each file of tests needs its part")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use concierge_core::model::Transport;
use concierge_core::{
    Action, Author, Change, Connection, Content, Conversation, ConversationId, FileContent,
    FileKind, Key, MessageId, Reason, Row, RowState, Status, Timestamp, Traits,
};
use concierge_widget::view::{Exits, Mounted, Options, ViewState, mount};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, HtmlElement, HtmlTextAreaElement, InputEvent, KeyboardEvent,
    KeyboardEventInit, ShadowRoot, ShadowRootInit, ShadowRootMode,
};

/// A panel on the test page. Dropping it unmounts and removes it.
pub struct Stage {
    pub state: ViewState,
    pub root: ShadowRoot,
    pub actions: Rc<RefCell<Vec<Action>>>,
    pub closed: Rc<RefCell<u32>>,
    /// What the page was told of buttons.
    pub postbacks: Rc<RefCell<Vec<(String, String)>>>,
    /// The names of files that were handed on.
    pub attached: Rc<RefCell<Vec<String>>>,
    /// What the visitor last wanted of the sounds.
    pub muted: Rc<Cell<Option<bool>>>,
    pub mounted: Option<Mounted>,
    pub container: HtmlElement,
    host: HtmlElement,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.mounted.take();
        self.host.remove();
    }
}

pub fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}

pub fn options() -> Options {
    Options {
        title: Some("Front desk".into()),
        greeting: None,
        contact_url: Some("https://hotel.example/contact".into()),
        traits: Traits {
            transport: Transport::Socket,
            token: true,
            rooms: false,
            typing: false,
            begin: true,
            seen: false,
            unsend: true,
            upload: false,
            end: true,
            reopen: false,
            presence: false,
            csat: false,
        },
        locale: "en-GB".into(),
        inline: false,
        accept: String::new(),
        sound: false,
        muted: false,
    }
}

impl Stage {
    /// Open, online, in an open conversation without messages.
    pub async fn new() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: Options) -> Self {
        let host: HtmlElement = document()
            .create_element("concierge-chat")
            .unwrap()
            .unchecked_into();
        document().body().unwrap().append_child(&host).unwrap();
        let root = host
            .attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))
            .unwrap();
        let style = document().create_element("style").unwrap();
        style.set_text_content(Some(concat!(
            include_str!("../../style/tokens.css"),
            include_str!("../../style/widget.css"),
            include_str!("../../style/rooms.css"),
            include_str!("../../style/rich.css"),
            // Stories measure, and do not wait for motion.
            ":host { --concierge-motion-open: 0s; --concierge-motion-close: 0s }"
        )));
        root.append_child(&style).unwrap();
        let container: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        root.append_child(&container).unwrap();

        let state = ViewState::new(options);
        let actions = Rc::new(RefCell::new(Vec::new()));
        let closed = Rc::new(RefCell::new(0));
        let heard = Rc::clone(&actions);
        let counted = Rc::clone(&closed);
        let attached = Rc::new(RefCell::new(Vec::new()));
        let taken = Rc::clone(&attached);
        let muted = Rc::new(Cell::new(None));
        let muting = Rc::clone(&muted);
        let postbacks = Rc::new(RefCell::new(Vec::new()));
        let pressed = Rc::clone(&postbacks);
        let mounted = mount(
            &container,
            state.clone(),
            Exits {
                dispatch: Rc::new(move |action| heard.borrow_mut().push(action)),
                attach: Rc::new(move |files| {
                    let names = files.iter().map(web_sys::File::name);
                    taken.borrow_mut().extend(names);
                }),
                mute: Rc::new(move |now| muting.set(Some(now))),
                postback: Some(Rc::new(move |text: &str, payload: &str| {
                    pressed.borrow_mut().push((text.into(), payload.into()));
                })),
                close: Rc::new(move || *counted.borrow_mut() += 1),
            },
        );
        state.set_open(true);
        state.apply(&Change::Conversation(Conversation::Open(ConversationId(
            "c1".into(),
        ))));
        let stage = Self {
            state,
            root,
            actions,
            closed,
            postbacks,
            attached,
            muted,
            mounted: Some(mounted),
            container,
            host,
        };
        stage.connect(Status::Online, Reason::None);
        frame().await;
        stage
    }

    pub fn connect(&self, status: Status, reason: Reason) {
        self.state.apply(&Change::Connection(Connection {
            status,
            reason,
            retry_at: None,
        }));
    }

    pub fn insert(&self, index: usize, row: Row) {
        self.state.apply(&Change::Inserted(index, row));
    }

    /// `count` messages of the other side, each a line.
    pub async fn fill(&self, keys: std::ops::Range<u32>) {
        for (index, key) in keys.enumerate() {
            let mut row = theirs(key, "A line of text");
            row.at = Timestamp(i64::from(key) * 1_000);
            self.insert(index, row);
        }
        frame().await;
    }

    pub fn find(&self, selector: &str) -> Option<HtmlElement> {
        self.root
            .query_selector(selector)
            .unwrap()
            .map(JsCast::unchecked_into)
    }

    pub fn get(&self, selector: &str) -> HtmlElement {
        self.find(selector)
            .unwrap_or_else(|| panic!("nothing matches {selector}"))
    }

    pub fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }

    pub fn text(&self, selector: &str) -> String {
        self.get(selector).text_content().unwrap_or_default()
    }

    /// The button of this name or text, in all of the panel.
    pub fn button(&self, name: &str) -> Option<HtmlElement> {
        let all = self.root.query_selector_all("button").unwrap();
        (0..all.length())
            .filter_map(|i| all.item(i))
            .map(JsCast::unchecked_into::<HtmlElement>)
            .find(|button| {
                button.get_attribute("aria-label").as_deref() == Some(name)
                    || button.text_content().as_deref() == Some(name)
            })
    }

    pub async fn click(&self, name: &str) {
        self.button(name)
            .unwrap_or_else(|| panic!("no button {name}"))
            .click();
        frame().await;
    }

    pub fn field(&self) -> HtmlTextAreaElement {
        self.get("textarea").unchecked_into()
    }

    pub async fn write(&self, text: &str) {
        self.field().set_value(text);
        let event = InputEvent::new("input").unwrap();
        self.field().dispatch_event(&event).unwrap();
        frame().await;
    }

    /// Presses a key on the element; false when its default was prevented.
    pub fn press(&self, selector: &str, key: &str) -> bool {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        self.press_with(selector, &init)
    }

    pub fn press_with(&self, selector: &str, init: &KeyboardEventInit) -> bool {
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_cancelable(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", init).unwrap();
        self.get(selector).dispatch_event(&event).unwrap()
    }

    pub fn focused(&self) -> Option<Element> {
        self.root.active_element()
    }

    pub fn took(&self) -> Vec<Action> {
        self.actions.borrow_mut().drain(..).collect()
    }
}

pub fn row(key: u32, author: Author, text: &str, state: RowState) -> Row {
    Row {
        key: Key(key),
        id: None,
        author,
        content: Content::Text(text.into()),
        at: Timestamp(js_sys::Date::now() as i64),
        state,
    }
}

pub fn mine(key: u32, text: &str, state: RowState) -> Row {
    row(key, Author::Me, text, state)
}

pub fn theirs(key: u32, text: &str) -> Row {
    let mut row = row(key, Author::Them, text, RowState::Received);
    row.id = Some(MessageId(key.to_string()));
    row
}

pub fn file(key: u32, kind: FileKind, url: &str) -> Row {
    let mut row = theirs(key, "");
    row.content = Content::File(FileContent {
        kind,
        url: url.into(),
        name: "plan.pdf".into(),
        mime: None,
        size: Some(1_258_291),
        dimensions: Some((2_600, 1_000)),
    });
    row
}

#[wasm_bindgen(inline_js = "
export function frames() { return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))); }
export function sleep(ms) { return new Promise(done => setTimeout(done, ms)); }
export function count_timers() {
  if (globalThis.__timers) return;
  const open = globalThis.__timers = new Set();
  const set = globalThis.setTimeout, clear = globalThis.clearTimeout;
  globalThis.setTimeout = (run, ms, ...rest) => { const id = set((...a) => { open.delete(id); run(...a); }, ms, ...rest); open.add(id); return id; };
  globalThis.clearTimeout = id => { open.delete(id); clear(id); };
}
export function open_timers() { return globalThis.__timers.size; }
export function count_listeners(target) {
  const add = target.addEventListener, remove = target.removeEventListener;
  target.__listeners = 0;
  target.addEventListener = function (...a) {
    target.__listeners++;
    a[2]?.signal?.addEventListener('abort', () => target.__listeners--);
    return add.apply(target, a);
  };
  target.removeEventListener = function (...a) { target.__listeners--; return remove.apply(target, a); };
}
export function listeners(target) { return target.__listeners; }
")]
extern "C" {
    fn frames() -> js_sys::Promise;
    #[wasm_bindgen(js_name = sleep)]
    fn sleep_js(ms: u32) -> js_sys::Promise;
    pub fn count_timers();
    pub fn open_timers() -> u32;
    pub fn count_listeners(target: &JsValue);
    pub fn listeners(target: &JsValue) -> i32;
}

/// Lets signals, layout and observers settle.
pub async fn frame() {
    JsFuture::from(frames()).await.unwrap();
}

pub async fn sleep(ms: u32) {
    JsFuture::from(sleep_js(ms)).await.unwrap();
}
