//! The core's session against the real local server over real sockets: the two
//! were written apart from the same contract. Everything that the server can be
//! told to do by a switch is lived through here, with what the visitor sees.

mod chats;
mod dialects;
mod gateway;
mod shell;
mod uploads;

use concierge_core::{RowState, Status};
use concierge_e2e::Server;
use serde_json::{Value, json};

use shell::Shell;

async fn server() -> Server {
    Server::start(None).await
}

/// A server with these switches, and a visitor who chats with it.
async fn chatting(switches: Value) -> (Server, Shell) {
    let server = server().await;
    server.switch(switches).await;
    let mut shell = Shell::new(&server, "round-trip");
    shell.open().await;
    (server, shell)
}

/// What the console's API answers.
async fn console(server: &Server, method: &str, path: &str, body: Value) -> Value {
    let method = method.parse().expect("a method");
    let url = format!("{}/console/api/sessions{path}", server.url());
    let request = reqwest::Client::new().request(method, url).json(&body);
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

/// The stored messages as the server tells of them.
async fn stored(server: &Server) -> Vec<Value> {
    let inspected = server.inspect().await;
    inspected["messages"].as_array().cloned().expect("a list")
}

/// How many calls of a route the server has heard.
async fn calls(server: &Server, route: &str) -> usize {
    let inspected = server.inspect().await;
    let frames = inspected["frames"].as_array().expect("a list");
    frames.iter().filter(|it| it["route"] == route).count()
}

#[tokio::test]
async fn a_chat_from_the_first_word_to_the_last() {
    let (server, mut shell) = chatting(json!({})).await;
    shell.sent("Is the sauna warm?").await;
    let session = server.session().await;
    server.staff_says(&session, "From five o'clock").await;
    shell.row("From five o'clock", &RowState::Received).await;
    assert!(shell.mirror.joined);
    server.staff_ends(&session).await;
    shell
        .until("ended", |it| it.connection.status == Status::Ended)
        .await;
    assert_eq!(
        server.texts().await,
        ["Is the sauna warm?", "From five o'clock"]
    );
}

#[tokio::test]
async fn a_server_killed_in_mid_chat_loses_and_doubles_nothing() {
    let (mut server, mut shell) = chatting(json!({})).await;
    shell.sent("one").await;
    shell.say("two");
    server.kill().await;
    shell.say("three");
    shell
        .until("the loss is noticed", |it| {
            it.connection.status != Status::Online
        })
        .await;
    server.restart().await;
    shell.row("three", &RowState::Sent).await;
    assert_eq!(server.texts().await, ["one", "two", "three"]);
}
