//! Two tabs in one page: the lock, the channel, and the sound that one of them
//! makes. Run by `wasm-bindgen-test-runner` in headless Chromium.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

use std::cell::RefCell;
use std::rc::Rc;

use concierge_widget::shell::sound;
use concierge_widget::shell::tabs::{self, News, Tabs};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A tab, and what it heard.
struct Tab {
    tabs: Tabs,
    heard: Rc<RefCell<Vec<News>>>,
}

fn open(prefix: &str) -> Tab {
    let heard = Rc::<RefCell<Vec<News>>>::default();
    let ear = Rc::clone(&heard);
    let tabs = Tabs::open(prefix, Rc::new(move |news| ear.borrow_mut().push(news))).unwrap();
    Tab { tabs, heard }
}

impl Tab {
    /// What was heard since the last look, once there is something.
    async fn heard(&self) -> Vec<News> {
        for _ in 0..100 {
            if !self.heard.borrow().is_empty() {
                break;
            }
            pause(20).await;
        }
        self.silence().await
    }

    /// What was heard since the last look, after a while.
    async fn silence(&self) -> Vec<News> {
        pause(60).await;
        self.heard.take()
    }
}

async fn pause(ms: u32) {
    let wait = Function::new_with_args("done", &format!("setTimeout(done, {ms})"));
    let promise = Promise::new(&mut |done, _| {
        wait.call1(&JsValue::UNDEFINED, &done).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

/// How many hold the lock and how many wait for it.
async fn locks(prefix: &str) -> JsValue {
    let count = js(&format!(
        "navigator.locks.query().then((locks) => ['held', 'pending'].map(
            (kind) => locks[kind].filter(({{ name }}) => name == '{prefix}lead').length).join())"
    ));
    JsFuture::from(count.unchecked_into::<Promise>())
        .await
        .unwrap()
}

#[wasm_bindgen_test]
async fn the_first_leads_and_the_next_waits_until_it_resigns() {
    let [one, two] = [open("a:"), open("a:")];
    one.tabs.stand();
    two.tabs.stand();
    assert_eq!(one.heard().await, [News::Elected]);
    assert_eq!(two.silence().await, []);
    one.tabs.resign();
    assert_eq!(two.heard().await, [News::Elected]);
    assert_eq!(one.silence().await, []);
    // Back in line.
    one.tabs.stand();
    assert_eq!(one.silence().await, []);
    two.tabs.resign();
    assert_eq!(one.heard().await, [News::Elected]);
    assert_eq!(two.silence().await, []);
}

#[wasm_bindgen_test]
async fn to_stand_twice_is_to_stand_once() {
    let [one, two] = [open("b:"), open("b:")];
    for tab in [&one, &two, &one, &two] {
        tab.tabs.stand();
    }
    assert_eq!(one.heard().await, [News::Elected]);
    one.tabs.stand();
    assert_eq!(locks("b:").await, "1,1");
    assert_eq!(one.silence().await, []);
}

#[wasm_bindgen_test]
async fn who_seizes_the_lock_ousts_its_holder() {
    let [one, two, three] = [open("c:"), open("c:"), open("c:")];
    one.tabs.stand();
    two.tabs.stand();
    three.tabs.stand();
    assert_eq!(one.heard().await, [News::Elected]);
    three.tabs.seize();
    assert_eq!(three.heard().await, [News::Elected]);
    assert_eq!(one.heard().await, [News::Ousted]);
    // The holder has it already.
    three.tabs.seize();
    assert_eq!(three.silence().await, []);
    one.tabs.stand();
    assert_eq!(locks("c:").await, "1,2");
    three.tabs.resign();
    assert_eq!(two.heard().await, [News::Elected]);
    assert_eq!(three.silence().await, []);
    assert_eq!(one.silence().await, []);
    // One that has not stood seizes too.
    three.tabs.seize();
    assert_eq!(three.heard().await, [News::Elected]);
    assert_eq!(two.heard().await, [News::Ousted]);
}

#[wasm_bindgen_test]
async fn who_leaves_the_line_is_not_elected() {
    let [one, two] = [open("d:"), open("d:")];
    one.tabs.stand();
    two.tabs.stand();
    pause(40).await;
    two.tabs.resign();
    one.tabs.resign();
    assert_eq!(two.silence().await, []);
    assert_eq!(locks("d:").await, "0,0");
    // Not even when it is granted at that moment.
    two.tabs.stand();
    two.tabs.resign();
    assert_eq!(two.silence().await, []);
    assert_eq!(locks("d:").await, "0,0");
    two.tabs.seize();
    two.tabs.resign();
    assert_eq!(two.silence().await, []);
    assert_eq!(locks("d:").await, "0,0");
    // Nor is it confused by its haste.
    two.tabs.stand();
    two.tabs.resign();
    two.tabs.stand();
    assert_eq!(two.heard().await, [News::Elected]);
}

#[wasm_bindgen_test]
async fn what_is_told_is_heard_by_all_others_and_not_by_oneself() {
    let [one, two, three, other] = [open("e:"), open("e:"), open("e:"), open("f:")];
    one.tabs.tell("grüezi");
    two.tabs.tell("");
    assert_eq!(one.heard().await, [News::Told(String::new())]);
    assert_eq!(two.heard().await, [News::Told("grüezi".into())]);
    assert_eq!(
        three.heard().await,
        [News::Told("grüezi".into()), News::Told(String::new())]
    );
    assert_eq!(other.silence().await, []);
}

#[wasm_bindgen_test]
async fn a_tab_that_is_dropped_releases_all_and_hears_nothing_more() {
    let [one, two, three] = [open("g:"), open("g:"), open("g:")];
    one.tabs.stand();
    two.tabs.stand();
    three.tabs.stand();
    pause(40).await;
    let heard = Rc::clone(&two.heard);
    // Who calls one that is gone gets an error.
    js("window.errors = 0; addEventListener('error', () => errors++)");
    drop(two);
    drop(one);
    assert_eq!(three.heard().await, [News::Elected]);
    three.tabs.tell("anybody?");
    assert_eq!(locks("g:").await, "1,0");
    assert_eq!(three.silence().await, []);
    assert!(heard.borrow().is_empty());
    assert_eq!(js("errors"), 0);
}

#[wasm_bindgen_test]
async fn where_locks_are_refused_each_leads() {
    js("window.realAsk = LockManager.prototype.request;
        LockManager.prototype.request = async () => { throw new DOMException('', 'SecurityError') }");
    let one = open("h:");
    one.tabs.stand();
    let heard = one.heard().await;
    one.tabs.resign();
    js("LockManager.prototype.request = realAsk");
    assert_eq!(heard, [News::Elected]);
    assert_eq!(one.silence().await, []);
}

#[wasm_bindgen_test]
async fn when_all_is_told_that_is_told_too() {
    let tab = open("h:");
    tab.tabs.stand();
    assert_eq!(tab.heard().await, [News::Elected]);
    tab.tabs.catch_up();
    assert_eq!(tab.heard().await, [News::Caught]);
    tab.tabs.catch_up();
    drop(tab.tabs);
    pause(60).await;
    assert!(tab.heard.borrow().is_empty());
}

#[wasm_bindgen_test]
fn where_there_are_no_locks_or_channels_there_are_no_tabs() {
    for (missing, restore) in [
        (
            "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })",
            "delete navigator.locks",
        ),
        (
            "window.realChannel = BroadcastChannel; BroadcastChannel = undefined",
            "BroadcastChannel = realChannel",
        ),
    ] {
        js(missing);
        let tabs = Tabs::open("i:", Rc::new(|_| {}));
        js(restore);
        assert!(tabs.is_none());
    }
}

// ---- A tab that was duplicated ----

async fn device_is_taken(id: &'static str) -> bool {
    let taken = Promise::new(&mut |done, _| {
        let done = move |taken: bool| {
            done.call1(&JsValue::UNDEFINED, &taken.into()).unwrap();
        };
        tabs::device_is_taken(id, Box::new(done));
    });
    JsFuture::from(taken).await.unwrap().is_truthy()
}

#[wasm_bindgen_test]
async fn an_id_that_another_tab_has_is_taken() {
    assert!(!device_is_taken("one").await);
    // The same page may ask again.
    js("window.before = performance.now()");
    assert!(!device_is_taken("one").await);
    assert_eq!(js("performance.now() - before < 100"), true);
    // Another tab hears of it, whatever others say to each other.
    let answer = js("new Promise((resolve) => {
        const channel = new BroadcastChannel('concierge:device:one');
        channel.onmessage = ({ data }) => resolve(data);
        channel.postMessage(true);
        channel.postMessage(false);
    })");
    let answer = JsFuture::from(answer.unchecked_into::<Promise>()).await;
    assert_eq!(answer, Ok(JsValue::TRUE));
    js(
        "window.other = new BroadcastChannel('concierge:device:two');
        other.onmessage = () => other.postMessage(true)",
    );
    assert!(device_is_taken("two").await);
    js("other.close()");
    assert!(!device_is_taken("two").await);
    // Of two that ask at once both hear yes: better two ids than one.
    js(
        "window.other = new BroadcastChannel('concierge:device:three');
        other.onmessage = () => {
            other.onmessage = null;
            other.postMessage(false);
            other.onmessage = ({ data }) => (window.said = data);
            setTimeout(() => other.postMessage(true), 20);
        }",
    );
    assert!(device_is_taken("three").await);
    assert_eq!(js("said"), true);
}

// ---- Sound ----

#[wasm_bindgen_test]
async fn a_chime_is_heard_once_the_visitor_has_done_something() {
    js("window.realContext = AudioContext;
        window.made = [];
        AudioContext = class extends realContext {
            constructor() { super(); made.push(this); }
        };
        window.active = (hasBeenActive) => Object.defineProperty(
            navigator, 'userActivation', { value: { hasBeenActive }, configurable: true })");
    js("active(false)");
    sound::chime();
    let silent = js("made.length");
    js("active(true)");
    sound::chime();
    js("delete navigator.userActivation; AudioContext = realContext");
    assert_eq!((silent, js("made.length")), (0.into(), 1.into()));
    pause(1_100).await;
    assert_eq!(js("made[0].state"), "closed");
    // Where there is no sound at all.
    js("AudioContext = undefined; active(true)");
    sound::chime();
    js("delete navigator.userActivation; AudioContext = realContext");
}
