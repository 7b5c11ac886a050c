//! The whole app in a real browser, over a scripted WebSocket that plays the
//! Concierge: shell, session and views together.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

use concierge_widget::embed::{Widget, mount};
use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A WebSocket that answers as the Concierge does. `sockets` are all that were
/// made; `refuse` makes the constructor throw; `silent` keeps
/// the answers to messages back.
const CONCIERGE: &str = "
localStorage.clear();
sessionStorage.clear();
Object.assign(window, { sockets: [], refuse: false, silent: false, messages: [], told: [] });
const session = { id: '5', chatSessionId: 'c-1', isSessionClosed: false, chatJoinedByEntityType: null };
const message = (id, text, mine, metadata) => ({
    id, chatSessionId: 'c-1', senderEntityType: mine ? 'TENANT' : 'BACKEND_USER', status: 3,
    messageContent: text, contentType: 'TEXT', sentAt: String(1795161600000 + id), metadata,
});
const bodies = {
    'client/init-chat-with-concierge': () => ({ chatSessionId: 'c-1', chatSession: session, tenant: { id: '9' } }),
    'client/get-chat-messages': () => ({ messages }),
    'client/send-message': (body) => {
        const it = message(100 + messages.length, body.messageContent, true, body.metadata);
        messages.push(it);
        return { chatSessionId: 'c-1', chatMessage: it };
    },
};
window.WebSocket = class {
    constructor(url) {
        if (refuse) throw new SyntaxError('refused');
        Object.assign(this, { url, closed: null });
        sockets.push(this);
        setTimeout(() => this.onopen?.(new Event('open')));
    }
    send(text) {
        const { route, body } = JSON.parse(text).data;
        const answer = bodies[route.split('?')[0]]?.(body);
        if (answer && !(silent && route === 'client/send-message')) this.say({ channel: route, status: 200, body: answer });
    }
    say(frame) {
        setTimeout(() => this.onmessage?.(new MessageEvent('message', { data: JSON.stringify(frame) })));
    }
    tell(...texts) {
        for (const [index, text] of texts.entries()) {
            const payload = { chatMessage: message(500 + index, text, false) };
            const data = JSON.stringify({ channel: 'chat-message-c-1', payload });
            this.onmessage(new MessageEvent('message', { data }));
        }
    }
    close(code) { this.closed = code; }
};
document.querySelector('#host')?.remove();
window.host = document.createElement('div');
host.id = 'host';
document.body.append(host);
window.root = host.attachShadow({ mode: 'open' });
window.place = document.createElement('div');
root.append(place);
window.part = (name) => root.querySelector(`[part~=${name}]`);
window.rows = () => [...root.querySelectorAll('[part~=message]')];
window.says = (row) => row.querySelector('.what').textContent;
window.write = (text) => {
    part('composer').value = text;
    part('composer').dispatchEvent(new InputEvent('input', { bubbles: true }));
};
window.enter = () => part('composer').dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
";

fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

fn start() -> Widget {
    start_with("'a.b.c'")
}

/// With this JavaScript expression as `token`.
fn start_with(token: &str) -> Widget {
    // `eval` of an arrow function's body keeps its names to itself.
    js(&format!("(() => {{ {CONCIERGE} }})()"));
    js(&format!(
        "window.settings = {{ socketUrl: 'ws://127.0.0.1:9/concierge', token: {token} }}"
    ));
    let settings = js("settings");
    let hooks = js("({ emit: (name, detail) => told.push(name), set: () => {}, close: () => {} })");
    mount(
        js("place").unchecked_into(),
        settings.unchecked_into(),
        hooks.unchecked_ref::<Object>(),
    )
    .ok()
    .unwrap()
}

/// Waits, a frame at a time, until an expression holds.
async fn until(expression: &str) {
    for _ in 0..600 {
        if js(&format!("!!({expression})")).is_truthy() {
            return;
        }
        let frame = Function::new_with_args("done", "setTimeout(done, 10)");
        let wait = Promise::new(&mut |done, _| {
            frame.call1(&JsValue::UNDEFINED, &done).unwrap();
        });
        JsFuture::from(wait).await.unwrap();
    }
    let seen = js("root.textContent + ' | ' + JSON.stringify(told)");
    panic!("never: {expression}; seen: {}", seen.as_string().unwrap());
}

#[wasm_bindgen_test]
async fn nothing_is_connected_or_stored_before_the_panel_opens() {
    let widget = start();
    until("part('panel')").await;
    assert_eq!(js("sockets.length + localStorage.length"), 0);
    drop(widget);
}

#[wasm_bindgen_test]
async fn what_goes_wrong_is_hinted_at_in_the_console_once() {
    js("window.warned = []; window.realWarn ??= console.warn;
        console.warn = (line) => warned.push(String(line))");
    let widget = start_with("() => null");
    for times in 1..=2 {
        widget.set_open(true).ok().unwrap();
        until(&format!(
            "told.filter((name) => name === 'error').length >= {times}"
        ))
        .await;
        js(
            "[...root.querySelectorAll('button')].find((it) => it.textContent === 'Try now')?.click()",
        );
    }
    js("console.warn = realWarn");
    assert_eq!(js("warned.length"), 1);
    assert!(js("/^Concierge: the page gave no token/.test(warned[0])").is_truthy());
    drop(widget);
}

#[wasm_bindgen_test]
async fn a_message_typed_is_a_row_at_once_and_sent_when_it_is_answered() {
    let widget = start();
    widget.set_open(true).ok().unwrap();
    until("told.includes('conversationStart')").await;
    js("silent = true; write('Is the pool open?'); enter()");
    until("rows().length === 1 && says(rows()[0]) === 'Is the pool open?'").await;
    assert_eq!(js("part('composer').value"), "");
    js("window.node = rows()[0]");
    until("rows()[0].dataset.state === 'sending'").await;
    js(
        "silent = false; sockets[0].say({ channel: 'client/send-message', status: 200,
        body: { chatMessage: messages[0] } })",
    );
    until("rows()[0].dataset.state === 'sent'").await;
    assert_eq!(js("rows()[0] === node && node.isConnected"), JsValue::TRUE);
    until("told.includes('messageSent')").await;
    assert_eq!(js("rows().length"), 1);
}

#[wasm_bindgen_test]
async fn two_frames_of_one_moment_are_two_rows_in_order() {
    let widget = start();
    widget.set_open(true).ok().unwrap();
    until("told.includes('conversationStart')").await;
    js("sockets[0].tell('one', 'two')");
    until("rows().length === 2").await;
    assert_eq!(js("rows().map(says).join()"), "one,two");
}

#[wasm_bindgen_test]
async fn a_constructor_that_throws_is_a_failed_try_and_the_next_one_comes() {
    let widget = start();
    js("refuse = true");
    widget.set_open(true).ok().unwrap();
    until("told.includes('error')").await;
    js("write('Kept meanwhile'); enter(); refuse = false");
    until("rows()[0]?.dataset.state === 'queued'").await;
    // By itself, when the session's deadline comes.
    until("rows()[0].dataset.state === 'sent'").await;
    assert_eq!(js("messages.length"), 1);
}

#[wasm_bindgen_test]
async fn frames_that_say_nothing_leave_the_chat_as_it_is() {
    let widget = start();
    widget.set_open(true).ok().unwrap();
    until("told.includes('conversationStart')").await;
    js(
        "for (const data of ['', 'no JSON', '{}', 'x'.repeat(1 << 20), new ArrayBuffer(8)])
            sockets[0].onmessage(new MessageEvent('message', { data }))",
    );
    js("write('Still here'); enter()");
    until("rows()[0]?.dataset.state === 'sent'").await;
    assert_eq!(js("rows().length"), 1);
}

#[wasm_bindgen_test]
async fn freed_it_closes_its_socket_and_takes_its_nodes_along() {
    let widget = start();
    widget.set_open(true).ok().unwrap();
    until("told.includes('conversationStart')").await;
    drop(widget);
    assert_eq!(js("sockets[0].closed"), 1000);
    assert_eq!(js("place.childElementCount"), 0);
    js("sockets[0].onmessage?.(new MessageEvent('message', { data: '{}' }))");
}

#[wasm_bindgen_test]
async fn after_a_sign_in_the_old_token_is_used_no_more() {
    let widget = start_with("() => new Promise((resolve) => { window.late = resolve })");
    widget.set_open(true).ok().unwrap();
    until("window.late").await;
    js("settings.token = 'new.visitor'");
    let changes = Array::of(&[js("({ token: settings.token })")]);
    widget.call("update", &changes).ok().unwrap();
    js("late('old.visitor')");
    until("told.includes('conversationStart')").await;
    assert_eq!(
        js("sockets.map((it) => new URL(it.url).searchParams.get('Auth')).join()"),
        "new.visitor"
    );
}

#[wasm_bindgen_test]
async fn calls_that_it_does_not_know_are_refused_by_name() {
    let widget = start();
    let refused = widget.call("fly", &Array::new()).err().unwrap();
    let code = js_sys::Reflect::get(&refused, &"code".into()).unwrap();
    assert_eq!(code, "unsupported");
}
