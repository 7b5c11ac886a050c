//! Chats that begin, go on and end in each of the ways that the contract
//! leaves to the server.

use concierge_core::{Action, Author, Event, Notice, RowState, Status};
use serde_json::json;

use crate::shell::Shell;
use crate::{chatting, console, server};

#[tokio::test]
async fn a_chat_that_ended_meanwhile_makes_way_for_one_new_one() {
    for answer in ["row", "error404", "new_id"] {
        let (server, mut shell) = chatting(json!({"closed_session": answer})).await;
        shell.sent("Until tomorrow").await;
        let session = server.session().await;
        shell.leave();
        server.staff_ends(&session).await;
        shell.open().await;
        assert_eq!(shell.texts(), ["Until tomorrow"], "{answer}");
        shell.sent("Good morning").await;
        assert_eq!(server.sessions().await.len(), 2, "{answer}");
        assert_eq!(
            server.texts().await,
            ["Until tomorrow", "Good morning"],
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_chat_that_ended_while_the_line_was_cut_is_over_before_the_visitor_s_eyes() {
    for answer in ["row", "error404"] {
        let (server, mut shell) = chatting(json!({"closed_session": answer})).await;
        shell.sent("Are you there?").await;
        let session = server.session().await;
        server.switch(json!({"handshake": "502"})).await;
        server.drop_sockets().await;
        shell
            .until("lost", |it| it.connection.status == Status::Waiting)
            .await;
        server.staff_says(&session, "Goodbye").await;
        server.staff_ends(&session).await;
        server.switch(json!({"handshake": "ok"})).await;
        shell
            .soon("ended", |it| it.connection.status == Status::Ended)
            .await;
        assert_eq!(shell.texts(), ["Are you there?", "Goodbye"], "{answer}");
        assert_eq!(server.sessions().await.len(), 1, "{answer}");
        // What is written now begins another one.
        shell.sent("One more thing").await;
        assert_eq!(server.sessions().await.len(), 2, "{answer}");
    }
}

#[tokio::test]
async fn a_chat_that_is_another_one_when_the_line_is_back_goes_on_as_that() {
    let (server, mut shell) = chatting(json!({"closed_session": "new_id"})).await;
    shell.sent("Are you there?").await;
    let session = server.session().await;
    server.switch(json!({"handshake": "502"})).await;
    server.drop_sockets().await;
    shell
        .until("lost", |it| it.connection.status == Status::Waiting)
        .await;
    shell.say("Hello?");
    server.staff_says(&session, "Goodbye").await;
    server.staff_ends(&session).await;
    server.switch(json!({"handshake": "ok"})).await;
    shell
        .soon("sent", |it| {
            crate::shell::has(it, "Hello?", &RowState::Sent)
        })
        .await;
    assert_eq!(shell.texts(), ["Are you there?", "Goodbye", "Hello?"]);
    assert_eq!(server.sessions().await.len(), 2);
    let sessions: Vec<_> = crate::stored(&server)
        .await
        .iter()
        .map(|it| it["session"] == *session)
        .collect();
    assert_eq!(sessions, [true, true, false]);
}

#[tokio::test]
async fn a_second_device_takes_the_chat_that_it_is_given() {
    for (answer, sessions) in [("new", 2), ("same", 1)] {
        let (server, mut first) = chatting(json!({"init_existing": answer})).await;
        first.sent("From my laptop").await;
        let mut second = Shell::new(&server, "phone");
        second.open().await;
        assert_eq!(second.texts(), ["From my laptop"], "{answer}");
        assert_eq!(server.sessions().await.len(), sessions, "{answer}");
        second.sent("From my phone").await;
        if sessions == 1 {
            first.row("From my phone", &RowState::Sent).await;
        }
    }
}

#[tokio::test]
async fn a_chat_that_the_staff_began_is_taken_up() {
    let server = server().await;
    console(&server, "POST", "", json!({"tenant": 1001})).await;
    let session = server.session().await;
    server.staff_says(&session, "The lift is serviced").await;
    server.switch(json!({"init_existing": "same"})).await;
    let mut shell = Shell::new(&server, "round-trip");
    shell.open().await;
    assert_eq!(shell.texts(), ["The lift is serviced"]);
    assert!(shell.mirror.joined);
    shell.sent("Thank you").await;
    assert_eq!(server.sessions().await.len(), 1);
}

#[tokio::test]
async fn a_concierge_who_writes_first_is_heard() {
    let server = server().await;
    // The visitor's own beginning fails until the script has begun.
    let refused = json!({"status": 503, "times": 1});
    server
        .switch(json!({
            "staff": {"value": "starts", "delay_ms": 0}, "init_existing": "same",
            "fail_route": {"client/init-chat-with-concierge": refused},
        }))
        .await;
    let mut shell = Shell::new(&server, "round-trip");
    shell.open().await;
    shell.until("the opener", |it| it.rows.len() == 1).await;
    assert_eq!(shell.mirror.rows[0].author, Author::Them);
    assert!(shell.mirror.joined);
    assert_eq!(server.sessions().await.len(), 1);
}

#[tokio::test]
async fn the_scripted_concierge_joins_answers_and_closes() {
    let staff = |value: &str| json!({"staff": {"value": value, "delay_ms": 0}});
    let (_server, mut shell) = chatting(staff("joins")).await;
    shell.until("joined", |it| it.joined).await;
    assert!(shell.events.contains(&Event::AgentJoin));
    assert!(shell.mirror.rows.is_empty());

    let (_server, mut shell) = chatting(staff("auto_reply")).await;
    shell.until("greeted", |it| it.rows.len() == 1).await;
    shell.say("Is the pool open?");
    shell.row("Is the pool open?", &RowState::Seen).await;
    shell.until("answered", |it| it.rows.len() == 3).await;

    let (_server, mut shell) = chatting(staff("closes")).await;
    shell.say("Thank you");
    shell
        .until("ended", |it| it.connection.status == Status::Ended)
        .await;
    assert_eq!(shell.mirror.rows.len(), 2, "the answer came first");

    let (server, mut shell) = chatting(json!({"staff": "manual"})).await;
    shell.sent("Anybody?").await;
    shell.pass(60_000).await;
    assert_eq!(server.texts().await, ["Anybody?"]);
}

#[tokio::test]
async fn the_visitor_ends_the_chat() {
    let (server, mut shell) = chatting(json!({})).await;
    shell.act(Action::EndConversation);
    shell
        .until("ended", |it| it.connection.status == Status::Ended)
        .await;
    assert_eq!(server.sessions().await[0]["closed"], true);
}

#[tokio::test]
async fn a_refused_unsend_shows_the_message_again_and_says_why() {
    let (server, mut shell) = chatting(json!({"delete_effect": "refuse"})).await;
    shell.sent("Too late to regret").await;
    shell.act(Action::Unsend(shell.key("Too late to regret")));
    let words = "This message cannot be unsent any more";
    shell
        .soon("refused", |it| {
            it.notice == Some(Notice::Refused(Some(words.into())))
        })
        .await;
    shell.row("Too late to regret", &RowState::Sent).await;
    assert_eq!(server.texts().await, ["Too late to regret"]);
}
