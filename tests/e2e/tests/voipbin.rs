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

async fn from_the_list_into_a_conversation_and_back_in(system: System) {
    let server = Server::start(Some(&dist())).await;
    let browser = system.guest(&server).await;
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
async fn from_the_list_into_a_conversation_and_back() {
    for system in [System::VoipBin, System::VoipBinTalk] {
        from_the_list_into_a_conversation_and_back_in(system).await;
    }
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

/// The id of the conversation that is shown.
async fn current(browser: &Browser) -> String {
    let id = browser
        .run("return Concierge('getState').conversationId")
        .await;
    id.as_str().expect("one is open").to_owned()
}

#[tokio::test]
async fn a_link_and_the_page_lead_into_a_conversation() {
    for system in [System::VoipBin, System::VoipBinTalk] {
        let server = Server::start(Some(&dist())).await;
        let browser = system.visitor(&server).await;
        browser.row("Welcome aboard.", "received").await;
        let linked = current(&browser).await;
        browser.press("Back to conversations").await;
        browser.press("Evening crew").await;
        browser.row("It is in my locker.", "received").await;
        let asked_for = current(&browser).await;
        assert_ne!(linked, asked_for, "{system:?}");
        drop(browser);

        // Nobody was ever here, in this browser.
        let browser = Browser::start().await;
        let page = system.page(&server);
        browser.open(&format!("{page}&conversation={linked}")).await;
        browser.ready().await;
        browser.click("launcher").await;
        browser.row("Welcome aboard.", "received").await;
        assert_eq!(current(&browser).await, linked, "{system:?}");
        browser.say("I come by a link").await;
        browser.row("I come by a link", "sent").await;

        let asked_for = json!(asked_for);
        browser
            .run(&format!("Concierge('openConversation', {asked_for})"))
            .await;
        browser.row("It is in my locker.", "received").await;
        assert_eq!(current(&browser).await, asked_for, "{system:?}");
        let texts = browser.texts().await;
        assert!(!texts.contains(&"I come by a link".to_owned()), "{texts:?}");
    }
}

#[tokio::test]
async fn a_link_that_leads_nowhere_shows_the_list() {
    for system in [System::VoipBin, System::VoipBinTalk] {
        let server = Server::start(Some(&dist())).await;
        let browser = system.guest(&server).await;
        let page = system.page(&server);
        browser.open(&format!("{page}&conversation=gone")).await;
        browser.ready().await;
        browser.click("launcher").await;
        browser.part("conversations").await;
        browser.online().await;
        browser.open_conversation(0).await;
        browser.row("Welcome aboard.", "received").await;
    }
}

/// The page begins a conversation with these of the demo's agents.
async fn start_with(browser: &Browser, agents: &str, title: &str) {
    let title = json!(title);
    browser
        .run_async(&format!(
            "fetch('/demo/voipbin').then((answer) => answer.json()).then(({{ agents }}) => {{
                const participants = agents.{agents}.map(({{ id }}) => id);
                return Concierge('startConversation', {{ participants, title: {title} }});
            }}).then(done)"
        ))
        .await;
}

#[tokio::test]
async fn the_page_begins_a_conversation_with_somebody() {
    for system in [System::VoipBin, System::VoipBinTalk] {
        let server = Server::start(Some(&dist())).await;
        let browser = system.guest(&server).await;
        browser.click("launcher").await;
        browser.part("conversations").await;
        start_with(&browser, "slice(2)", "Regatta").await;
        browser.part("composer").await;
        browser.say("Who brings the buoys?").await;
        browser.row("Who brings the buoys?", "sent").await;
        assert_eq!(browser.texts().await.len(), 1, "{system:?}");
        let chat = chat_of(&server, "Who brings the buoys?").await;
        server.staff_says(&chat, "I do").await;
        browser.row("I do", "received").await;
        browser.press("Back to conversations").await;
        browser
            .until("part('conversations').querySelectorAll('button').length === 4")
            .await;
        browser.press("Regatta").await;
        browser.row("I do", "received").await;
    }
}

/// In talk each call makes one: its list does not say with whom a talk is.
#[tokio::test]
async fn a_legacy_conversation_with_somebody_alone_is_begun_once() {
    let server = Server::start(Some(&dist())).await;
    let browser = System::VoipBin.guest(&server).await;
    browser.click("launcher").await;
    browser.part("conversations").await;
    start_with(&browser, "slice(0, 1)", "").await;
    browser.row("Welcome aboard.", "received").await;
    browser.press("Back to conversations").await;
    let titles = list(&browser).await;
    assert_eq!(titles.len(), 3, "{titles:?}");
}
