//! The list of conversations and who types, as a visitor meets them, in a real
//! browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

mod common;

use common::*;
use concierge_core::{
    Action, Change, Conversation, ConversationId, Key, Reason, Room, RowState, Status, Timestamp,
};
use concierge_widget::view::Options;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, HtmlInputElement, InputEvent};

wasm_bindgen_test_configure!(run_in_browser);

fn with_rooms() -> Options {
    let mut options = options();
    options.traits.rooms = true;
    options.traits.reopen = true;
    options.traits.typing = true;
    options
}

const MINUTE: i64 = 60_000;

fn room(id: &str, title: &str, last: &str, minutes: i64, unread: u32) -> Room {
    Room {
        id: ConversationId(id.into()),
        title: title.into(),
        last: last.into(),
        at: Timestamp(js_sys::Date::now() as i64 - minutes * MINUTE),
        unread,
    }
}

fn some() -> Vec<Room> {
    vec![
        room("c1", "Order #5512", "It is on its way", 5, 2),
        room("c2", "", "", 60 * 24, 0),
        room("c3", "Refund", "Thank you", 60 * 24 * 30, 1),
    ]
}

async fn list(stage: &Stage, rooms: Vec<Room>) {
    stage.state.apply(&Change::Conversation(Conversation::None));
    stage.state.apply(&Change::Rooms(Some(rooms)));
    frame().await;
}

async fn open(stage: &Stage, id: &str) {
    let id = ConversationId(id.into());
    stage
        .state
        .apply(&Change::Conversation(Conversation::Open(id)));
    frame().await;
}

fn described(stage: &Stage, button: &HtmlElement) -> String {
    let ids = button.get_attribute("aria-describedby").unwrap();
    let text = |id| stage.root.get_element_by_id(id).unwrap().text_content();
    let texts: Vec<String> = ids.split(' ').filter_map(text).collect();
    texts.join("|")
}

fn is_shown(element: &HtmlElement) -> bool {
    element.offset_height() > 0
}

#[wasm_bindgen_test]
async fn conversations_are_listed_while_none_is_open() {
    let stage = Stage::with(with_rooms()).await;
    assert!(stage.find("[part=conversations]").is_none());
    list(&stage, some()).await;
    let all = stage.get("ul[part=conversations][aria-label=Conversations]");
    assert_eq!(all.query_selector_all("li > button").unwrap().length(), 3);
    let first = stage.button("Order #5512").unwrap();
    assert_eq!(
        described(&stage, &first),
        "It is on its way|5 minutes ago|22 unread messages",
        "the number is hidden from who hears the sentence"
    );
    assert!(stage.find(".pill[aria-hidden=true]").is_some());
    let second = stage
        .button("Conversation")
        .expect("one without a name has one");
    assert_eq!(described(&stage, &second), "|yesterday|");
    let third = stage.button("Refund").unwrap();
    assert_eq!(
        described(&stage, &third),
        "Thank you|4 weeks ago|11 unread message"
    );
    assert!(!is_shown(&stage.get("[part=log]")));
    assert!(!is_shown(&stage.get("[part=composer]")));
    assert!(stage.find("[part=back]").is_none());
    assert!(stage.find("[type=search]").is_none());
    third.click();
    assert_eq!(
        stage.took(),
        [Action::OpenRoom(ConversationId("c3".into()))]
    );
}

#[wasm_bindgen_test]
async fn an_entry_keeps_its_nodes_when_the_list_is_told_anew() {
    let stage = Stage::with(with_rooms()).await;
    list(&stage, some()).await;
    let refund = stage.button("Refund").unwrap();
    refund.focus().unwrap();
    let mut rooms = some();
    let mut moved = rooms.remove(2);
    moved.last = "One more thing".into();
    moved.unread = 2;
    rooms.insert(0, moved);
    stage.state.apply(&Change::Rooms(Some(rooms)));
    frame().await;
    let first = stage.get("[part=conversations] li:first-child button");
    assert!(first.is_same_node(Some(&refund)));
    assert!(first.text_content().unwrap().contains("One more thing"));
    assert!(refund.has_attribute("data-unread"));
}

#[wasm_bindgen_test]
async fn the_way_there_and_back_keeps_the_focus() {
    let stage = Stage::with(with_rooms()).await;
    list(&stage, some()).await;
    let entry = stage.button("Refund").unwrap();
    entry.focus().unwrap();
    entry.click();
    open(&stage, "c3").await;
    assert!(stage.find("[part=conversations]").is_none());
    assert_eq!(stage.focused().unwrap().tag_name(), "TEXTAREA");
    assert_eq!(stage.text(".title"), "Refund");
    stage.took();
    let back = stage.get("button[part=back][aria-label='Back to conversations']");
    back.focus().unwrap();
    back.click();
    assert_eq!(stage.took(), [Action::ShowRooms]);
    list(&stage, some()).await;
    let focused = stage.focused().unwrap();
    assert_eq!(
        focused.get_attribute("aria-label").as_deref(),
        Some("Refund")
    );
    assert_eq!(stage.text(".title"), "Front desk");
}

#[wasm_bindgen_test]
async fn another_conversation_is_shown_from_its_end() {
    let stage = Stage::with(with_rooms()).await;
    stage.fill(0..60).await;
    stage.get("[part=log]").set_scroll_top(0);
    frame().await;
    assert!(stage.find("[part=jump]").is_some());
    for key in 0..60 {
        stage.state.apply(&Change::Removed(Key(key)));
    }
    list(&stage, some()).await;
    stage.fill(100..160).await;
    open(&stage, "c3").await;
    frame().await;
    let log = stage.get("[part=log]");
    assert_eq!(log.scroll_top(), log.scroll_height() - log.client_height());
    assert!(log.scroll_top() > 0 && stage.find("[part=jump]").is_none());
}

#[wasm_bindgen_test]
async fn a_focus_elsewhere_is_left_there() {
    let stage = Stage::with(with_rooms()).await;
    let elsewhere: HtmlElement = document()
        .create_element("button")
        .unwrap()
        .unchecked_into();
    document().body().unwrap().append_child(&elsewhere).unwrap();
    elsewhere.focus().unwrap();
    list(&stage, some()).await;
    open(&stage, "c1").await;
    assert!(
        document()
            .active_element()
            .unwrap()
            .is_same_node(Some(&elsewhere))
    );
    elsewhere.remove();
}

#[wasm_bindgen_test]
async fn the_first_list_takes_the_focus_of_the_composer() {
    let stage = Stage::with(with_rooms()).await;
    assert_eq!(stage.focused().unwrap().tag_name(), "TEXTAREA");
    list(&stage, some()).await;
    // The stage's own conversation was open: it is the first.
    let focused = stage.focused().unwrap();
    assert_eq!(
        focused.get_attribute("aria-label").as_deref(),
        Some("Order #5512")
    );
}

#[wasm_bindgen_test]
async fn many_conversations_can_be_searched() {
    let stage = Stage::with(with_rooms()).await;
    let ten: Vec<Room> = (0..10)
        .map(|n| room(&format!("n{n}"), &format!("Stay {n}"), "", n, 0))
        .collect();
    list(&stage, ten.clone()).await;
    assert!(stage.find("[type=search]").is_none());
    let mut eleven = ten;
    eleven.push(room("x", "Ärger", "The Lamp is broken", 90, 0));
    stage.state.apply(&Change::Rooms(Some(eleven)));
    frame().await;
    let field: HtmlInputElement = stage
        .get("input[type=search][aria-label='Search conversations']")
        .unchecked_into();
    let count = || stage.count("[part=conversations] > li");
    for (query, found) in [
        ("lamp", 1),
        ("ärG", 1),
        (" stay ", 10),
        ("", 11),
        ("zebra", 0),
    ] {
        field.set_value(query);
        field
            .dispatch_event(&InputEvent::new("input").unwrap())
            .unwrap();
        frame().await;
        assert_eq!(count(), found, "{query}");
    }
    assert!(
        stage
            .text(".nothing[role=status]")
            .starts_with("Nothing found")
    );
    assert!(!is_shown(&stage.get("[part=conversations]")));
}

#[wasm_bindgen_test]
async fn an_empty_list_says_so_and_a_new_chat_can_be_started() {
    let stage = Stage::with(with_rooms()).await;
    list(&stage, Vec::new()).await;
    assert!(stage.text(".nothing").starts_with("No conversations yet"));
    stage.click("Start a new chat").await;
    assert_eq!(stage.took(), [Action::StartConversation]);
    // The session begins with no list and no conversation.
    stage.state.apply(&Change::Rooms(None));
    frame().await;
    assert!(is_shown(&stage.get("[part=composer]")));
    assert_eq!(stage.text(".greeting"), "How can we help?");
    assert!(stage.find("[part=back]").is_some());
}

#[wasm_bindgen_test]
async fn where_no_chat_can_be_begun_no_button_says_so() {
    let mut options = with_rooms();
    options.traits.begin = false;
    let stage = Stage::with(options).await;
    list(&stage, some()).await;
    assert!(stage.button("Start a new chat").is_none());
}

#[wasm_bindgen_test]
async fn the_banner_lies_over_the_list() {
    let stage = Stage::with(with_rooms()).await;
    list(&stage, some()).await;
    stage.connect(Status::Offline, Reason::DeviceOffline);
    frame().await;
    let banner = stage.get("[part=banner]").get_bounding_client_rect();
    let at = stage
        .root
        .element_from_point(banner.x() as f32 + 20.0, banner.y() as f32 + 10.0);
    assert!(at.is_some_and(|at| at.closest("[part=banner]").unwrap().is_some()));
}

#[wasm_bindgen_test]
async fn a_system_with_one_conversation_has_no_list() {
    let stage = Stage::new().await;
    list(&stage, Vec::new()).await;
    assert!(stage.find("[part=back], [part=conversations]").is_none());
}

// ---- Where a message opens a chat again ----

#[wasm_bindgen_test]
async fn a_chat_that_has_ended_can_be_written_to_and_another_one_begun() {
    let stage = Stage::with(with_rooms()).await;
    let id = ConversationId("c1".into());
    stage
        .state
        .apply(&Change::Conversation(Conversation::Ended(id)));
    frame().await;
    assert!(
        stage
            .text("[part=ended][role=status]")
            .starts_with("This chat has ended")
    );
    assert!(is_shown(&stage.get("[part=composer]")));
    stage.write("One more thing").await;
    stage.click("Send").await;
    stage.click("Start a new chat").await;
    assert_eq!(
        stage.took(),
        [
            Action::Draft("One more thing".into()),
            Action::Send("One more thing".into()),
            Action::StartConversation,
        ]
    );
}

// ---- Typing ----

#[wasm_bindgen_test]
async fn who_types_is_told_and_nothing_moves() {
    let stage = Stage::with(with_rooms()).await;
    stage.insert(0, theirs(1, "Hello"));
    stage.insert(1, mine(2, "Hi", RowState::Sent));
    // They move in.
    sleep(250).await;
    let place = || {
        let rect = stage
            .get("article[data-key='2']")
            .get_bounding_client_rect();
        (
            rect.y(),
            rect.bottom(),
            stage.get("[part=log]").client_height(),
        )
    };
    let before = place();
    stage.state.apply(&Change::Typing(Some("Ploy".into())));
    frame().await;
    assert_eq!(stage.text("[part=typing][role=status]"), "Ploy is typing");
    assert_eq!(place(), before);
    let line = stage.get("[part=typing]").get_bounding_client_rect();
    assert!(line.y() >= before.1, "it covers no message");
    stage.state.apply(&Change::Typing(Some(String::new())));
    frame().await;
    assert_eq!(stage.text("[part=typing]"), "Typing…");
    stage.state.apply(&Change::Typing(None));
    frame().await;
    assert!(stage.find("[part=typing]").is_none());
    assert_eq!(place(), before);
}
