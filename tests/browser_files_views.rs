//! Files, unsend, seen marks and the picture in full, as a visitor meets them,
//! in a real browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

mod common;

use common::*;
use concierge_core::{
    Action, Change, Content, Conversation, ConversationId, Event, Failure, FileKind, Key,
    MessageId, Notice, Row, RowState,
};
use concierge_widget::view::Options;
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

fn with_files() -> Options {
    let mut options = options();
    options.traits.upload = true;
    options.accept = "image/*,.pdf".into();
    options
}

fn my_file(key: u32, kind: FileKind, url: &str, state: RowState) -> Row {
    let mut row = mine(key, "", state);
    row.content = file(key, kind, url).content;
    row
}

/// Runs a function of JavaScript on an element.
fn on(element: &HtmlElement, body: &str) -> JsValue {
    Function::new_with_args("it", body)
        .call1(&JsValue::UNDEFINED, element)
        .unwrap()
}

/// A `DataTransfer` with files of these names in it.
fn carrying(names: &str) -> String {
    format!(
        "const carried = new DataTransfer();
         for (const name of {names}) carried.items.add(new File(['x'], name, {{ type: 'image/png' }}));"
    )
}

/// Drags or drops; says whether the browser would leave the page.
fn drag(at: &HtmlElement, kind: &str, names: &str, more: &str) -> bool {
    let carrying = carrying(names);
    let body = format!(
        "{carrying} return it.dispatchEvent(new DragEvent('{kind}', {{ dataTransfer: carried,
             bubbles: true, composed: true, cancelable: true, {more} }}))"
    );
    on(at, &body).is_truthy()
}

/// Pastes; says whether the browser would put the text in.
fn paste(at: &HtmlElement, more: &str) -> bool {
    let carrying = carrying("['shot.png']");
    let body = format!(
        "{carrying} {more} return it.dispatchEvent(new ClipboardEvent('paste',
             {{ clipboardData: carried, bubbles: true, cancelable: true }}))"
    );
    on(at, &body).is_truthy()
}

/// Chooses files in the picker of the input.
async fn choose(input: &HtmlElement, names: &str) {
    let carrying = carrying(names);
    let body =
        format!("{carrying} it.files = carried.files; it.dispatchEvent(new Event('change'))");
    on(input, &body);
    frame().await;
}

fn taken(stage: &Stage) -> Vec<String> {
    stage.attached.borrow_mut().drain(..).collect()
}

// ---- How files come in ----

#[wasm_bindgen_test]
async fn files_are_chosen_with_a_button_that_is_there_when_files_can_be_sent() {
    let stage = Stage::new().await;
    assert!(stage.button("Attach a file").is_none());
    drop(stage);
    let stage = Stage::with(with_files()).await;
    let button = stage.button("Attach a file").unwrap();
    assert_eq!(button.get_attribute("part").as_deref(), Some("attach"));
    let input = stage.get("[part=attach] ~ input[type=file][multiple]");
    assert_eq!(
        input.get_attribute("accept").as_deref(),
        Some("image/*,.pdf")
    );
    assert_eq!(input.offset_parent(), None, "hidden");
    on(&input, "it.click = () => { it.clicked = true }");
    button.click();
    assert!(on(&input, "return it.clicked").is_truthy());
    choose(&input, "['a.png', 'b.png']").await;
    assert_eq!(taken(&stage), ["a.png", "b.png"]);
    assert_eq!(
        on(&input, "return it.files.length"),
        0,
        "the same may be chosen again"
    );
    choose(&input, "[]").await;
    assert_eq!(taken(&stage), [""; 0], "the picker was cancelled");
}

#[wasm_bindgen_test]
async fn a_picture_is_pasted_and_a_text_with_its_picture_is_not() {
    let stage = Stage::with(with_files()).await;
    let field = stage.get("textarea");
    assert!(!paste(&field, ""));
    assert_eq!(taken(&stage), ["shot.png"]);
    let text = "carried.setData('text/plain', 'a'); carried.setData('text/html', '<b>a</b>');";
    assert!(paste(&field, text), "from a word processor");
    assert_eq!(taken(&stage), [""; 0]);
    drop(stage);
    let stage = Stage::new().await;
    assert!(paste(&stage.get("textarea"), ""), "no files are taken");
    assert_eq!(taken(&stage), [""; 0]);
}

#[wasm_bindgen_test]
async fn files_are_dropped_anywhere_on_the_panel() {
    let stage = Stage::with(with_files()).await;
    let header = stage.get("[part=header]");
    assert!(!drag(&header, "dragover", "['a.png']", ""));
    frame().await;
    assert_eq!(stage.text(".drop"), "Drop files here to send them");
    let inside = "relatedTarget: it.getRootNode().querySelector('[part=log]')";
    drag(&header, "dragleave", "['a.png']", inside);
    frame().await;
    assert!(stage.find(".drop").is_some(), "still over the panel");
    drag(&header, "dragleave", "['a.png']", "");
    frame().await;
    assert!(stage.find(".drop").is_none());
    drag(&header, "dragenter", "['a.png']", "");
    assert!(!drag(&header, "drop", "['a.png', 'b.png']", ""));
    frame().await;
    assert!(stage.find(".drop").is_none());
    assert_eq!(taken(&stage), ["a.png", "b.png"]);
}

#[wasm_bindgen_test]
async fn a_drag_of_text_is_none_of_ours_and_an_ended_chat_takes_no_files() {
    let stage = Stage::with(with_files()).await;
    let log = stage.get("[part=log]");
    assert!(drag(&log, "dragover", "[]", ""), "nothing that is a file");
    let ended = Conversation::Ended(ConversationId("c1".into()));
    stage.state.apply(&Change::Conversation(ended));
    frame().await;
    assert!(!drag(&log, "dragover", "['a.png']", ""));
    frame().await;
    assert!(stage.find(".drop").is_none());
    assert!(!drag(&log, "drop", "['a.png']", ""), "the page stays");
    assert_eq!(taken(&stage), [""; 0]);
}

// ---- On its way ----

#[wasm_bindgen_test]
async fn an_upload_shows_how_far_it_is_and_can_be_cancelled() {
    let stage = Stage::with(with_files()).await;
    let mut row = my_file(4, FileKind::Image, "", RowState::Queued);
    stage.insert(0, row.clone());
    frame().await;
    let room = |selector| {
        let at = stage.get(selector);
        (at.offset_width(), at.offset_height())
    };
    assert_eq!(room(".frame"), (260, 100), "room for what comes");
    assert!(stage.find("[role=progressbar]").is_none());
    assert!(stage.find(".upload .percent .icon").is_some(), "the clock");
    stage.click("Cancel upload").await;
    assert_eq!(stage.took(), [Action::Discard(Key(4))]);
    row.state = RowState::Uploading(7);
    stage.state.apply(&Change::Updated(row.clone()));
    frame().await;
    let bar = stage.get("[role=progressbar]");
    row.state = RowState::Uploading(42);
    stage.state.apply(&Change::Updated(row.clone()));
    frame().await;
    assert!(stage.get("[role=progressbar]").is_same_node(Some(&bar)));
    for (name, value) in [
        ("aria-label", "Uploading plan.pdf"),
        ("aria-valuenow", "42"),
        ("aria-valuemin", "0"),
        ("aria-valuemax", "100"),
    ] {
        assert_eq!(bar.get_attribute(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(stage.text(".percent"), "42%");
    assert_eq!(stage.count("article[data-state=uploading]"), 1);
    assert_eq!(stage.count(".panel [style]"), 0);
    stage.click("Cancel upload").await;
    assert_eq!(stage.took(), [Action::Discard(Key(4))]);
    row.state = RowState::Sent;
    row.content = file(4, FileKind::Image, "https://nowhere.invalid/a.png").content;
    stage.state.apply(&Change::Updated(row));
    frame().await;
    assert!(stage.find(".upload").is_none());
    assert_eq!(room(".frame"), (260, 100), "nothing moves");
}

#[wasm_bindgen_test]
async fn a_card_stays_as_high_while_it_is_uploaded() {
    let stage = Stage::with(with_files()).await;
    let mut row = my_file(4, FileKind::Other, "", RowState::Uploading(3));
    stage.insert(0, row.clone());
    frame().await;
    let room = || {
        let what = stage.get(".what");
        (what.offset_width(), what.offset_height())
    };
    let before = room();
    assert_eq!(stage.count("[role=progressbar]"), 1);
    row.state = RowState::Sending;
    stage.state.apply(&Change::Updated(row));
    frame().await;
    assert_eq!(room(), before);
}

#[wasm_bindgen_test]
async fn an_own_picture_is_shown_from_memory_and_leads_nowhere() {
    let stage = Stage::with(with_files()).await;
    let url = js_sys::eval("URL.createObjectURL(new Blob(['x'], { type: 'text/html' }))");
    let url = url.unwrap().as_string().unwrap();
    stage.insert(0, my_file(1, FileKind::Image, &url, RowState::Uploading(1)));
    stage.insert(1, my_file(2, FileKind::Other, &url, RowState::Uploading(1)));
    let strange = "blob:https://elsewhere.example/6cb9e86c-5fbd-4b6a-b6c4-0f3f3f3f3f3f";
    stage.insert(2, file(3, FileKind::Image, strange));
    frame().await;
    let image = stage.get("article[data-key='1'] img");
    assert_eq!(image.get_attribute("src"), Some(url));
    assert_eq!(stage.count("article a"), 0);
    assert!(stage.find("article[data-key='3'] .gone").is_some());
}

#[wasm_bindgen_test]
async fn each_failure_of_a_file_has_its_sentence_and_its_ways_on() {
    let stage = Stage::with(with_files()).await;
    let mut row = my_file(6, FileKind::Other, "", RowState::Queued);
    stage.insert(0, row.clone());
    for (failure, sentence) in [
        (Failure::Upload, "Upload failed."),
        (
            Failure::UploadBlocked,
            "Upload failed. Check your connection.",
        ),
        (
            Failure::FileRefused(Some("too {odd}".into())),
            "File could not be accepted: too {odd}",
        ),
        (Failure::FileRefused(None), "File could not be accepted."),
        (Failure::SignedOut, "Please sign in again."),
    ] {
        row.state = RowState::Failed(failure);
        stage.state.apply(&Change::Updated(row.clone()));
        frame().await;
        assert_eq!(stage.text(".fate > span"), sentence);
        stage.click("Retry").await;
        stage.click("Discard").await;
        assert_eq!(
            stage.took(),
            [Action::Retry(Key(6)), Action::Discard(Key(6))]
        );
    }
}

#[wasm_bindgen_test]
async fn a_file_that_is_gone_is_chosen_again_and_its_row_goes_only_then() {
    let stage = Stage::with(with_files()).await;
    let gone = RowState::Failed(Failure::FileGone);
    stage.insert(0, my_file(6, FileKind::Image, "", gone));
    frame().await;
    assert_eq!(
        stage.text(".fate > span"),
        "The file is not here any more. Please choose it again."
    );
    assert!(stage.button("Retry").is_none());
    assert!(stage.button("Discard").is_some());
    let input = stage.get(".fate input");
    on(&input, "it.click = () => { it.clicked = true }");
    stage.click("Choose again").await;
    assert!(on(&input, "return it.clicked").is_truthy());
    assert_eq!(stage.took(), []);
    choose(&input, "[]").await;
    assert_eq!(stage.took(), [], "the picker was cancelled");
    choose(&input, "['again.png']").await;
    assert_eq!(taken(&stage), ["again.png"]);
    assert_eq!(stage.took(), [Action::Discard(Key(6))]);
}

#[wasm_bindgen_test]
async fn a_file_that_may_not_be_sent_is_told_by_its_name() {
    let stage = Stage::with(with_files()).await;
    for (notice, sentence) in [
        (
            Notice::FileTooLarge {
                name: "{film}.mov".into(),
                limit: 83_886_080,
            },
            "{film}.mov is larger than 80 MB.",
        ),
        (
            Notice::FileType {
                name: "a.exe".into(),
            },
            "a.exe: this kind of file cannot be sent here.",
        ),
    ] {
        stage.state.apply(&Change::Notice(Some(notice)));
        frame().await;
        assert_eq!(stage.text("[part=error][role=alert] > span"), sentence);
    }
}

// ---- What can be done with a message ----

async fn open_actions(stage: &Stage, key: u32) -> Vec<String> {
    stage.get(&format!("[data-key='{key}'] .more")).click();
    frame().await;
    let items = stage.root.query_selector_all("[role=menuitem]").unwrap();
    (0..items.length())
        .map(|i| items.item(i).unwrap().text_content().unwrap())
        .collect()
}

#[wasm_bindgen_test]
async fn a_message_offers_what_can_be_done_with_it() {
    let stage = Stage::new().await;
    for (key, row, offered) in [
        (1, theirs(1, "Hello"), vec!["Copy"]),
        (2, mine(2, "Hello", RowState::Sent), vec!["Unsend", "Copy"]),
        (3, mine(3, "Hello", RowState::Seen), vec!["Unsend", "Copy"]),
        (4, mine(4, "Hello", RowState::Queued), vec!["Copy"]),
        (
            5,
            my_file(5, FileKind::Other, "https://a.example/a", RowState::Sent),
            vec!["Unsend"],
        ),
    ] {
        stage.insert(9, row);
        frame().await;
        assert_eq!(open_actions(&stage, key).await, offered, "{key}");
        stage.press("[role=menuitem]", "Escape");
        frame().await;
        assert_eq!(
            stage.focused().unwrap().get_attribute("aria-label"),
            Some("Message actions".into())
        );
    }
    stage.insert(9, file(6, FileKind::Other, "https://a.example/a"));
    stage.insert(9, mine(7, "Hello", RowState::Unsent));
    stage.insert(9, mine(8, "Hello", RowState::Unsending(true)));
    frame().await;
    assert_eq!(stage.count(".more"), 5);
    drop(stage);
    let mut options = options();
    options.traits.unsend = false;
    let stage = Stage::with(options).await;
    stage.insert(0, mine(2, "Hello", RowState::Sent));
    frame().await;
    assert_eq!(open_actions(&stage, 2).await, ["Copy"]);
}

#[wasm_bindgen_test]
async fn the_actions_are_one_tab_from_the_message_that_has_the_focus() {
    let stage = Stage::new().await;
    stage.fill(0..3).await;
    assert_eq!(stage.count(".more[tabindex='0']"), 0);
    stage.get("[part=log]").focus().unwrap();
    stage.press("[part=log]", "ArrowUp");
    assert_eq!(stage.count(".more[tabindex='0']"), 1);
    assert!(stage.find("[data-key='2'] .more[tabindex='0']").is_some());
    stage.press("[data-key='2']", "ArrowUp");
    assert_eq!(stage.count(".more[tabindex='0']"), 1);
    assert!(stage.find("[data-key='1'] .more[tabindex='0']").is_some());
    stage.press("[data-key='1'] .more", "ArrowDown");
    frame().await;
    assert_eq!(
        stage.focused().unwrap().text_content().as_deref(),
        Some("Copy")
    );
}

#[wasm_bindgen_test]
async fn the_menu_of_a_message_lies_within_the_log() {
    let stage = Stage::new().await;
    stage.fill(0..40).await;
    stage.insert(40, mine(100, "Short", RowState::Sent));
    frame().await;
    let log = stage.get("[part=log]").get_bounding_client_rect();
    let at = |key: u32| {
        let menu = stage.get(&format!("[data-key='{key}'] [role=menu]"));
        menu.get_bounding_client_rect()
    };
    let inside = |key| {
        let menu = at(key);
        menu.top() >= log.top()
            && menu.bottom() <= log.bottom()
            && menu.left() >= log.left()
            && menu.right() <= log.right()
    };
    open_actions(&stage, 100).await;
    assert!(inside(100), "the last one");
    stage.get("[part=log]").set_scroll_top(400);
    frame().await;
    let articles = stage.root.query_selector_all("article").unwrap();
    let first = (0..articles.length())
        .map(|i| articles.item(i).unwrap().unchecked_into::<HtmlElement>())
        .find(|it| it.get_bounding_client_rect().top() > log.top())
        .unwrap();
    let key = first.get_attribute("data-key").unwrap().parse().unwrap();
    open_actions(&stage, key).await;
    assert!(inside(key), "the first in sight");
}

#[wasm_bindgen_test]
async fn a_message_is_taken_back_and_for_a_while_back_again() {
    let stage = Stage::new().await;
    let mut row = mine(5, "Secret", RowState::Sent);
    row.id = Some(MessageId("m5".into()));
    stage.insert(0, row.clone());
    frame().await;
    open_actions(&stage, 5).await;
    stage.click("Unsend").await;
    assert_eq!(stage.took(), [Action::Unsend(Key(5))]);
    row.state = RowState::Unsending(true);
    stage.state.apply(&Change::Updated(row.clone()));
    frame().await;
    assert_eq!(stage.text(".what"), "Message unsent");
    assert_eq!(stage.text("[aria-live=polite]"), "Message unsent");
    let message = stage.get("article[data-state=unsent]");
    assert!(stage.focused().unwrap().is_same_node(Some(&message)));
    assert!(stage.find(".more").is_none());
    stage.click("Undo").await;
    assert_eq!(stage.took(), [Action::Undo(Key(5))]);
    row.state = RowState::Unsending(false);
    stage.state.apply(&Change::Updated(row.clone()));
    frame().await;
    assert!(stage.button("Undo").is_none());
    assert_eq!(stage.text(".what"), "Message unsent");
    row.state = RowState::Unsent;
    stage.state.apply(&Change::Updated(row.clone()));
    stage
        .state
        .hear(&Event::MessageUnsent(MessageId("m5".into())));
    frame().await;
    assert_eq!(stage.count("article[data-state=unsent]"), 1);
    assert_eq!(stage.count("[aria-live=polite] p"), 1, "said once");
}

#[wasm_bindgen_test]
async fn a_text_is_copied_out_of_a_field_or_by_the_clipboard() {
    let stage = Stage::new().await;
    let text = "Line one\nand <b>two</b>";
    stage.insert(0, theirs(5, text));
    frame().await;
    js_sys::eval(
        "Object.defineProperty(navigator, 'clipboard', { configurable: true,
             value: { writeText: async (text) => { copied = 'clipboard: ' + text } } });
         document.execCommand = () => {
             let at = document.activeElement;
             while (at.shadowRoot) at = at.shadowRoot.activeElement;
             if (!works) return false;
             copied = 'field: ' + at.value.slice(at.selectionStart, at.selectionEnd);
             return true;
         }",
    )
    .unwrap();
    for (works, from) in [("true", "field"), ("false", "clipboard")] {
        js_sys::eval(&format!(
            "globalThis.works = {works}; globalThis.copied = ''"
        ))
        .unwrap();
        open_actions(&stage, 5).await;
        stage.click("Copy").await;
        let copied = js_sys::eval("copied").unwrap().as_string();
        assert_eq!(copied, Some(format!("{from}: {text}")));
        assert!(stage.find("article textarea").is_none());
        let message = stage.get("article");
        assert!(stage.focused().unwrap().is_same_node(Some(&message)));
    }
    assert!(stage.text("[aria-live=polite]").starts_with("Copied"));
    js_sys::eval("delete navigator.clipboard; delete document.execCommand").unwrap();
}

// ---- Seen ----

fn reading() -> Options {
    let mut options = options();
    options.traits.seen = true;
    options
}

/// Whether the page has the focus, as far as the view can tell.
fn look_at_page(looked_at: bool) {
    let document = document();
    let answer = Function::new_no_args(if looked_at {
        "return true"
    } else {
        "return false"
    });
    Reflect::set(&document, &"hasFocus".into(), &answer).unwrap();
}

fn come_back() {
    let window = web_sys::window().unwrap();
    let event = web_sys::Event::new("focus").unwrap();
    window.dispatch_event(&event).unwrap();
}

fn saw(keys: impl IntoIterator<Item = u32>) -> Vec<Action> {
    keys.into_iter().map(|key| Action::Saw(Key(key))).collect()
}

#[wasm_bindgen_test]
async fn what_is_before_the_eyes_is_seen_once() {
    look_at_page(true);
    let stage = Stage::with(reading()).await;
    let mut seen = theirs(1, "Read before");
    seen.state = RowState::Seen;
    stage.insert(0, seen);
    stage.insert(1, mine(2, "Mine", RowState::Sent));
    stage.insert(2, theirs(3, "One"));
    stage.insert(3, theirs(4, "Two"));
    sleep(300).await;
    assert_eq!(stage.took(), saw([3, 4]));
    stage.insert(4, theirs(5, "Three"));
    sleep(300).await;
    assert_eq!(stage.took(), saw([5]));
    let mut row = theirs(3, "One");
    row.state = RowState::Seen;
    stage.state.apply(&Change::Updated(row));
    come_back();
    sleep(300).await;
    assert_eq!(
        stage.took(),
        saw([4, 5]),
        "what is unseen still is told again"
    );
    sleep(300).await;
    assert_eq!(stage.took(), []);
}

#[wasm_bindgen_test]
async fn nothing_is_seen_in_a_closed_panel_or_behind_another_window() {
    look_at_page(false);
    let stage = Stage::with(reading()).await;
    stage.insert(0, theirs(1, "One"));
    sleep(300).await;
    assert_eq!(stage.took(), []);
    look_at_page(true);
    js_sys::eval("Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' })")
        .unwrap();
    come_back();
    sleep(300).await;
    assert_eq!(stage.took(), [], "the page is hidden");
    js_sys::eval("delete document.visibilityState").unwrap();
    let event = web_sys::Event::new("visibilitychange").unwrap();
    document().dispatch_event(&event).unwrap();
    sleep(300).await;
    assert_eq!(stage.took(), saw([1]));
    stage.state.set_open(false);
    stage.insert(1, theirs(2, "Two"));
    come_back();
    sleep(300).await;
    assert_eq!(stage.took(), []);
    stage.state.set_open(true);
    sleep(300).await;
    assert_eq!(stage.took(), saw([1, 2]));
}

#[wasm_bindgen_test]
async fn half_of_a_message_must_be_in_sight_or_half_a_log_of_a_long_one() {
    look_at_page(true);
    let stage = Stage::with(reading()).await;
    let log = stage.get("[part=log]");
    stage.fill(0..40).await;
    sleep(300).await;
    let told = stage.took();
    assert!(told.contains(&Action::Saw(Key(39))));
    assert!(!told.contains(&Action::Saw(Key(0))), "above what is shown");
    log.set_scroll_top(0);
    sleep(300).await;
    assert!(stage.took().contains(&Action::Saw(Key(0))));
    drop(stage);

    look_at_page(false);
    let stage = Stage::with(reading()).await;
    let log = stage.get("[part=log]");
    stage.fill(0..20).await;
    stage.insert(20, theirs(50, &"A long story\n".repeat(400)));
    frame().await;
    let long = stage.get("[data-key='50']").offset_top();
    let room = log.client_height();
    log.set_scroll_top(long - room + room / 3);
    frame().await;
    look_at_page(true);
    come_back();
    sleep(300).await;
    assert!(!stage.took().contains(&Action::Saw(Key(50))));
    log.set_scroll_top(long - room + room * 2 / 3);
    sleep(300).await;
    assert!(stage.took().contains(&Action::Saw(Key(50))));
}

#[wasm_bindgen_test]
async fn one_observer_watches_the_log_and_lets_go_of_rows_that_go() {
    look_at_page(false);
    js_sys::eval(
        "globalThis.watched = new Set(); globalThis.made = 0;
         globalThis.Real ||= IntersectionObserver;
         globalThis.IntersectionObserver = class extends Real {
             constructor(...all) { super(...all); made++ }
             observe(it) { watched.add(it); super.observe(it) }
             unobserve(it) { watched.delete(it); super.unobserve(it) }
             disconnect() { watched.clear(); super.disconnect() }
         }",
    )
    .unwrap();
    let number = |name| js_sys::eval(name).unwrap().as_f64();
    let mut stage = Stage::with(reading()).await;
    stage.fill(0..5).await;
    stage.insert(5, mine(9, "Mine", RowState::Sent));
    frame().await;
    assert_eq!(number("made"), Some(1.0));
    assert_eq!(number("watched.size"), Some(5.0));
    stage.state.apply(&Change::Removed(Key(2)));
    frame().await;
    assert_eq!(number("watched.size"), Some(4.0));
    stage.mounted.take();
    frame().await;
    assert_eq!(number("watched.size"), Some(0.0));
    drop(stage);
    let stage = Stage::new().await;
    stage.fill(0..5).await;
    assert_eq!(number("made"), Some(1.0), "nobody wants to know");
    js_sys::eval("globalThis.IntersectionObserver = Real").unwrap();
}

// ---- The picture in full ----

/// The address of a picture that loads.
async fn picture() -> String {
    let script = "new OffscreenCanvas(8, 8).getContext('2d').canvas.convertToBlob().then(URL.createObjectURL)";
    let url: js_sys::Promise = js_sys::eval(script).unwrap().unchecked_into();
    let url = wasm_bindgen_futures::JsFuture::from(url).await;
    url.unwrap().as_string().unwrap()
}

#[wasm_bindgen_test]
async fn a_picture_opens_in_full_and_gives_the_focus_back() {
    let stage = Stage::new().await;
    stage.insert(0, file(1, FileKind::Image, &picture().await));
    frame().await;
    let picture = stage.get("article button.picture");
    assert_eq!(
        picture
            .query_selector("img")
            .unwrap()
            .unwrap()
            .get_attribute("alt"),
        Some("plan.pdf".into())
    );
    let open = async || {
        picture.focus().unwrap();
        picture.click();
        frame().await;
        stage.get("dialog[part=viewer][open]")
    };
    let layer = open().await;
    assert_eq!(
        layer.get_attribute("aria-label").as_deref(),
        Some("plan.pdf")
    );
    let focused = || stage.focused().unwrap().get_attribute("aria-label");
    assert_eq!(focused().as_deref(), Some("Close picture"));
    let window = web_sys::window().unwrap();
    let size = layer.get_bounding_client_rect();
    assert_eq!(
        (Some(size.width()), Some(size.height())),
        (
            window.inner_width().unwrap().as_f64(),
            window.inner_height().unwrap().as_f64()
        )
    );
    stage.get("dialog img").click();
    frame().await;
    assert!(stage.find("dialog").is_some(), "a click on it keeps it");
    stage.click("Close picture").await;
    sleep(50).await;
    assert!(stage.find("dialog").is_none());
    assert!(stage.focused().unwrap().is_same_node(Some(&picture)));

    let layer = open().await;
    stage.press("dialog img", "Escape");
    assert_eq!(*stage.closed.borrow(), 0, "the panel stays");
    on(&layer, "it.requestClose ? it.requestClose() : it.close()");
    sleep(50).await;
    assert!(stage.find("dialog").is_none());
    let layer = open().await;
    layer.click();
    sleep(50).await;
    assert!(stage.find("dialog").is_none(), "a click beside it closes");
    open().await;
    stage.state.set_open(false);
    sleep(50).await;
    assert!(stage.find("dialog").is_none(), "it goes with the panel");
}

#[wasm_bindgen_test]
async fn a_picture_in_full_leads_to_the_picture_itself() {
    let stage = Stage::new().await;
    let url = "https://nowhere.invalid/a.png";
    stage.insert(0, file(1, FileKind::Image, url));
    frame().await;
    stage.get(".picture").click();
    frame().await;
    let link = stage.get("dialog a[target=_blank][rel='noopener noreferrer']");
    assert_eq!(link.text_content().as_deref(), Some("Open in a new tab"));
    assert_eq!(link.get_attribute("href").as_deref(), Some(url));
}

#[wasm_bindgen_test]
async fn a_picture_from_memory_opens_without_a_way_to_a_page() {
    let stage = Stage::with(with_files()).await;
    let url = picture().await;
    stage.insert(0, my_file(1, FileKind::Image, &url, RowState::Sending));
    stage.insert(1, my_file(2, FileKind::Image, "", RowState::Sending));
    frame().await;
    stage.get("[data-key='1'] .picture").click();
    frame().await;
    assert_eq!(stage.count("dialog[open]"), 1);
    assert_eq!(stage.count("dialog a"), 0);
    stage.click("Close picture").await;
    sleep(50).await;
    assert_eq!(stage.count("[data-key='2'] .picture"), 0, "nothing to open");
    assert_eq!(stage.text("[data-key='2'] .frame"), "plan.pdf");
}

// ---- Sounds ----

#[wasm_bindgen_test]
async fn sounds_are_muted_and_unmuted_in_the_menu() {
    let stage = Stage::new().await;
    stage.click("More options").await;
    assert!(stage.button("Mute sounds").is_none(), "there are none");
    drop(stage);
    let mut options = options();
    options.sound = true;
    let stage = Stage::with(options.clone()).await;
    stage.click("More options").await;
    assert_eq!(
        stage.text("[role=menuitem]:first-child"),
        "Mute sounds",
        "in the order of the contract"
    );
    stage.click("Mute sounds").await;
    assert_eq!(stage.muted.get(), Some(true));
    stage.click("More options").await;
    stage.click("Unmute sounds").await;
    assert_eq!(stage.muted.get(), Some(false));
    drop(stage);
    options.muted = true;
    let stage = Stage::with(options).await;
    stage.click("More options").await;
    assert!(stage.button("Unmute sounds").is_some());
}

// ---- The end ----

#[wasm_bindgen_test]
async fn dropping_the_handle_ends_uploads_menus_pictures_and_watches() {
    frame().await;
    count_timers();
    let window = web_sys::window().unwrap();
    count_listeners(&window);
    let before = open_timers();
    let mut stage = Stage::with(Options {
        traits: concierge_core::Traits {
            upload: true,
            ..reading().traits
        },
        ..options()
    })
    .await;
    stage.fill(0..3).await;
    stage.insert(3, my_file(8, FileKind::Other, "", RowState::Uploading(3)));
    stage.insert(4, file(9, FileKind::Image, "https://nowhere.invalid/a.png"));
    frame().await;
    drag(&stage.get("[part=log]"), "dragover", "['a.png']", "");
    stage.get(".picture").click();
    open_actions(&stage, 2).await;
    assert_eq!(listeners(&window), 1);
    stage.mounted.take();
    frame().await;
    assert_eq!(stage.container.child_nodes().length(), 0);
    assert_eq!(listeners(&window), 0);
    assert_eq!(open_timers(), before);
    stage.took();
    come_back();
    sleep(200).await;
    assert_eq!(stage.took(), []);
}

#[wasm_bindgen_test]
async fn what_the_content_says_stays_text_everywhere() {
    let stage = Stage::with(with_files()).await;
    let mut row = my_file(
        1,
        FileKind::Image,
        "https://nowhere.invalid/a.png",
        RowState::Sent,
    );
    let name = "<img src=x onerror=alert(1)>";
    if let Content::File(file) = &mut row.content {
        file.name = name.into();
    }
    stage.insert(0, row);
    frame().await;
    stage.get(".picture").click();
    frame().await;
    assert_eq!(stage.text(".viewer-name"), name);
    assert_eq!(stage.count("dialog img"), 1);
}
