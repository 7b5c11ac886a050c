//! What only VoIPBIN has: a list of conversations, events that come more than
//! once, and refusals of what was stored.

use concierge_e2e::{Browser, Server, System, dist};
use serde_json::json;

/// The titles of the list, or of nothing where it is not shown.
async fn list(browser: &Browser) -> Vec<String> {
    let titles = browser
        .run(
            "return [...root.querySelectorAll('[part~=conversations] button')]\
             .map((it) => it.ariaLabel)",
        )
        .await;
    serde_json::from_value(titles).expect("a list of titles")
}

/// The visitor's chat in which this was said.
async fn chat_of(server: &Server, text: &str) -> String {
    let inspected = server.inspect().await;
    let messages = inspected["messages"].as_array().cloned().expect("a list");
    let message = messages.iter().find(|it| it["text"] == text);
    let session = message.and_then(|it| it["session"].as_str());
    session.expect("it is stored").to_owned()
}

#[tokio::test]
async fn from_the_list_into_a_conversation_and_back() {
    let server = Server::start(Some(&dist())).await;
    let browser = System::VoipBin.guest(&server).await;
    browser.click("launcher").await;
    browser.part("conversations").await;
    let titles = list(&browser).await;
    assert_eq!(titles.len(), 3, "{titles:?}");
    assert_eq!(browser.run("return shown(part('composer'))").await, false);

    browser.press("Evening crew").await;
    browser.row("It is in my locker.", "received").await;
    browser.say("I have it").await;
    browser.row("I have it", "sent").await;
    browser.press("Back to conversations").await;
    browser
        .until("part('conversations').querySelector('button').textContent.includes('I have it')")
        .await;

    // Another one, in which nothing of the first is to be seen.
    let other = chat_of(&server, "Welcome aboard.").await;
    browser.press("Evening crew").await;
    browser.row("I have it", "sent").await;
    server.staff_says(&other, "Are you there?").await;
    browser.until("host.dataset.unread === '1'").await;
    assert!(!browser.texts().await.contains(&"Are you there?".to_owned()));
    browser.press("Back to conversations").await;
    browser
        .until(
            "part('conversations').querySelector('button[data-unread]')\
             ?.textContent.includes('Are you there?')",
        )
        .await;
    browser.open_conversation(0).await;
    browser.row("Are you there?", "received").await;
    browser.until("!host.dataset.unread").await;
    assert_eq!(browser.texts().await, ["Welcome aboard.", "Are you there?"]);

    // It is this one that a reload comes back to.
    browser.reload().await;
    browser.ready().await;
    browser.click("launcher").await;
    browser.row("Are you there?", "received").await;
}

#[tokio::test]
async fn what_comes_several_times_is_one_row() {
    for system in [System::VoipBin, System::VoipBinTalk] {
        let server = Server::start(Some(&dist())).await;
        server
            .switch(json!({"voipbin": {"ws_copies": "3", "ws_shape": "mixed"}}))
            .await;
        let browser = system.visitor(&server).await;
        let chat = chat_of(&server, "Welcome aboard.").await;
        browser.say("Thank you").await;
        browser.row("Thank you", "sent").await;
        for text in ["one", "two", "three"] {
            server.staff_says(&chat, text).await;
            browser.row(text, "received").await;
        }
        assert_eq!(
            browser.texts().await,
            ["Welcome aboard.", "Thank you", "one", "two", "three"],
            "{system:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_of_what_was_stored_is_one_message() {
    let server = Server::start(Some(&dist())).await;
    let browser = System::VoipBin.visitor(&server).await;
    // An answer that is lost with its connection the browser asks for again by
    // itself, so that there is none to be told of here.
    for (index, fate) in ["stored_but_400", "400_role"].into_iter().enumerate() {
        let once = json!({"voipbin": {"send_result": {"value": fate, "times": 1}}});
        server.switch(once).await;
        let text = format!("message {index}");
        browser.say(&text).await;
        browser.row(&text, "sent").await;
    }
    let texts: Vec<String> = (0..2).map(|index| format!("message {index}")).collect();
    let mut stored = server.texts().await;
    stored.retain(|text| texts.contains(text));
    assert_eq!(stored, texts);
    assert_eq!(browser.texts().await[1..], texts);
}

#[tokio::test]
async fn the_page_may_send_where_no_conversation_is_open() {
    let server = Server::start(Some(&dist())).await;
    let browser = System::VoipBin.guest(&server).await;
    browser.click("launcher").await;
    browser.part("conversations").await;
    server.forget().await;
    browser.run("Concierge.sendMessage('From the page')").await;
    browser.part("error").await;
    browser.part("conversations").await;
    browser.online().await;
    let inspected = server.inspect().await;
    assert_eq!(inspected["calls"], json!([]), "it is asked for nothing");

    browser.open_conversation(0).await;
    browser.row("From the page", "failed").await;
    browser.press("Retry").await;
    browser.row("From the page", "sent").await;
}
