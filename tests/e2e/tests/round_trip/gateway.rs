//! The gateway and its faults: handshakes, closes, errors, silence.

use concierge_core::{Action, Ask, Event, Failure, Notice, Reason, RowState, Status};
use serde_json::{Value, json};

use crate::shell::{PageToken, Shell};
use crate::{calls, chatting, server};

const INIT: &str = "client/init-chat-with-concierge";
const SESSION: &str = "client/get-chat-session";
const HISTORY: &str = "client/get-chat-messages";
const PING: &str = "client/ping-on-chat-session";
const SEND: &str = "client/send-message";
const DELETE: &str = "client/delete-message";
const SEEN: &str = "client/update-message-seen-at";
const UNREAD: &str = "client/get-unread-msg-count";
const END: &str = "client/end-chat-with-concierge";

// ---- handshakes and tokens ----

#[tokio::test]
async fn handshakes_that_fail_are_left_to_the_visitor_after_five() {
    for fault in ["refuse_401", "refuse_403", "429", "502", "hang"] {
        let server = server().await;
        server.switch(json!({"handshake": fault})).await;
        let mut shell = Shell::new(&server, "round-trip");
        shell.input(concierge_core::Input::Start);
        shell.act(Action::OpenPanel);
        shell.say("Hello?");
        shell
            .soon(fault, |it| it.connection.status == Status::Offline)
            .await;
        assert_eq!(
            shell.mirror.connection.reason,
            Reason::Unreachable,
            "{fault}"
        );
        assert_eq!(shell.tries, 5, "{fault}");
        assert_eq!(shell.asked, [Ask::Any, Ask::Fresh, Ask::Fresh], "{fault}");
        shell.row("Hello?", &RowState::Queued).await;
        server.switch(json!({"handshake": "ok"})).await;
        shell.act(Action::Reconnect);
        shell.row("Hello?", &RowState::Sent).await;
        assert_eq!(server.texts().await, ["Hello?"], "{fault}");
    }
}

#[tokio::test]
async fn a_token_that_is_good_once_is_followed_by_another() {
    let (server, mut shell) = chatting(json!({"token": "one_time"})).await;
    shell.sent("before").await;
    server.drop_sockets().await;
    shell
        .until("lost", |it| it.connection.status != Status::Online)
        .await;
    shell.say("after");
    shell
        .soon("sent", |it| crate::shell::has(it, "after", &RowState::Sent))
        .await;
    assert!(shell.asked.contains(&Ask::Fresh));
    assert_eq!(server.texts().await, ["before", "after"]);
}

#[tokio::test]
async fn a_token_that_is_over_is_tried_once() {
    let server = server().await;
    let mut shell = Shell::new(&server, "round-trip");
    shell.page_token = PageToken::GoodFor(-5);
    shell.input(concierge_core::Input::Start);
    shell.act(Action::OpenPanel);
    shell
        .soon("offline", |it| it.connection.status == Status::Offline)
        .await;
    assert_eq!(shell.mirror.connection.reason, Reason::TokenRefused);
    assert!(shell.events.contains(&Event::TokenExpired));
    assert_eq!(shell.tries, 1, "for the clock may be wrong");

    shell.page_token = PageToken::None;
    shell.act(Action::Reconnect);
    shell
        .until("signed out", |it| it.connection.reason == Reason::SignedOut)
        .await;
    shell.page_token = PageToken::GoodFor(3_600);
    shell.act(Action::Reconnect);
    shell.online().await;
}

// ---- connections that end ----

#[tokio::test]
async fn whatever_closes_a_connection_with_a_message_on_it_loses_and_doubles_nothing() {
    for code in [1000, 1001, 1006, 1011] {
        for effect in [true, false] {
            let (server, mut shell) = chatting(json!({})).await;
            shell.sent("before").await;
            server
                .switch(json!({
                    "silent_route": {SEND: {"effect": effect, "times": 1}},
                    // Init, history and the first message were frames, too.
                    "close": {"code": code, "after_frames": 4, "times": 1},
                }))
                .await;
            shell.say("on the wire");
            shell.row("on the wire", &RowState::Sending).await;
            shell.row("on the wire", &RowState::Sent).await;
            assert_eq!(shell.tries, 2, "{code}");
            let context = format!("{code}, effect: {effect}");
            assert_eq!(server.texts().await, ["before", "on the wire"], "{context}");
            assert_eq!(shell.texts(), ["before", "on the wire"], "{context}");
            assert_eq!(
                calls(&server, SEND).await,
                if effect { 2 } else { 3 },
                "{context}"
            );
        }
    }
}

#[tokio::test]
async fn a_message_for_which_the_gateway_closes_with_1009_has_failed() {
    let (server, mut shell) = chatting(json!({
        "silent_route": {SEND: {"times": 1}},
        "close": {"code": 1009, "after_frames": 3, "times": 1},
    }))
    .await;
    shell.say("large");
    shell
        .row("large", &RowState::Failed(Failure::TooLong))
        .await;
    shell.online().await;
    shell.sent("small").await;
    assert_eq!(server.texts().await, ["small"]);
}

#[tokio::test]
async fn the_largest_text_passes_and_a_larger_one_stays_in_the_composer() {
    let (server, mut shell) = chatting(json!({"too_large": "on"})).await;
    let text = "é".repeat(14_000);
    shell.sent(&text).await;
    assert_eq!(server.texts().await, [text]);
    shell.say(&"é".repeat(16_000));
    assert!(matches!(
        shell.mirror.notice,
        Some(Notice::TooLong { bytes, limit: 30_000 }) if bytes > 32_000
    ));
    assert_eq!(shell.mirror.rows.len(), 1);
    assert_eq!(shell.tries, 1);
}

#[tokio::test]
async fn a_connection_that_is_idle_or_old_comes_back() {
    for limit in [json!({"idle_s": 0.3}), json!({"life_s": 0.3})] {
        let (server, mut shell) = chatting(json!({})).await;
        server.switch(limit.clone()).await;
        shell
            .live_until("a third connection", |it| it.tries >= 3)
            .await;
        server.switch(json!({"idle_s": 600, "life_s": 7_200})).await;
        shell.sent("Still here").await;
        assert_eq!(server.texts().await, ["Still here"], "{limit}");
        assert_eq!(server.sessions().await.len(), 1, "{limit}");
    }
}

#[tokio::test]
async fn a_connection_is_replaced_before_its_row_expires() {
    // An expired row gets no events.
    let (server, mut shell) = chatting(json!({"expiry_s": 3})).await;
    let session = server.session().await;
    shell
        .live_until("a third connection", |it| it.tries >= 3)
        .await;
    shell.online().await;
    server.staff_says(&session, "You are still heard").await;
    shell.row("You are still heard", &RowState::Received).await;
    assert_eq!(server.sessions().await.len(), 1);
}

#[tokio::test]
async fn a_device_whose_events_another_one_took_fills_the_gap() {
    for (same_device, hears) in [("steal", false), ("both", true)] {
        let (server, mut first) =
            chatting(json!({"same_device": same_device, "init_existing": "same"})).await;
        let mut second = Shell::new(&server, "round-trip");
        second.open().await;
        let session = server.session().await;
        server.staff_says(&session, "To whom?").await;
        second.row("To whom?", &RowState::Received).await;
        // What it is told next comes after what it was not told.
        first.sent("I am here").await;
        assert_eq!(first.texts().len() == 2, hears, "{same_device}");
        server.drop_sockets().await;
        first
            .until("lost", |it| it.connection.status != Status::Online)
            .await;
        first.online().await;
        assert_eq!(first.texts(), ["To whom?", "I am here"], "{same_device}");
    }
}

// ---- errors ----

#[tokio::test]
async fn the_gateway_s_own_errors_are_looked_up_and_the_connection_stays() {
    for (value, effect, sends) in [
        ("forbidden", false, 2),
        ("internal", false, 2),
        ("internal", true, 1),
    ] {
        let (server, mut shell) = chatting(json!({})).await;
        server
            .switch(json!({"gateway_error":
                {"value": value, "effect": effect, "route": SEND, "times": 1}}))
            .await;
        shell.sent("Once").await;
        assert_eq!(server.texts().await, ["Once"], "{value} {effect}");
        assert_eq!(calls(&server, SEND).await, sends, "{value} {effect}");
        assert_eq!(shell.tries, 1, "{value} {effect}");
    }
}

#[tokio::test]
async fn a_route_that_the_gateway_forbids_for_good_fails_and_nothing_else_does() {
    let (server, mut shell) = chatting(json!({})).await;
    let forbidden = json!({"value": "forbidden", "route": SEND});
    server.switch(json!({"gateway_error": forbidden})).await;
    shell.say("Not this");
    let failed = RowState::Failed(Failure::Unconfirmed);
    shell.row("Not this", &failed).await;
    assert_eq!(shell.mirror.connection.status, Status::Online);
    assert_eq!((shell.tries, calls(&server, SEND).await), (1, 2));
    server.switch(json!({"gateway_error": "off"})).await;
    shell.act(Action::Retry(shell.key("Not this")));
    shell.row("Not this", &RowState::Sent).await;
    assert_eq!(server.texts().await, ["Not this"]);
}

async fn failing(route: &str, failure: Value) -> (concierge_e2e::Server, Shell) {
    chatting(json!({"fail_route": {route: failure}})).await
}

#[tokio::test]
async fn a_refused_message_shows_the_server_s_words_wherever_they_stand() {
    for place in ["message", "body.message"] {
        let refusal =
            json!({"status": 422, "message": "Not on Sundays", "place": place, "times": 1});
        let (server, mut shell) = failing(SEND, refusal).await;
        shell.say("Hello");
        let refused = Failure::Refused(Some("Not on Sundays".into()));
        shell.row("Hello", &RowState::Failed(refused)).await;
        shell.sent("And this?").await;
        shell.act(Action::Retry(shell.key("Hello")));
        shell.row("Hello", &RowState::Sent).await;
        assert_eq!(server.texts().await, ["And this?", "Hello"], "{place}");
    }
}

#[tokio::test]
async fn a_token_refused_on_any_route_that_matters_is_replaced() {
    for status in [401, 403] {
        for route in [INIT, HISTORY, SEND, PING] {
            let (server, mut shell) = failing(route, json!({"status": status, "times": 1})).await;
            shell.say("Hello");
            shell
                .soon("sent", |it| crate::shell::has(it, "Hello", &RowState::Sent))
                .await;
            shell.pass(35_000).await;
            shell.online().await;
            assert_eq!(shell.asked, [Ask::Any, Ask::Fresh], "{route}");
            assert_eq!(shell.tries, 2, "{route}");
            assert_eq!(server.texts().await, ["Hello"], "{route}");
        }
    }
}

#[tokio::test]
async fn a_beginning_that_is_refused_is_said_so_and_tried_again() {
    let server = server().await;
    let refusal = json!({"status": 503, "message": "Back at nine"});
    server.switch(json!({"fail_route": {INIT: refusal}})).await;
    let mut shell = Shell::new(&server, "round-trip");
    shell.input(concierge_core::Input::Start);
    shell.act(Action::OpenPanel);
    shell
        .until("the words", |it| {
            it.notice == Some(Notice::Refused(Some("Back at nine".into())))
        })
        .await;
    server.switch(json!({"fail_route": {}})).await;
    shell.online().await;
    assert_eq!(shell.mirror.notice, None);
}

#[tokio::test]
async fn what_is_asked_in_passing_may_be_refused_without_a_word() {
    let refusal = json!({"status": 500, "message": "Oops"});
    let (server, mut shell) = chatting(json!({"fail_route": {
        SEEN: refusal, UNREAD: refusal, PING: refusal,
    }}))
    .await;
    let session = server.session().await;
    server.staff_says(&session, "Look at this").await;
    shell.row("Look at this", &RowState::Received).await;
    shell.act(Action::Saw(shell.key("Look at this")));
    shell.pass(40_000).await;
    assert_eq!(shell.mirror.unread, 0);
    assert_eq!(calls(&server, SEEN).await, 2);
    shell.act(Action::ClosePanel);
    shell.sent("All is well").await;
    assert_eq!((shell.tries, &shell.mirror.notice), (1, &None));
}

#[tokio::test]
async fn a_history_or_a_chat_that_is_refused_does_not_keep_the_visitor_from_chatting() {
    for route in [HISTORY, SESSION] {
        let (server, mut shell) = chatting(json!({})).await;
        shell.sent("before").await;
        server
            .switch(json!({"fail_route": {route: {"status": 500, "times": 1}}}))
            .await;
        shell.leave();
        shell.open().await;
        shell.sent("after").await;
        assert_eq!(shell.texts(), ["before", "after"], "{route}");
        assert_eq!(server.sessions().await.len(), 1, "{route}");
    }
}

#[tokio::test]
async fn an_end_that_is_refused_is_said_so_and_the_chat_goes_on() {
    let refusal = json!({"status": 409, "message": "Somebody is typing", "times": 1});
    let (_server, mut shell) = failing(END, refusal).await;
    shell.act(Action::EndConversation);
    shell
        .until("the words", |it| {
            it.notice == Some(Notice::Refused(Some("Somebody is typing".into())))
        })
        .await;
    shell.sent("Then I stay").await;
}

// ---- silence ----

#[tokio::test]
async fn a_message_without_an_answer_is_looked_up_and_is_there_once() {
    for (effect, sends) in [(true, 2), (false, 3)] {
        let (server, mut shell) = chatting(json!({})).await;
        shell.sent("before").await;
        server
            .switch(json!({"silent_route": {SEND: {"effect": effect, "times": 1}}}))
            .await;
        shell.say("lost?");
        shell.pass(20_000).await;
        shell.row("lost?", &RowState::Sending).await;
        shell
            .soon("sent", |it| crate::shell::has(it, "lost?", &RowState::Sent))
            .await;
        assert_eq!(server.texts().await, ["before", "lost?"], "{effect}");
        assert_eq!(calls(&server, SEND).await, sends, "{effect}");
    }
}

#[tokio::test]
async fn a_start_without_an_answer_is_tried_again() {
    for route in [INIT, HISTORY] {
        let server = server().await;
        let silence = json!({"times": 1});
        server
            .switch(json!({"silent_route": {route: silence}}))
            .await;
        let mut shell = Shell::new(&server, "round-trip");
        shell.input(concierge_core::Input::Start);
        shell.act(Action::OpenPanel);
        shell
            .soon("online", |it| it.connection.status == Status::Online)
            .await;
        assert_eq!(shell.tries, 2, "{route}");
        assert_eq!(server.sessions().await.len(), 1, "{route}");
        shell.sent("Hello").await;
    }
}

#[tokio::test]
async fn an_unsend_or_an_end_without_an_answer_is_found_out() {
    for effect in [true, false] {
        let (server, mut shell) = chatting(json!({})).await;
        for text in ["Good morning", "Wrong room", "Never mind"] {
            shell.sent(text).await;
        }
        let silence = json!({"effect": effect, "times": 1});
        server
            .switch(json!({"silent_route": {DELETE: silence, END: silence}}))
            .await;
        shell.act(Action::Unsend(shell.key("Wrong room")));
        shell
            .soon("unsent", |it| it.rows[1].state == RowState::Unsent)
            .await;
        shell.online().await;
        shell.act(Action::EndConversation);
        shell
            .soon("ended", |it| it.connection.status == Status::Ended)
            .await;
        let inspected = server.inspect().await;
        assert_eq!(inspected["messages"][1]["unsent"], true, "{effect}");
        assert_eq!(server.sessions().await[0]["closed"], true, "{effect}");
    }
}

#[tokio::test]
async fn silence_about_seen_marks_and_counts_costs_no_connection() {
    for effect in [true, false] {
        let silence = json!({"effect": effect});
        let (server, mut shell) =
            chatting(json!({"silent_route": {SEEN: silence, UNREAD: silence}})).await;
        let session = server.session().await;
        server.staff_says(&session, "Look at this").await;
        shell.row("Look at this", &RowState::Received).await;
        shell.act(Action::Saw(shell.key("Look at this")));
        shell.act(Action::ClosePanel);
        shell.pass(60_000).await;
        assert_eq!(shell.mirror.unread, 0, "{effect}");
        shell.sent("Hello").await;
        assert_eq!(shell.tries, 1, "{effect}");
    }
}

#[tokio::test]
async fn a_ping_without_an_answer_costs_the_connection_and_nothing_else() {
    let (server, mut shell) = chatting(json!({"silent_route": {PING: {"times": 1}}})).await;
    shell.pass(80_000).await;
    shell.online().await;
    assert_eq!(shell.tries, 2);
    shell.sent("Hello").await;
    assert_eq!(server.texts().await, ["Hello"]);
}
