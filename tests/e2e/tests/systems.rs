//! The same stories with each of the chat systems, through the demo page, a real
//! browser and the local server's front of that system: list, history, send,
//! receive, files both ways, reload, offline, refused token, server restart.

use std::fs;

use concierge_e2e::{Browser, Server, dist};
use serde_json::json;
use tempfile::TempDir;

/// A visitor of the demo page, with the panel open and messages flowing. Where
/// the visitor has a list of conversations, the first of them is open.
async fn visitor(server: &Server, system: &str) -> Browser {
    let browser = Browser::start().await;
    browser
        .open(&format!("{}/?backend={system}", server.url()))
        .await;
    enter(&browser, system).await;
    browser
}

async fn enter(browser: &Browser, system: &str) {
    browser
        .until("host && host.hasAttribute('data-ready')")
        .await;
    browser.click("launcher").await;
    if system == "voipbin" {
        browser
            .until("shown(part('composer')) || root.querySelector('[part~=conversations] button')")
            .await;
        browser
            .run("root.querySelector('[part~=conversations] button')?.click()")
            .await;
    }
    browser.part("composer").await;
    browser.online().await;
}

/// What of these texts the server has, in its order.
async fn stored(server: &Server, texts: &[&str]) -> Vec<String> {
    let mut all = server.texts().await;
    all.retain(|text| texts.contains(&text.as_str()));
    all
}

async fn they_talk_and_a_reload_finds_it_all(system: &str) {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, system).await;
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
    enter(&browser, system).await;
    browser.row("Rule 24", "received").await;
    // The first words are above the first page.
    browser
        .until(
            "(part('log').scrollTop = 0, \
             rows().some((row) => textOf(row) === 'Is the sauna free at six?'))",
        )
        .await;
    let rows = browser.texts().await;
    let rules = rows.iter().filter(|text| text.starts_with("Rule"));
    assert_eq!(rules.count(), 25, "{rows:?}");
    assert_eq!(
        stored(&server, &["Is the sauna free at six?"]).await.len(),
        1
    );
}

async fn nothing_is_lost_offline_or_while_the_server_is_away(system: &str) {
    let mut server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, system).await;
    browser.say("first").await;
    browser.row("first", "sent").await;

    set_offline(&browser, true).await;
    browser.until("host.dataset.connection === 'offline'").await;
    browser.say("second").await;
    browser.row("second", "queued").await;
    set_offline(&browser, false).await;
    browser.row("second", "sent").await;

    server.kill().await;
    browser.say("third").await;
    browser
        .until("['queued', 'sending'].includes(rows().at(-1).dataset.state)")
        .await;
    server.restart().await;
    browser.row("third", "sent").await;
    let texts = ["first", "second", "third"];
    assert_eq!(stored(&server, &texts).await, texts);
    let rows = browser.texts().await;
    assert_eq!(
        rows.iter()
            .filter(|row| texts.contains(&row.as_str()))
            .count(),
        3,
        "{rows:?}"
    );
}

async fn set_offline(browser: &Browser, offline: bool) {
    browser.cdp("Network.enable", json!({})).await;
    browser
        .cdp(
            "Network.emulateNetworkConditions",
            json!({
                "offline": offline, "latency": 0,
                "downloadThroughput": -1, "uploadThroughput": -1,
            }),
        )
        .await;
}

async fn files_go_both_ways(system: &str) {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, system).await;
    browser.say("Here is the plan").await;
    browser.row("Here is the plan", "sent").await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("plan.pdf");
    fs::write(&path, b"%PDF-1.4 a small plan").expect("a file");
    browser.choose(&[path.as_path()]).await;
    browser
        .until(
            "rows().some((row) => row.dataset.author === 'me' && row.dataset.state === 'sent' && \
             row.textContent.includes('plan.pdf'))",
        )
        .await;
    let chat = server.session().await;
    let url = format!("{}/demo/picture.png", server.url());
    server
        .staff_sends(
            &chat,
            json!({"contentType": "IMAGE", "messageContent": url}),
        )
        .await;
    browser
        .until(
            "rows().some((row) => row.dataset.author === 'them' && \
             (row.dataset.kind === 'image' || row.querySelector('img, a[href]')))",
        )
        .await;
}

async fn a_refused_token_is_replaced(system: &str, refusal: serde_json::Value) {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, system).await;
    browser.say("before").await;
    browser.row("before", "sent").await;
    server.switch(refusal).await;
    browser.say("after").await;
    browser.row("after", "sent").await;
    assert_eq!(
        stored(&server, &["before", "after"]).await,
        ["before", "after"]
    );
}

mod concierge {
    #[tokio::test]
    async fn they_talk_and_a_reload_finds_it_all() {
        super::they_talk_and_a_reload_finds_it_all("concierge").await;
    }

    #[tokio::test]
    async fn nothing_is_lost_offline_or_while_the_server_is_away() {
        super::nothing_is_lost_offline_or_while_the_server_is_away("concierge").await;
    }

    #[tokio::test]
    async fn files_go_both_ways() {
        super::files_go_both_ways("concierge").await;
    }
}

mod onechat {
    #[tokio::test]
    async fn they_talk_and_a_reload_finds_it_all() {
        super::they_talk_and_a_reload_finds_it_all("onechat").await;
    }

    #[tokio::test]
    async fn nothing_is_lost_offline_or_while_the_server_is_away() {
        super::nothing_is_lost_offline_or_while_the_server_is_away("onechat").await;
    }

    #[tokio::test]
    async fn files_go_both_ways() {
        super::files_go_both_ways("onechat").await;
    }
}

mod voipbin {
    #[tokio::test]
    async fn they_talk_and_a_reload_finds_it_all() {
        super::they_talk_and_a_reload_finds_it_all("voipbin").await;
    }

    #[tokio::test]
    async fn nothing_is_lost_offline_or_while_the_server_is_away() {
        super::nothing_is_lost_offline_or_while_the_server_is_away("voipbin").await;
    }

    #[tokio::test]
    async fn files_go_both_ways() {
        super::files_go_both_ways("voipbin").await;
    }
}

mod onesmile {
    #[tokio::test]
    async fn they_talk_and_a_reload_finds_it_all() {
        super::they_talk_and_a_reload_finds_it_all("onesmile").await;
    }

    #[tokio::test]
    async fn nothing_is_lost_offline_or_while_the_server_is_away() {
        super::nothing_is_lost_offline_or_while_the_server_is_away("onesmile").await;
    }

    #[tokio::test]
    async fn files_go_both_ways() {
        super::files_go_both_ways("onesmile").await;
    }
}
