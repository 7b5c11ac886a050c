//! The same stories with each of the chat systems, through the demo page, a real
//! browser and the local server's front of that system: list, history, send,
//! receive, files both ways, reload, offline, refused token, server restart.
//!
//! What only one system has is told in `onechat.rs`, `voipbin.rs` and
//! `onesmile.rs`.

use concierge_e2e::{Server, System, dist, send_a_plan};
use serde_json::{Value, json};

async fn they_talk_and_a_reload_finds_it_all(system: System) {
    let server = Server::start(Some(&dist())).await;
    let browser = system.visitor(&server).await;
    browser.say("Is the sauna free at six?").await;
    browser.row("Is the sauna free at six?", "sent").await;
    let chat = server.session().await;
    server.staff_says(&chat, "It is yours until seven").await;
    browser.row("It is yours until seven", "received").await;
    for number in 0..25 {
        server.staff_says(&chat, &format!("Rule {number}")).await;
    }
    browser.row("Rule 24", "received").await;

    browser.reload().await;
    system.enter(&browser).await;
    browser.row("Rule 24", "received").await;
    // The first words are above the first page.
    browser
        .until(
            "(part('log').scrollTop = 0, \
             rows().some((row) => textOf(row) === 'Is the sauna free at six?'))",
        )
        .await;
    let rows = browser.texts().await;
    let rules: Vec<&String> = rows.iter().filter(|it| it.starts_with("Rule")).collect();
    let expected: Vec<String> = (0..25).map(|number| format!("Rule {number}")).collect();
    assert_eq!(rules, expected.iter().collect::<Vec<_>>());
    stored_are(&server, &["Is the sauna free at six?"]).await;
}

async fn nothing_is_lost_offline_or_while_the_server_is_away(system: System) {
    let mut server = Server::start(Some(&dist())).await;
    let browser = system.visitor(&server).await;
    browser.say("first").await;
    browser.row("first", "sent").await;

    browser.network(false).await;
    browser.until("host.dataset.connection === 'offline'").await;
    browser.say("second").await;
    browser.row("second", "queued").await;
    browser.network(true).await;
    browser.row("second", "sent").await;

    server.kill().await;
    browser.say("third").await;
    browser
        .until("['queued', 'sending'].includes(rows().at(-1).dataset.state)")
        .await;
    server.restart().await;
    browser.row("third", "sent").await;
    let texts = ["first", "second", "third"];
    stored_are(&server, &texts).await;
    let mut rows = browser.texts().await;
    rows.retain(|row| texts.contains(&row.as_str()));
    assert_eq!(rows, texts);
}

async fn files_go_both_ways(system: System) {
    let server = Server::start(Some(&dist())).await;
    let browser = system.visitor(&server).await;
    browser.say("Here is the plan").await;
    browser.row("Here is the plan", "sent").await;
    send_a_plan(&server, &browser).await;

    let chat = server.session().await;
    server.staff_sends_picture(&chat).await;
    browser
        .until(
            "rows().some((row) => row.dataset.author === 'them' && \
             row.querySelector('img')?.naturalWidth)",
        )
        .await;
}

/// `refusal` is set until `over` is, when another token has been asked for.
async fn a_refused_token_is_replaced(system: System, refusal: Value, over: Value, asked: &str) {
    let server = Server::start(Some(&dist())).await;
    let browser = system.visitor(&server).await;
    browser.say("before").await;
    browser.row("before", "sent").await;
    server.forget().await;
    server.switch(refusal).await;
    browser.say("after").await;
    server.until_asked(asked).await;
    server.switch(over).await;
    browser.row("after", "sent").await;
    stored_are(&server, &["before", "after"]).await;
}

/// The server has these texts of the visitor once each, in this order.
async fn stored_are(server: &Server, texts: &[&str]) {
    let mut all = server.texts().await;
    all.retain(|text| texts.contains(&text.as_str()));
    assert_eq!(all, texts);
}

macro_rules! stories {
    ($($module:ident: $system:expr => $($story:ident)*;)*) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $story() {
                super::$story($system).await;
            })*
        })*
    };
}

stories! {
    concierge: super::System::Concierge =>
        they_talk_and_a_reload_finds_it_all
        nothing_is_lost_offline_or_while_the_server_is_away
        files_go_both_ways;
    onechat: super::System::OneChat =>
        they_talk_and_a_reload_finds_it_all
        nothing_is_lost_offline_or_while_the_server_is_away
        files_go_both_ways;
    voipbin: super::System::VoipBin =>
        they_talk_and_a_reload_finds_it_all
        nothing_is_lost_offline_or_while_the_server_is_away
        files_go_both_ways;
    voipbin_talk: super::System::VoipBinTalk =>
        they_talk_and_a_reload_finds_it_all
        nothing_is_lost_offline_or_while_the_server_is_away
        files_go_both_ways;
    onesmile: super::System::OneSmile =>
        they_talk_and_a_reload_finds_it_all
        nothing_is_lost_offline_or_while_the_server_is_away
        files_go_both_ways;
}

#[tokio::test]
async fn voipbin_replaces_a_refused_token() {
    for (system, route) in [
        (System::VoipBin, "POST /service_agents/chatroommessages"),
        (System::VoipBinTalk, "POST /service_agents/talk_messages"),
    ] {
        let once = json!({"voipbin": {"errors": {route: {"value": "401_empty", "times": 1}}}});
        a_refused_token_is_replaced(system, once, json!({}), "/demo/voipbin").await;
    }
}

#[tokio::test]
async fn onesmile_replaces_a_refused_token() {
    let refused = json!({"onesmile": {"token": "expired"}});
    let over = json!({"onesmile": {"token": "good"}});
    a_refused_token_is_replaced(System::OneSmile, refused, over, "/demo/onesmile").await;
}
