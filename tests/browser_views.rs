//! What a visitor sees and does, in a real browser: changes go in, the DOM is
//! looked at, and the actions that come out are read.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "what panics here is a failed test")]

mod common;

use common::*;
use concierge_core::{
    Action, Author, Change, Connection, Content, Conversation, ConversationId, Event, Failure,
    FileKind, Instant, Key, MessageId, Notice, Older, Reason, RowState, Status, Timestamp,
};
use concierge_widget::view::Problem;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, KeyboardEventInit};

wasm_bindgen_test_configure!(run_in_browser);

// ---- Structure ----

#[wasm_bindgen_test]
async fn the_parts_have_their_roles_and_names() {
    let stage = Stage::new().await;
    for (selector, name) in [
        ("[part=panel][role=dialog]", "Front desk"),
        (
            "[part=log][role=log][aria-live=off][tabindex='0']",
            "Messages",
        ),
        ("button[part=close]", "Close chat"),
        ("button[part=menu][aria-haspopup=menu]", "More options"),
        ("textarea[part=composer]", "Message"),
        ("button[part=send]", "Send"),
    ] {
        let label = stage.get(selector).get_attribute("aria-label");
        assert_eq!(label.as_deref(), Some(name), "{selector}");
    }
    assert_eq!(stage.text(".greeting"), "How can we help?");
    assert_eq!(stage.count(".panel [style]"), 0, "styles come from sheets");
}

#[wasm_bindgen_test]
async fn a_message_tells_everything_by_attributes_and_by_its_name() {
    let stage = Stage::new().await;
    stage.insert(0, theirs(7, "Good morning"));
    stage.insert(1, mine(8, "Hello", RowState::Sent));
    frame().await;
    let message = stage.get("article[data-key='7']");
    for (name, value) in [
        ("part", "message"),
        ("data-id", "7"),
        ("data-author", "them"),
        ("data-kind", "text"),
        ("data-state", "received"),
    ] {
        assert_eq!(
            message.get_attribute(name).as_deref(),
            Some(value),
            "{name}"
        );
    }
    let own = stage.get("article[data-key='8']");
    assert!(!own.has_attribute("data-id"));
    let named_by = own.get_attribute("aria-labelledby").unwrap();
    let name: String = named_by
        .split(' ')
        .map(|id| {
            stage
                .root
                .get_element_by_id(id)
                .unwrap()
                .text_content()
                .unwrap()
        })
        .collect::<Vec<_>>()
        .join(" ");
    let time = own.query_selector("time").unwrap().unwrap();
    assert_eq!(
        name,
        format!("You Hello {}Sent", time.text_content().unwrap())
    );
}

#[wasm_bindgen_test]
async fn a_row_keeps_its_nodes_from_echo_to_receipt() {
    let stage = Stage::new().await;
    let mut row = mine(1, "Hello", RowState::Queued);
    stage.insert(0, row.clone());
    frame().await;
    let article = stage.get("article");
    let bubble = stage.get(".bubble");
    for state in [RowState::Sending, RowState::Sent, RowState::Seen] {
        row.id = Some(MessageId("m1".into()));
        row.state = state;
        stage.state.apply(&Change::Updated(row.clone()));
        frame().await;
        assert!(stage.get("article").is_same_node(Some(&article)));
        assert!(stage.get(".bubble").is_same_node(Some(&bubble)));
    }
    assert_eq!(article.get_attribute("data-id").as_deref(), Some("m1"));
    assert_eq!(article.get_attribute("data-state").as_deref(), Some("seen"));
    stage.insert(0, theirs(2, "Earlier"));
    stage.state.apply(&Change::Moved(Key(1), 0));
    frame().await;
    assert!(stage.get("article").is_same_node(Some(&article)));
    stage.state.apply(&Change::Removed(Key(1)));
    frame().await;
    assert_eq!(stage.count("article"), 1);
}

#[wasm_bindgen_test]
async fn days_and_groups_are_set_apart_and_one_tick_stands_for_a_run() {
    let stage = Stage::new().await;
    let now = js_sys::Date::now() as i64;
    let mut old = theirs(1, "Old");
    old.at = Timestamp(now - 40 * 24 * 3_600_000);
    stage.insert(0, old);
    stage.insert(1, mine(2, "One", RowState::Sent));
    stage.insert(2, mine(3, "Two", RowState::Sent));
    frame().await;
    assert_eq!(stage.count("[part=separator][role=separator]"), 2);
    assert_eq!(
        stage.text(".line:last-child").matches("Today").count()
            + stage.text(".line:nth-child(2)").matches("Today").count(),
        1
    );
    assert_eq!(stage.count(".line[data-first]"), 2);
    assert_eq!(stage.count(".tick .icon"), 1);
    assert!(stage.find("article[data-key='3'] .tick .icon").is_some());
}

// ---- Safety of what others wrote ----

#[wasm_bindgen_test]
async fn markup_stays_text() {
    let stage = Stage::new().await;
    let text = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    stage.insert(0, theirs(1, text));
    frame().await;
    assert_eq!(stage.text(".bubble"), text);
    assert_eq!(stage.count("article script, article img"), 0);
}

#[wasm_bindgen_test]
async fn only_harmless_addresses_become_links() {
    let stage = Stage::new().await;
    stage.insert(
        0,
        theirs(
            1,
            "https://a.example/x. javascript:alert(1) data:text/html,x",
        ),
    );
    frame().await;
    assert_eq!(stage.count("article a"), 1);
    let link = stage.get("article a");
    for (name, value) in [
        ("href", "https://a.example/x"),
        ("rel", "noopener noreferrer"),
        ("target", "_blank"),
    ] {
        assert_eq!(link.get_attribute(name).as_deref(), Some(value));
    }
}

/// What the bubble of a text holds, with its links in angle brackets.
async fn links_in(text: &str) -> String {
    let stage = Stage::new().await;
    stage.insert(0, theirs(1, text));
    frame().await;
    assert_eq!(stage.text(".bubble"), text, "all of it is there");
    let nodes = stage.get(".bubble").child_nodes();
    let written = (0..nodes.length()).filter_map(|index| {
        let node = nodes.item(index)?;
        let text = node.text_content()?;
        let link = node.dyn_ref::<HtmlElement>();
        Some(link.map_or(text, |link| {
            ["<", &link.get_attribute("href").unwrap_or_default(), ">"].concat()
        }))
    });
    written.collect()
}

#[wasm_bindgen_test]
async fn addresses_become_links_without_the_punctuation_around_them() {
    for (text, expected) in [
        (
            "See https://a.example/x, or (http://b.example/(y)).",
            "See <https://a.example/x>, or (<http://b.example/(y)>).",
        ),
        (
            "请看https://a.example/路径。",
            "请看<https://a.example/路径>。",
        ),
        (
            "mailto:desk@hotel.example TEL:+431234",
            "<mailto:desk@hotel.example> <TEL:+431234>",
        ),
        (
            "[https://a.example]…\n*tel:1*",
            "[<https://a.example>]…\n*<tel:1>*",
        ),
    ] {
        assert_eq!(links_in(text).await, expected);
    }
    let long = ["https://a.example/", &"x".repeat(5_000)].concat();
    assert_eq!(links_in(&long).await, ["<", &long, ">"].concat());
}

#[wasm_bindgen_test]
async fn nothing_else_becomes_a_link() {
    for text in [
        "javascript:alert(1)",
        "data:text/html,x",
        "xhttps://a.example",
        "https://",
        "hotel: 5",
        "ünïcode 字",
    ] {
        assert_eq!(links_in(text).await, text);
    }
}

#[wasm_bindgen_test]
async fn a_picture_is_made_smaller_and_never_larger() {
    let stage = Stage::new().await;
    for (key, (dimensions, size)) in [
        (Some((2_600, 1_000)), ["260", "100"]),
        (Some((100, 3_200)), ["48", "320"]),
        (Some((100, 80)), ["100", "80"]),
        (Some((0, 80)), ["260", "195"]),
        (None, ["260", "195"]),
    ]
    .into_iter()
    .enumerate()
    {
        let mut row = file(key as u32, FileKind::Image, "https://nowhere.invalid/a.png");
        if let Content::File(file) = &mut row.content {
            file.dimensions = dimensions;
        }
        stage.insert(key, row);
        frame().await;
        let image = stage.get(&format!("[data-key='{key}'] img"));
        let side = |name| image.get_attribute(name).unwrap_or_default();
        assert_eq!([side("width"), side("height")], size);
    }
}

#[wasm_bindgen_test]
async fn a_name_keeps_its_end() {
    let stage = Stage::new().await;
    for (key, (name, start, end)) in [
        ("quarterly report.pdf", "quarterly re", "port.pdf"),
        ("a.pdf", "", "a.pdf"),
        ("äöüäöüäöü", "ä", "öüäöüäöü"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut row = file(key as u32, FileKind::Other, "https://nowhere.invalid/a");
        if let Content::File(file) = &mut row.content {
            file.name = name.into();
        }
        stage.insert(key, row);
        frame().await;
        let part = |of: &str| stage.text(&format!("[data-key='{key}'] .name > {of}"));
        assert_eq!([part(".name-start"), part(":last-child")], [start, end]);
    }
}

#[wasm_bindgen_test]
async fn a_picture_from_a_script_address_is_not_shown() {
    let stage = Stage::new().await;
    for (key, url) in [
        "javascript:alert(1)",
        "data:image/svg+xml,<svg/>",
        "http://plain.example/a.png",
        "not a url",
    ]
    .iter()
    .enumerate()
    {
        stage.insert(key, file(key as u32, FileKind::Image, url));
    }
    stage.insert(9, file(9, FileKind::Other, "javascript:alert(1)"));
    frame().await;
    assert_eq!(stage.count("article img, article a"), 0);
    assert_eq!(stage.text(".gone"), "File no longer available");
    assert_eq!(stage.count("article[data-kind=file]"), 1);
}

#[wasm_bindgen_test]
async fn a_picture_has_its_room_before_it_comes_and_when_it_does_not() {
    let stage = Stage::new().await;
    stage.insert(0, file(0, FileKind::Image, "https://nowhere.invalid/a.png"));
    frame().await;
    let frame_of = || {
        let frame = stage.get(".frame");
        (frame.offset_width(), frame.offset_height())
    };
    let image = stage.get("article img");
    assert_eq!(image.get_attribute("width").as_deref(), Some("260"));
    assert_eq!(image.get_attribute("height").as_deref(), Some("100"));
    assert_eq!(image.get_attribute("loading").as_deref(), Some("lazy"));
    assert_eq!(frame_of(), (260, 100));
    image
        .dispatch_event(&web_sys::Event::new("error").unwrap())
        .unwrap();
    frame().await;
    assert_eq!(stage.text(".lost"), "File no longer available");
    assert_eq!(frame_of(), (260, 100));
}

#[wasm_bindgen_test]
async fn a_file_shows_its_name_and_size() {
    let stage = Stage::new().await;
    stage.insert(0, file(0, FileKind::Other, "https://a.example/plan.pdf"));
    frame().await;
    let card = stage.get("a.file");
    assert_eq!(
        card.get_attribute("href").as_deref(),
        Some("https://a.example/plan.pdf")
    );
    let label = card.query_selector(".aside").unwrap().unwrap();
    assert_eq!(label.text_content().as_deref(), Some("plan.pdf, 1.2 MB"));
}

// ---- Composer ----

#[wasm_bindgen_test]
async fn the_composer_has_the_focus_when_the_panel_opens() {
    let stage = Stage::new().await;
    assert!(
        stage
            .focused()
            .is_some_and(|at| at.tag_name() == "TEXTAREA")
    );
}

#[wasm_bindgen_test]
async fn enter_sends_and_the_session_empties_the_field() {
    let stage = Stage::new().await;
    stage.write("Hello ").await;
    assert_eq!(stage.took(), [Action::Draft("Hello ".into())]);
    assert!(!stage.press("textarea", "Enter"));
    assert_eq!(stage.took(), [Action::Send("Hello".into())]);
    assert_eq!(stage.field().value(), "Hello ", "kept until it is taken");
    stage.state.apply(&Change::Draft(String::new()));
    frame().await;
    assert_eq!(stage.field().value(), "");
    stage.press("textarea", "Enter");
    stage.click("Send").await;
    assert_eq!(stage.took(), [], "nothing is not sent");
}

#[wasm_bindgen_test]
async fn shift_enter_and_an_input_method_do_not_send() {
    let stage = Stage::new().await;
    stage.write("こん").await;
    stage.took();
    let shift = KeyboardEventInit::new();
    shift.set_key("Enter");
    shift.set_shift_key(true);
    assert!(
        stage.press_with("textarea", &shift),
        "the browser breaks the line"
    );
    let composing = KeyboardEventInit::new();
    composing.set_key("Enter");
    composing.set_is_composing(true);
    assert!(stage.press_with("textarea", &composing));
    let safari = KeyboardEventInit::new();
    safari.set_key("Enter");
    safari.set_key_code(229);
    assert!(stage.press_with("textarea", &safari));
    assert_eq!(stage.took(), []);
}

#[wasm_bindgen_test]
async fn a_restored_draft_stands_in_the_field_and_can_be_sent() {
    let stage = Stage::new().await;
    let send = stage.get("[part=send]");
    assert_eq!(send.get_attribute("aria-disabled").as_deref(), Some("true"));
    stage.state.apply(&Change::Draft("Half a thought".into()));
    frame().await;
    assert_eq!(stage.field().value(), "Half a thought");
    assert_eq!(
        send.get_attribute("aria-disabled").as_deref(),
        Some("false")
    );
    stage.click("Send").await;
    assert_eq!(stage.took(), [Action::Send("Half a thought".into())]);
}

#[wasm_bindgen_test]
async fn the_field_grows_to_six_lines() {
    let stage = Stage::new().await;
    let one = stage.field().offset_height();
    stage.write("1\n2\n3").await;
    let three = stage.field().offset_height();
    stage.write(&"line\n".repeat(40)).await;
    let six = stage.field().offset_height();
    assert_eq!((one, three, six), (40, 84, 150));
}

// ---- Fate of own messages ----

#[wasm_bindgen_test]
async fn a_failed_message_offers_retry_and_discard() {
    let stage = Stage::new().await;
    stage.insert(0, mine(5, "Hello", RowState::Failed(Failure::Unconfirmed)));
    frame().await;
    assert!(stage.text(".fate").starts_with("Not sent"));
    stage.click("Retry").await;
    stage.click("Discard").await;
    assert_eq!(
        stage.took(),
        [Action::Retry(Key(5)), Action::Discard(Key(5))]
    );
    let mut row = mine(5, "Hello", RowState::Sending);
    row.at = Timestamp(1);
    stage.state.apply(&Change::Updated(row));
    frame().await;
    assert!(stage.button("Retry").is_none());
}

#[wasm_bindgen_test]
async fn the_server_s_reason_is_told() {
    let stage = Stage::new().await;
    let failure = Failure::Refused(Some("Session is closed".into()));
    stage.insert(0, mine(5, "Hello", RowState::Failed(failure)));
    frame().await;
    assert!(
        stage
            .text(".fate")
            .starts_with("Not sent: Session is closed")
    );
}

#[wasm_bindgen_test]
async fn a_queued_message_can_be_discarded_while_the_server_is_away() {
    let stage = Stage::new().await;
    stage.insert(0, mine(5, "Hello", RowState::Queued));
    frame().await;
    assert!(stage.button("Discard").is_none(), "it will go at once");
    stage.connect(Status::Offline, Reason::DeviceOffline);
    frame().await;
    stage.click("Discard").await;
    assert_eq!(stage.took(), [Action::Discard(Key(5))]);
}

#[wasm_bindgen_test]
async fn an_unsent_message_says_so() {
    let stage = Stage::new().await;
    stage.insert(0, theirs(5, "Secret"));
    frame().await;
    let mut row = theirs(5, "Secret");
    row.state = RowState::Unsent;
    stage.state.apply(&Change::Updated(row));
    frame().await;
    assert_eq!(stage.text(".what"), "Message unsent");
    assert!(stage.find("article[data-state=unsent]").is_some());
}

// ---- Connection ----

#[wasm_bindgen_test]
async fn each_trouble_has_its_sentence_and_its_way_on() {
    let stage = Stage::new().await;
    for (status, reason, sentence, try_now) in [
        (
            Status::Offline,
            Reason::DeviceOffline,
            "You are offline. Messages will be sent when you are back.",
            false,
        ),
        (
            Status::Offline,
            Reason::Unreachable,
            "Cannot connect.",
            true,
        ),
        (
            Status::Offline,
            Reason::SignedOut,
            "Please sign in to chat.",
            true,
        ),
        (
            Status::Offline,
            Reason::TokenRefused,
            "Please sign in again to chat.",
            true,
        ),
        (
            Status::Offline,
            Reason::UrlTooLong,
            "Cannot connect.",
            false,
        ),
    ] {
        stage.connect(status, reason);
        frame().await;
        let banner = stage.get("[part=banner][role=status]");
        assert!(banner.text_content().unwrap().starts_with(sentence));
        assert_eq!(
            banner.get_attribute("data-connection").as_deref(),
            Some("offline")
        );
        assert_eq!(stage.button("Try now").is_some(), try_now, "{sentence}");
    }
    assert!(stage.find("[part=banner] a").is_some(), "the contact link");
    stage.connect(Status::Online, Reason::None);
    frame().await;
    assert!(stage.find("[part=banner]").is_none());
}

#[wasm_bindgen_test]
async fn the_countdown_counts_and_try_now_connects() {
    let stage = Stage::new().await;
    stage.connect(Status::Offline, Reason::Unreachable);
    frame().await;
    let now = web_sys::window().unwrap().performance().unwrap().now() as u64;
    stage.state.apply(&Change::Connection(Connection {
        status: Status::Waiting,
        reason: Reason::Unreachable,
        retry_at: Some(Instant(now + 4_900)),
    }));
    frame().await;
    assert_eq!(stage.text("[part=banner] > span"), "Reconnecting in 5 s");
    let button = stage.button("Try now").unwrap();
    sleep(1_100).await;
    assert_eq!(stage.text("[part=banner] > span"), "Reconnecting in 4 s");
    assert!(stage.button("Try now").unwrap().is_same_node(Some(&button)));
    stage.click("Try now").await;
    assert_eq!(stage.took(), [Action::Reconnect]);
}

#[wasm_bindgen_test]
async fn connecting_shows_after_half_a_second() {
    let stage = Stage::new().await;
    stage.connect(Status::Idle, Reason::None);
    frame().await;
    stage.connect(Status::Connecting, Reason::None);
    sleep(250).await;
    assert!(stage.find("[part=banner]").is_none());
    sleep(450).await;
    assert_eq!(stage.text("[part=banner]"), "Connecting…");
}

#[wasm_bindgen_test]
async fn a_lost_connection_does_not_show_at_once() {
    let stage = Stage::new().await;
    stage.connect(Status::Connecting, Reason::Lost);
    sleep(700).await;
    assert!(stage.find("[part=banner]").is_none());
}

// ---- Announcer ----

#[wasm_bindgen_test]
async fn an_incoming_message_is_announced_once() {
    let stage = Stage::new().await;
    let row = theirs(3, "Your taxi is here");
    stage.insert(0, row.clone());
    stage.state.hear(&Event::MessageReceived(row));
    frame().await;
    let region = "[aria-live=polite]";
    assert_eq!(stage.text(region), "New message: Your taxi is here");
    assert_eq!(stage.count("[part=log] [aria-live]"), 0);
    stage.state.hear(&Event::MessageFailed(Key(4)));
    frame().await;
    assert_eq!(stage.count("[aria-live=polite] p"), 2);
    stage.state.set_open(false);
    frame().await;
    let hidden = web_sys::window()
        .unwrap()
        .get_computed_style(&stage.get(region))
        .unwrap()
        .unwrap()
        .get_property_value("visibility")
        .unwrap();
    assert_eq!(hidden, "visible", "it speaks while the panel is closed");
}

#[wasm_bindgen_test]
async fn losing_and_regaining_the_network_is_announced() {
    let stage = Stage::new().await;
    stage.connect(Status::Offline, Reason::DeviceOffline);
    frame().await;
    stage.connect(Status::Online, Reason::None);
    frame().await;
    assert_eq!(
        stage.text("[aria-live=polite]"),
        "You are offline. Messages will be sent when you are back.Connected again."
    );
}

// ---- Scrolling ----

fn from_end(stage: &Stage) -> i32 {
    let log = stage.get("[part=log]");
    log.scroll_height() - log.client_height() - log.scroll_top()
}

#[wasm_bindgen_test]
async fn the_log_starts_at_its_end_and_follows_it() {
    let stage = Stage::new().await;
    stage.fill(0..40).await;
    assert!(from_end(&stage).abs() <= 1);
    assert!(stage.button("Jump to latest").is_none());
    stage.insert(40, theirs(100, "Another\nof\nfour\nlines"));
    frame().await;
    assert!(from_end(&stage).abs() <= 1);
}

#[wasm_bindgen_test]
async fn who_has_scrolled_up_is_not_moved_and_is_told_the_number() {
    let stage = Stage::new().await;
    stage.fill(0..40).await;
    let log = stage.get("[part=log]");
    log.set_scroll_top(400);
    frame().await;
    stage.insert(40, theirs(100, "One"));
    stage.insert(41, theirs(101, "Two"));
    frame().await;
    assert_eq!(log.scroll_top(), 400);
    let jump = stage.button("Jump to latest").unwrap();
    assert_eq!(jump.text_content().as_deref(), Some("2"));
    stage.click("Jump to latest").await;
    assert!(from_end(&stage).abs() <= 1);
    assert!(stage.button("Jump to latest").is_none());
}

#[wasm_bindgen_test]
async fn an_own_message_is_always_brought_into_view() {
    let stage = Stage::new().await;
    stage.fill(0..40).await;
    stage.get("[part=log]").set_scroll_top(400);
    frame().await;
    stage.insert(40, mine(100, "Mine", RowState::Queued));
    frame().await;
    assert!(from_end(&stage).abs() <= 1);
}

#[wasm_bindgen_test]
async fn earlier_messages_are_asked_for_at_the_top_and_come_in_above_without_a_jump() {
    let stage = Stage::new().await;
    stage.state.apply(&Change::Older(Older::More));
    stage.fill(1_000..1_040).await;
    stage.took();
    let log = stage.get("[part=log]");
    log.set_scroll_top(60);
    frame().await;
    assert_eq!(stage.took(), [Action::LoadOlder]);
    stage.state.apply(&Change::Older(Older::Loading));
    let seen = stage.get("article[data-key='1002']");
    let before = seen.get_bounding_client_rect().top();
    stage.fill(0..20).await;
    assert!((seen.get_bounding_client_rect().top() - before).abs() < 1.5);
    stage.state.apply(&Change::Older(Older::End));
    frame().await;
    assert_eq!(stage.took(), []);
}

#[wasm_bindgen_test]
async fn a_divider_stands_where_the_unread_begins() {
    let stage = Stage::new().await;
    stage.fill(0..10).await;
    stage.state.set_open(false);
    stage.insert(10, theirs(10, "While you were away"));
    stage.insert(11, theirs(11, "And again"));
    stage.state.apply(&Change::Unread(2));
    stage.state.set_open(true);
    stage.state.apply(&Change::Unread(0));
    frame().await;
    assert_eq!(stage.count(".separator.unread"), 1);
    let line = stage.get(".separator.unread").parent_element().unwrap();
    assert!(line.query_selector("[data-key='10']").unwrap().is_some());
    stage.state.set_open(false);
    stage.state.set_open(true);
    frame().await;
    assert_eq!(stage.count(".separator.unread"), 0);
}

#[wasm_bindgen_test]
async fn more_unread_than_fits_is_shown_from_its_beginning() {
    let stage = Stage::new().await;
    stage.fill(0..40).await;
    stage.state.set_open(false);
    stage.state.apply(&Change::Unread(30));
    stage.state.set_open(true);
    frame().await;
    let log = stage.get("[part=log]").get_bounding_client_rect();
    let divider = stage.get(".unread").get_bounding_client_rect();
    assert!(divider.top() >= log.top() && divider.bottom() < log.top() + 120.0);
    assert!(stage.button("Jump to latest").is_some());
}

// ---- Keys ----

fn focused_key(stage: &Stage) -> Option<String> {
    stage.focused()?.get_attribute("data-key")
}

#[wasm_bindgen_test]
async fn arrows_move_between_messages() {
    let stage = Stage::new().await;
    stage.fill(0..5).await;
    stage.get("[part=log]").focus().unwrap();
    for (key, expected) in [
        ("ArrowUp", "4"),
        ("ArrowUp", "3"),
        ("Home", "0"),
        ("ArrowUp", "0"),
        ("ArrowDown", "1"),
        ("End", "4"),
    ] {
        let at = focused_key(&stage).map_or("[part=log]".to_owned(), |at| {
            format!("article[data-key='{at}']")
        });
        stage.press(&at, key);
        assert_eq!(focused_key(&stage).as_deref(), Some(expected), "{key}");
    }
    assert_eq!(stage.count("article[tabindex='0']"), 1);
}

#[wasm_bindgen_test]
async fn the_menu_is_worked_by_keys_and_escape_closes_it_before_the_panel() {
    let stage = Stage::new().await;
    stage.press("[part=menu]", "ArrowDown");
    frame().await;
    let focused = || stage.focused().unwrap().text_content().unwrap();
    assert_eq!(focused(), "Download transcript");
    stage.press("[role=menuitem]:first-child", "ArrowDown");
    assert_eq!(focused(), "End chat");
    // Other keys are the item's: Enter presses the one that has the focus.
    for key in ["Enter", " ", "Shift", "e"] {
        assert!(stage.press("[role=menuitem]:last-of-type", key), "{key}");
        assert_eq!(focused(), "End chat", "{key}");
    }
    stage.press("[role=menuitem]:last-of-type", "ArrowDown");
    assert_eq!(focused(), "Download transcript");
    stage.press("[role=menuitem]", "End");
    assert_eq!(focused(), "End chat");
    stage.press("[role=menuitem]", "Escape");
    frame().await;
    assert_eq!(stage.count("[role=menu]"), 0);
    let focused = stage.focused().unwrap().get_attribute("aria-label");
    assert_eq!(focused.as_deref(), Some("More options"));
    assert_eq!(*stage.closed.borrow(), 0);
    stage.press("textarea", "Escape");
    assert_eq!(*stage.closed.borrow(), 1);
}

#[wasm_bindgen_test]
async fn ending_the_chat_asks_first() {
    let stage = Stage::new().await;
    stage.click("More options").await;
    stage.click("End chat").await;
    assert_eq!(stage.took(), []);
    assert_eq!(
        stage.focused().and_then(|at| at.text_content()).as_deref(),
        Some("Cancel")
    );
    stage.press(".confirm button", "Escape");
    frame().await;
    assert!(stage.find(".confirm").is_none());
    assert_eq!(*stage.closed.borrow(), 0);
    stage.click("More options").await;
    stage.click("End chat").await;
    stage.click("End chat").await;
    assert_eq!(stage.took(), [Action::EndConversation]);
}

// ---- Ends and troubles ----

#[wasm_bindgen_test]
async fn an_ended_chat_stays_readable_and_can_be_begun_anew() {
    let stage = Stage::new().await;
    stage.insert(0, theirs(1, "Goodbye"));
    stage
        .state
        .apply(&Change::Conversation(Conversation::Ended(ConversationId(
            "c1".into(),
        ))));
    frame().await;
    assert!(
        stage
            .text("[part=ended][role=status]")
            .starts_with("This chat has ended")
    );
    assert_eq!(stage.field().offset_parent(), None, "no composer");
    assert_eq!(stage.count("article"), 1);
    stage.click("Start a new chat").await;
    assert_eq!(stage.took(), [Action::StartConversation]);
}

#[wasm_bindgen_test]
async fn where_a_message_reopens_the_chat_the_composer_stays() {
    let mut options = options();
    options.traits.reopen = true;
    let stage = Stage::with(options).await;
    stage
        .state
        .apply(&Change::Conversation(Conversation::Ended(ConversationId(
            "c1".into(),
        ))));
    frame().await;
    assert!(stage.find("[part=ended]").is_some());
    assert!(stage.field().offset_parent().is_some());
}

#[wasm_bindgen_test]
async fn a_text_that_is_too_long_is_told_with_sizes() {
    let stage = Stage::new().await;
    stage.state.apply(&Change::Notice(Some(Notice::TooLong {
        bytes: 40_960,
        limit: 32_768,
    })));
    frame().await;
    let notice = stage.text("[part=error][role=alert]");
    assert!(notice.contains("40 kB of 32 kB"), "{notice}");
    stage.click("Dismiss").await;
    assert_eq!(stage.took(), [Action::DismissNotice]);
}

#[wasm_bindgen_test]
async fn a_chat_that_cannot_be_used_leads_elsewhere() {
    let stage = Stage::new().await;
    stage.state.set_problem(Some(Problem::Settings));
    frame().await;
    let link = stage.get("[part=error][role=alert] a");
    assert_eq!(
        link.get_attribute("href").as_deref(),
        Some("https://hotel.example/contact")
    );
    assert_eq!(stage.field().offset_parent(), None);
    stage.state.set_problem(None);
    frame().await;
    assert!(stage.field().offset_parent().is_some());
}

#[wasm_bindgen_test]
async fn an_inline_panel_is_open_without_close_button_and_takes_no_focus() {
    let mut options = options();
    options.inline = true;
    let stage = Stage::with(options).await;
    assert!(stage.find("[part=close]").is_none());
    assert!(stage.focused().is_none());
    stage.press("textarea", "Escape");
    assert_eq!(*stage.closed.borrow(), 0);
}

// ---- The end ----

#[wasm_bindgen_test]
async fn dropping_the_handle_leaves_no_node_no_listener_and_no_timer() {
    // The story before this one ends a moment after it.
    frame().await;
    count_timers();
    let viewport = web_sys::window().unwrap().visual_viewport().unwrap();
    count_listeners(&viewport);
    let before = open_timers();
    let mut stage = Stage::new().await;
    stage.fill(0..3).await;
    stage.insert(3, mine(3, "Hello", RowState::Failed(Failure::TooLong)));
    stage.state.hear(&Event::MessageFailed(Key(3)));
    stage.state.apply(&Change::Connection(Connection {
        status: Status::Waiting,
        reason: Reason::Unreachable,
        retry_at: Some(Instant(u64::from(u32::MAX))),
    }));
    stage.connect(Status::Connecting, Reason::Lost);
    stage.click("More options").await;
    assert!(open_timers() > before);
    assert_eq!(listeners(&viewport), 2);
    let field = stage.field();
    stage.took();
    stage.mounted.take();
    frame().await;
    assert_eq!(stage.container.child_nodes().length(), 0);
    assert_eq!(open_timers(), before);
    assert_eq!(listeners(&viewport), 0);
    let event = web_sys::InputEvent::new("input").unwrap();
    field.dispatch_event(&event).unwrap();
    assert_eq!(stage.took(), []);
    // What comes late goes nowhere, and breaks nothing.
    stage.insert(9, theirs(9, "Late"));
    stage.state.set_open(false);
    frame().await;
}

#[wasm_bindgen_test]
async fn a_system_line_is_neither_mine_nor_theirs() {
    let stage = Stage::new().await;
    let mut line = row(1, Author::System, "Marta joined", RowState::Received);
    line.content = Content::Text("Marta joined".into());
    stage.insert(0, line);
    frame().await;
    let message = stage.get("article[data-author=system]");
    assert!(message.dyn_ref::<web_sys::Element>().is_some());
    assert!(message.query_selector(".tick").unwrap().is_none());
}
