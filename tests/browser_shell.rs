//! The shell's parts in a real browser, with a scripted WebSocket and a
//! scripted page. Run by `wasm-bindgen-test-runner` in headless Chromium.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use concierge_core::io::Door;
use concierge_core::{Ask, Close, ConnId, Input, NoToken, Page, Slot, Timestamp, Token, Url};
use concierge_widget::browser::Timer;
use concierge_widget::config::{Config, System};
use concierge_widget::shell::clock;
use concierge_widget::shell::log::Log;
use concierge_widget::shell::page::PageWatch;
use concierge_widget::shell::socket::Socket;
use concierge_widget::shell::storage::{self, Keep, Storage};
use concierge_widget::shell::token::{Source, Tokens};
use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const QUIET: Log = Log { on: false };
const CONN: ConnId = ConnId(7);

/// A WebSocket that does what the test says. `fake` is the last one made.
const FAKE: &str = "
window.realWebSocket ??= WebSocket;
window.WebSocket = class {
    constructor(url, protocols) {
        if (url.includes('refused')) throw new SyntaxError('refused');
        Object.assign(this, { url, protocols, sent: [], closed: null, onopen: null, onmessage: null, onclose: null });
        window.fake = this;
    }
    send(text) { if (this.closed !== null) throw new Error('closed'); this.sent.push(text); }
    close(code) { this.closed = code; }
};";

/// Runs a script of the test's own.
fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

fn door(url: &str) -> Door {
    Door {
        url: Url(url.into()),
        protocols: &["chat-v1", "chat-v2"],
    }
}

type Heard = Rc<RefCell<Vec<Input>>>;

fn ear() -> (Heard, Rc<dyn Fn(Input)>) {
    let heard = Heard::default();
    let ear = Rc::clone(&heard);
    (heard, Rc::new(move |input| ear.borrow_mut().push(input)))
}

async fn sleep(ms: u32) {
    let wait = Function::new_with_args("done", &format!("setTimeout(done, {ms})"));
    let promise = Promise::new(&mut |done, _| {
        wait.call1(&JsValue::UNDEFINED, &done).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

fn settings(literal: &str) -> Object {
    js(&format!("({literal})")).unchecked_into()
}

// ---- Sockets ----

#[wasm_bindgen_test]
fn a_refused_url_is_a_closed_connection_and_no_exception() {
    js(FAKE);
    let (heard, ear) = ear();
    let refused = Socket::open(CONN, &door("ws://refused"), &ear);
    assert_eq!(refused.err(), Some(Close { code: 1006 }));
    assert!(heard.borrow().is_empty());
}

#[wasm_bindgen_test]
fn two_frames_of_one_moment_are_heard_in_order() {
    js(FAKE);
    let (heard, ear) = ear();
    let socket = Socket::open(CONN, &door("ws://host/a"), &ear).ok().unwrap();
    js("fake.onopen(new Event('open'))");
    socket.send("question");
    js("for (const data of ['one', 'two']) fake.onmessage(new MessageEvent('message', { data }))");
    assert_eq!(
        *heard.borrow(),
        [
            Input::Opened(CONN),
            Input::Received(CONN, "one".into()),
            Input::Received(CONN, "two".into()),
        ]
    );
    assert_eq!(js("fake.sent.join()"), "question");
    assert_eq!(js("fake.protocols.join()"), "chat-v1,chat-v2");
}

#[wasm_bindgen_test]
fn a_binary_frame_is_heard_as_an_empty_text() {
    js(FAKE);
    let (heard, ear) = ear();
    let _socket = Socket::open(CONN, &door("ws://host/a"), &ear).ok().unwrap();
    js("fake.onmessage(new MessageEvent('message', { data: new Uint8Array([1, 2]).buffer }))");
    assert_eq!(js("fake.binaryType"), "arraybuffer");
    assert_eq!(*heard.borrow(), [Input::Received(CONN, String::new())]);
}

#[wasm_bindgen_test]
fn the_close_code_is_told() {
    for code in [1000, 1001, 1006, 1009, 4001] {
        js(FAKE);
        let (heard, ear) = ear();
        let _socket = Socket::open(CONN, &door("ws://host/a"), &ear).ok().unwrap();
        js(&format!(
            "fake.onclose(new CloseEvent('close', {{ code: {code} }}))"
        ));
        assert_eq!(*heard.borrow(), [Input::Closed(CONN, Close { code })]);
    }
}

#[wasm_bindgen_test]
fn a_dropped_socket_is_closed_with_1000_and_hears_nothing_more() {
    js(FAKE);
    let (heard, ear) = ear();
    let socket = Socket::open(CONN, &door("ws://host/a"), &ear).ok().unwrap();
    drop(socket);
    assert_eq!(js("fake.closed"), 1000);
    assert!(js("fake.onopen || fake.onmessage || fake.onclose").is_falsy());
    js("fake.onmessage?.(new MessageEvent('message', { data: 'late' }))");
    assert!(heard.borrow().is_empty());
}

#[wasm_bindgen_test]
fn a_socket_may_be_dropped_by_the_one_who_hears_of_its_end() {
    js(FAKE);
    let place: Rc<RefCell<Option<Socket>>> = Rc::default();
    let ear: Rc<dyn Fn(Input)> = {
        let place = Rc::clone(&place);
        Rc::new(move |_| drop(place.take()))
    };
    place.replace(Socket::open(CONN, &door("ws://host/a"), &ear).ok());
    js("fake.onclose(new CloseEvent('close', { code: 1001 }))");
    assert!(place.borrow().is_none());
}

#[wasm_bindgen_test]
fn sending_on_a_connection_that_is_closing_is_harmless() {
    js(FAKE);
    let (_heard, ear) = ear();
    let socket = Socket::open(CONN, &door("ws://host/a"), &ear).ok().unwrap();
    js("fake.closed = 1006");
    socket.send("too late");
    assert_eq!(js("fake.sent.length"), 0);
}

// ---- Storage ----

const PREFIX: &str = "concierge:0badcafe:";

#[wasm_bindgen_test]
fn what_is_stored_is_found_after_a_reload() {
    js("localStorage.clear()");
    let before = Storage::open(Keep::Persistent, PREFIX.into(), QUIET);
    before.write(Slot::Draft, Some("half a sentence"));
    before.write(Slot::Conversation, Some("{}"));
    before.write(Slot::Conversation, None);
    let after = Storage::open(Keep::Persistent, PREFIX.into(), QUIET).stored();
    assert_eq!(after.draft.as_deref(), Some("half a sentence"));
    assert_eq!(after.conversation, None);
    assert_eq!(
        js("Object.keys(localStorage).join()"),
        "concierge:0badcafe:draft"
    );
}

#[wasm_bindgen_test]
fn storage_none_leaves_no_trace() {
    js("localStorage.clear(); sessionStorage.clear()");
    let storage = Storage::open(Keep::Nothing, PREFIX.into(), QUIET);
    storage.write(Slot::Outbox, Some("[]"));
    assert_eq!(storage.read(Slot::Outbox).as_deref(), Some("[]"));
    assert_eq!(storage::device_id(Keep::Nothing, PREFIX).len(), 36);
    assert_eq!(js("localStorage.length + sessionStorage.length"), 0);
}

#[wasm_bindgen_test]
fn full_storage_falls_back_to_memory_and_loses_nothing() {
    js("localStorage.clear()");
    let storage = Storage::open(Keep::Persistent, PREFIX.into(), QUIET);
    storage.write(Slot::Conversation, Some("c"));
    storage.write(Slot::Outbox, Some("old"));
    js("window.realSetItem = Storage.prototype.setItem;
        Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }");
    storage.write(Slot::Outbox, Some("new"));
    js("Storage.prototype.setItem = realSetItem");
    assert_eq!(storage.read(Slot::Outbox).as_deref(), Some("new"));
    assert_eq!(storage.read(Slot::Conversation).as_deref(), Some("c"));
    // The next page must not find the old outbox and send it again.
    assert_eq!(js("localStorage.length"), 0);
}

#[wasm_bindgen_test]
fn refused_storage_falls_back_to_memory() {
    js(
        "window.realLocal = Object.getOwnPropertyDescriptor(window, 'localStorage');
        Object.defineProperty(window, 'localStorage', {
            configurable: true,
            get() { throw new DOMException('', 'SecurityError') },
        })",
    );
    let storage = Storage::open(Keep::Persistent, PREFIX.into(), QUIET);
    storage.write(Slot::Draft, Some("kept"));
    js("Object.defineProperty(window, 'localStorage', realLocal)");
    assert_eq!(storage.read(Slot::Draft).as_deref(), Some("kept"));
}

#[wasm_bindgen_test]
fn whether_sounds_are_wanted_is_found_again_where_it_may_be_kept() {
    js("localStorage.clear(); sessionStorage.clear()");
    for keep in [Keep::Persistent, Keep::Session] {
        storage::set_muted(keep, PREFIX, true);
        assert!(storage::is_muted(keep, PREFIX));
        storage::set_muted(keep, PREFIX, false);
        assert!(!storage::is_muted(keep, PREFIX));
    }
    storage::set_muted(Keep::Nothing, PREFIX, true);
    assert!(!storage::is_muted(Keep::Nothing, PREFIX));
    assert_eq!(js("localStorage.length + sessionStorage.length"), 0);
}

#[wasm_bindgen_test]
fn what_is_kept_apart_is_of_the_tab_and_can_be_forgotten() {
    js("localStorage.clear(); sessionStorage.clear()");
    let storage = Storage::open(Keep::Persistent, PREFIX.into(), QUIET);
    assert_eq!(storage.shared(), Some(PREFIX));
    storage.keep_apart();
    storage.write(Slot::Outbox, Some("mine"));
    storage.write(Slot::Visitor, Some("all"));
    assert_eq!(storage.database(), "");
    assert_eq!(storage.read(Slot::Outbox).as_deref(), Some("mine"));
    assert_eq!(
        js("Object.keys(localStorage) + ' ' + Object.keys(sessionStorage)"),
        "concierge:0badcafe:visitor concierge:0badcafe:outbox"
    );
    storage.forget_tab();
    assert_eq!(storage.read(Slot::Outbox), None);
    assert_eq!(storage.read(Slot::Visitor).as_deref(), Some("all"));
}

#[wasm_bindgen_test]
fn the_device_id_is_a_uuid_and_stays_in_the_tab() {
    js("sessionStorage.clear(); localStorage.clear()");
    let id = storage::device_id(Keep::Persistent, PREFIX);
    let uuid = Function::new_with_args(
        "id",
        "return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)",
    );
    assert_eq!(
        uuid.call1(&JsValue::NULL, &id.as_str().into()),
        Ok(JsValue::TRUE)
    );
    assert_eq!(storage::device_id(Keep::Persistent, PREFIX), id);
    js("sessionStorage.clear()");
    assert_ne!(storage::device_id(Keep::Persistent, PREFIX), id);
    assert_eq!(js("localStorage.length"), 0);
}

// ---- Time ----

#[wasm_bindgen_test]
async fn a_timer_rings_once_and_not_when_it_was_dropped() {
    let rings = Rc::new(Cell::new(0));
    let ring = |rings: &Rc<Cell<u32>>| {
        let rings = Rc::clone(rings);
        move || rings.set(rings.get() + 1)
    };
    let kept = Timer::after(5, Box::new(ring(&rings)));
    drop(Timer::after(5, Box::new(ring(&rings))));
    sleep(40).await;
    assert_eq!(rings.get(), 1);
    drop(kept);
}

#[wasm_bindgen_test]
async fn the_shells_clock_goes_forward_in_milliseconds() {
    let before = clock::now();
    sleep(20).await;
    let after = clock::now();
    assert!((15..2_000).contains(&after.at.since(before.at)));
    assert!(after.wall > Timestamp(1_600_000_000_000));
}

// ---- The page ----

#[wasm_bindgen_test]
fn the_page_is_listened_to_until_the_watch_is_dropped() {
    let (heard, ear) = ear();
    let watch = PageWatch::start(ear);
    js(
        "dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'));
        dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
        document.dispatchEvent(new Event('visibilitychange'))",
    );
    let pages = [
        Page::Offline,
        Page::Online,
        Page::Leaving,
        Page::Restored,
        Page::Visible,
    ];
    assert_eq!(*heard.borrow(), pages.map(Input::Page));
    drop(watch);
    js("dispatchEvent(new Event('offline'))");
    assert_eq!(heard.borrow().len(), 5);
}

// ---- Tokens ----

/// The tokens of a page, and what was heard of them.
struct Given {
    tokens: Tokens,
    heard: Heard,
}

fn tokens(expression: &str) -> Given {
    let (heard, ear) = ear();
    let source = Source::of(js(&format!("({expression})")));
    Given {
        tokens: Tokens::new(&source, ear),
        heard,
    }
}

impl Given {
    async fn ask(&self, ask: Ask) -> Result<Token, NoToken> {
        self.tokens.ask(ask);
        assert!(self.heard.borrow().is_empty(), "not at once");
        sleep(5).await;
        match self.heard.borrow_mut().pop() {
            Some(Input::Token(token)) => token,
            other => panic!("{other:?}"),
        }
    }
}

#[wasm_bindgen_test]
async fn a_page_without_a_token_gives_none() {
    for source in [
        "undefined",
        "''",
        "42",
        "() => { throw new Error('boom') }",
        "async () => { throw new Error('boom') }",
        "({ token: 'abc' })",
        "() => undefined",
        "async () => ''",
        "async () => ({ expiresAt: 1 })",
        "() => null",
    ] {
        assert_eq!(
            tokens(source).ask(Ask::Any).await,
            Err(NoToken::SignedOut),
            "{source}"
        );
    }
}

#[wasm_bindgen_test]
async fn every_shape_of_a_token_is_read() {
    let at = Some(Timestamp(1_900_000_000_000));
    for (source, expires_at) in [
        ("'abc'", None),
        ("() => 'abc'", None),
        ("async () => 'abc'", None),
        ("async () => ({ token: 'abc' })", None),
        (
            "async () => ({ token: 'abc', expiresAt: 1900000000000 })",
            at,
        ),
        ("async () => ({ token: 'abc', expiresAt: 1900000000 })", at),
        (
            "() => ({ token: 'abc', expiresAt: new Date(1900000000000) })",
            at,
        ),
        (
            "() => ({ token: 'abc', expiresAt: '2030-03-17T17:46:40Z' })",
            at,
        ),
        (
            "() => ({ accessToken: 'abc', tokenExpiryTime: '1900000000000' })",
            at,
        ),
        (
            "() => ({ accessToken: 'abc', tokenExpiryTime: 'soon' })",
            None,
        ),
    ] {
        let token = tokens(source).ask(Ask::Any).await.unwrap();
        assert_eq!(
            (token.secret.0.as_str(), token.expires_at),
            ("abc", expires_at),
            "{source}"
        );
    }
}

#[wasm_bindgen_test]
async fn the_page_is_asked_again_only_for_a_fresh_token() {
    js("window.asked = 0");
    let tokens = tokens("async () => 'token ' + ++asked");
    for (ask, expected) in [
        (Ask::Any, "token 1"),
        (Ask::Any, "token 1"),
        (Ask::Fresh, "token 2"),
        (Ask::Any, "token 2"),
    ] {
        assert_eq!(tokens.ask(ask).await.unwrap().secret.0, expected);
    }
}

#[wasm_bindgen_test]
async fn a_network_that_is_away_is_no_missing_visitor() {
    for source in [
        "() => { throw new TypeError('fetch') }",
        "async () => { throw new TypeError('fetch') }",
    ] {
        let token = tokens(source).ask(Ask::Any).await;
        assert_eq!(token, Err(NoToken::Unreachable), "{source}");
    }
}

#[wasm_bindgen_test]
async fn of_a_source_that_was_dropped_nothing_is_heard() {
    let given = tokens("async () => 'abc'");
    given.tokens.ask(Ask::Any);
    drop(given.tokens);
    sleep(5).await;
    assert!(given.heard.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn a_token_is_never_printed() {
    let token = tokens("'hush'").ask(Ask::Any).await;
    assert!(!format!("{token:?} {:?}", Source::of("hush".into())).contains("hush"));
}

// ---- Settings ----

#[wasm_bindgen_test]
fn ill_typed_settings_are_read_as_their_defaults() {
    let config = Config::read(&settings(
        "{ backend: 7, socketUrl: {}, storage: true, title: 5, greeting: '', locale: [], token: 3 }",
    ));
    assert_eq!(config.system, System::Concierge);
    assert_eq!(config.socket_url, "");
    assert_eq!(config.keep, Keep::Persistent);
    assert_eq!((config.title, config.greeting), (None, None));
    assert!(!config.locale.is_empty());
}

#[wasm_bindgen_test]
fn a_socket_url_may_be_given_as_the_pages_own() {
    for (given, expected) in [
        ("wss://host.example/prod", "wss://host.example/prod"),
        ("https://host.example/prod", "wss://host.example/prod"),
        ("http://host.example/prod", "ws://host.example/prod"),
    ] {
        let config = Config::read(&settings(&format!("{{ socketUrl: '{given}' }}")));
        assert_eq!(config.socket_url, expected);
    }
    let relative = Config::read(&settings("{ socketUrl: '/concierge/socket' }"));
    let expected = js("'ws://' + location.host + '/concierge/socket'");
    assert_eq!(expected, relative.socket_url.as_str());
}

#[wasm_bindgen_test]
fn each_back_end_and_server_has_keys_of_its_own() {
    let prefix = |literal| Config::read(&settings(literal)).prefix();
    let one = prefix("{ socketUrl: 'wss://a.example' }");
    assert_ne!(one, prefix("{ socketUrl: 'wss://b.example' }"));
    assert_ne!(
        one,
        prefix("{ backend: 'onechat', socketUrl: 'wss://a.example' }")
    );
    assert_eq!(one, prefix("{ socketUrl: 'wss://a.example', token: 'x' }"));
    // The form by which the loader finds and forgets them.
    let form = Function::new_with_args("key", r"return /^concierge:\w+:$/.test(key)");
    assert_eq!(form.call1(&JsValue::NULL, &one.into()), Ok(JsValue::TRUE));
}
