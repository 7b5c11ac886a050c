//! What only OneChat has: messages that ask for an answer, typing, chats that
//! come to life again, a channel for events that may be missing, and visitors
//! who are nobody before their first word.

use concierge_e2e::{Browser, Server, System, dist};
use serde_json::{Value, json};

/// A visitor who has said something, and the id of the chat.
async fn chatting() -> (Server, Browser, String) {
    let server = Server::start(Some(&dist())).await;
    let browser = System::OneChat.visitor(&server).await;
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    let chat = server.session().await;
    (server, browser, chat)
}

/// The inbox does something.
async fn step(server: &Server, step: &str) {
    server.switch(json!({"onechat": {"events": [step]}})).await;
}

/// What the server has of the last message of this kind.
async fn stored(server: &Server, kind: &str) -> Value {
    let inspected = server.inspect().await;
    let messages = inspected["onechat"]["messages"].as_array();
    let mut of_kind = messages
        .into_iter()
        .flatten()
        .filter(|it| it["contentType"] == kind);
    of_kind.next_back().cloned().unwrap_or_default()
}

async fn until_submitted(server: &Server, kind: &str, values: Value) {
    let deadline = tokio::time::Instant::now() + concierge_e2e::PATIENCE;
    loop {
        let message = stored(server, kind).await;
        let submitted = &message["contentAttributes"]["submitted_values"];
        if *submitted == values {
            return;
        }
        let is_over = tokio::time::Instant::now() >= deadline;
        assert!(!is_over, "{kind}: {message:#}");
        tokio::time::sleep(tokio::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn questions_are_answered_and_stay_answered() {
    let (server, browser, _) = chatting().await;

    step(&server, "input_select").await;
    browser.part("choices").await;
    let title = browser
        .run("return part('choices').querySelector('button').textContent")
        .await;
    browser.press(title.as_str().expect("a title")).await;
    browser
        .until(&format!(
            "!part('choices') && rows().at(-1).textContent.includes({title})"
        ))
        .await;
    let submitted = stored(&server, "input_select").await;
    let submitted = &submitted["contentAttributes"]["submitted_values"];
    assert_eq!(submitted[0]["title"], title, "{submitted}");

    step(&server, "form").await;
    let form = "root.querySelector('form[part~=form]')";
    browser.until(form).await;
    browser.press("Ask for a berth").await;
    // What is required and not there is said at the field.
    browser
        .until(&format!("shown({form}.querySelector('.mistake'))"))
        .await;
    browser
        .run(&format!(
            "for (const field of {form}.elements) {{
                if (field.type == 'submit') continue;
                field.value = {{ boat: 'Petrel', email: 'ada@quay.example', nights: '2' }}[field.name] ?? field.value;
                for (const name of ['input', 'change'])
                    field.dispatchEvent(new Event(name, {{ bubbles: true }}));
            }}"
        ))
        .await;
    browser.press("Ask for a berth").await;
    browser.until(&format!("!{form}")).await;
    let values = json!([
        {"name": "boat", "value": "Petrel"},
        {"name": "email", "value": "ada@quay.example"},
        {"name": "wishes", "value": "A quiet place"},
        {"name": "nights", "value": "2"},
    ]);
    until_submitted(&server, "form", values).await;

    step(&server, "csat").await;
    browser
        .until("root.querySelectorAll('[part~=rating] input').length === 5")
        .await;
    browser
        .run("root.querySelector('[aria-label=\"4 of 5\"]').click()")
        .await;
    browser
        .find("textarea[aria-label=Comment]")
        .await
        .send_keys("Quick and kind")
        .await
        .expect("it takes keys");
    browser.press("Submit").await;
    browser
        .until("part('rating').ariaReadOnly === 'true'")
        .await;

    browser.reload().await;
    System::OneChat.enter(&browser).await;
    browser
        .until("root.querySelector('[aria-label=\"4 of 5\"]')?.checked")
        .await;
    browser
        .until("root.textContent.includes('Quick and kind') && root.textContent.includes('Petrel')")
        .await;
    assert_eq!(browser.run("return !!part('choices')").await, false);
}

#[tokio::test]
async fn cards_articles_and_markdown_are_shown_and_nothing_of_them_runs() {
    let (server, browser, _) = chatting().await;
    browser
        .run("window.told = []; addEventListener('concierge:postback', ({ detail }) => told.push(detail))")
        .await;
    step(&server, "cards").await;
    browser
        .until("root.querySelectorAll('[part~=card]').length === 2")
        .await;
    assert_eq!(
        browser
            .run("return part('card').querySelector('a').href")
            .await,
        "https://harbour.example/north"
    );
    browser.press("Reserve").await;
    browser.until("told.length === 1").await;
    let told = browser.run("return told[0]").await;
    assert_eq!(told, json!({"text": "Reserve", "payload": "RESERVE_NORTH"}));

    step(&server, "article").await;
    browser
        .until("root.querySelectorAll('[part~=articles] a').length === 2")
        .await;

    step(&server, "markdown_xss").await;
    browser
        .until("rows().at(-1).querySelector('strong, em, li, a, code')")
        .await;
    let harm = browser
        .run(
            "return [...root.querySelectorAll('article *')].filter((it) => \
             /^(script|iframe|object|style)$/i.test(it.localName) || \
             [...it.attributes].some(({ name, value }) => \
             /^on/.test(name) || /^\\s*(javascript|data|vbscript):/i.test(value))).length",
        )
        .await;
    assert_eq!(harm, 0);
}

#[tokio::test]
async fn both_sides_see_the_other_type() {
    let (server, browser, chat) = chatting().await;
    server.staff_types(&chat, "on").await;
    browser.until("shown(part('typing'))").await;
    server.staff_types(&chat, "off").await;
    browser.until("!shown(part('typing'))").await;

    server.staff_types(&chat, "on").await;
    browser.until("shown(part('typing'))").await;
    server.staff_says(&chat, "At your service").await;
    browser.row("At your service", "received").await;
    browser.until("!shown(part('typing'))").await;

    browser.write("I would like").await;
    until_typing(&server, &["on"]).await;
    browser.say(" a berth").await;
    until_typing(&server, &["on", "off"]).await;
}

async fn until_typing(server: &Server, expected: &[&str]) {
    let deadline = tokio::time::Instant::now() + concierge_e2e::PATIENCE;
    loop {
        let inspected = server.inspect().await;
        let told = inspected["onechat"]["typing"].as_array();
        let told: Vec<&str> = told
            .into_iter()
            .flatten()
            .filter_map(|it| it["status"].as_str())
            .collect();
        if told == expected {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{told:?}");
        tokio::time::sleep(tokio::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_an_agent_deletes_is_gone() {
    let (server, browser, chat) = chatting().await;
    for text in ["Room 12", "Room 13"] {
        server.staff_says(&chat, text).await;
        browser.row(text, "received").await;
    }
    let inspected = server.inspect().await;
    let messages = inspected["messages"].as_array().expect("a list");
    let wrong = messages.iter().find(|it| it["text"] == "Room 12");
    let wrong = wrong.expect("it is stored")["id"].clone();
    server.staff_deletes(&chat, &wrong).await;
    browser.until("rows()[1].dataset.state === 'unsent'").await;
    browser.reload().await;
    System::OneChat.enter(&browser).await;
    browser.row("Room 13", "received").await;
    assert!(!browser.texts().await.contains(&"Room 12".to_owned()));
}

#[tokio::test]
async fn a_resolved_chat_comes_to_life_by_a_message() {
    let (server, browser, chat) = chatting().await;
    server.staff_ends(&chat).await;
    browser.part("ended").await;
    browser.say("One more thing").await;
    browser.row("One more thing", "sent").await;
    browser.until("!shown(part('ended'))").await;
    server.staff_says(&chat, "Of course").await;
    browser.row("Of course", "received").await;
    let chats = server.sessions().await;
    assert_eq!(chats.len(), 1, "{chats:#?}");
}

#[tokio::test]
async fn a_chat_that_is_over_is_listed_beside_those_after_it() {
    let (server, browser, first) = chatting().await;
    server.staff_says(&first, "Good evening").await;
    browser.row("Good evening", "received").await;
    server.staff_ends(&first).await;
    browser.part("ended").await;

    browser.press("Start a new chat").await;
    browser
        .until("!rows().length && shown(root.querySelector('.empty'))")
        .await;
    browser.say("About tomorrow").await;
    browser.row("About tomorrow", "sent").await;
    assert_eq!(browser.texts().await, ["About tomorrow"]);
    // The page may begin one, too, also while another is open.
    browser.run("Concierge('startConversation')").await;
    browser
        .until("!rows().length && shown(root.querySelector('.empty'))")
        .await;
    browser.say("About the ferry").await;
    browser.row("About the ferry", "sent").await;
    assert_eq!(server.sessions().await.len(), 3);

    browser.press("Back to conversations").await;
    // What staff wrote is not said there: it could be a note among themselves.
    let listed = "[...part('conversations').querySelectorAll('button')]";
    browser
        .until(&format!(
            "{listed}.length === 3 && ['About the ferry', 'About tomorrow', 'Hello']\
             .every((text, index) => {listed}[index].textContent.includes(text))"
        ))
        .await;
    browser.open_conversation(2).await;
    browser.row("Good evening", "received").await;
    browser.part("ended").await;
    assert_eq!(browser.texts().await, ["Hello", "Good evening"]);
    browser.press("Back to conversations").await;
    browser.open_conversation(1).await;
    browser.row("About tomorrow", "sent").await;
    browser.until("!shown(part('ended'))").await;
    assert_eq!(browser.texts().await, ["About tomorrow"]);
}

/// A visitor in a browser of their own, of whom the site proves who it is.
async fn proven(server: &Server, identifier: &str) -> Browser {
    let browser = Browser::start().await;
    let page = System::OneChat.page(server);
    browser
        .open(&format!("{page}&identifier={identifier}"))
        .await;
    System::OneChat.enter(&browser).await;
    browser
}

#[tokio::test]
async fn whoever_is_proven_has_one_chat_in_all_browsers() {
    let server = Server::start(Some(&dist())).await;
    server
        .switch(json!({"onechat": {"hmac": "mandatory"}}))
        .await;
    let phone = proven(&server, "guest-88").await;
    phone.say("Hello").await;
    phone.row("Hello", "sent").await;
    let chat = server.session().await;
    server.staff_says(&chat, "Good evening").await;
    phone.row("Good evening", "received").await;

    let desk = proven(&server, "guest-88").await;
    desk.row("Good evening", "received").await;
    desk.say("It is me again").await;
    desk.row("It is me again", "sent").await;
    phone.row("It is me again", "sent").await;
    server.staff_says(&chat, "So I see").await;
    for browser in [&phone, &desk] {
        browser.row("So I see", "received").await;
        assert_eq!(
            browser.texts().await,
            ["Hello", "Good evening", "It is me again", "So I see"]
        );
    }
    drop((phone, desk));

    let other = proven(&server, "guest-89").await;
    assert!(other.texts().await.is_empty());
    other.say("I am new here").await;
    other.row("I am new here", "sent").await;
    assert_eq!(server.sessions().await.len(), 2);
}

#[tokio::test]
async fn without_a_channel_the_server_is_asked() {
    let server = Server::start(Some(&dist())).await;
    server
        .switch(json!({"onechat": {"cable_handshake": "404"}}))
        .await;
    let browser = System::OneChat.visitor(&server).await;
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    let chat = server.session().await;
    server.staff_says(&chat, "Good evening").await;
    browser.row("Good evening", "received").await;

    // The channel is back: what is said there comes at once.
    server
        .switch(json!({"onechat": {"cable_handshake": "ok"}}))
        .await;
    browser
        .until("host.state.connection.reason === 'none'")
        .await;
    server.staff_says(&chat, "And good night").await;
    browser.row("And good night", "received").await;
    assert_eq!(
        browser.texts().await,
        ["Hello", "Good evening", "And good night"]
    );
}

#[tokio::test]
async fn an_old_installation_will_do() {
    let server = Server::start(Some(&dist())).await;
    server
        .switch(json!({"onechat": {"generation": "oc21"}}))
        .await;
    let browser = System::OneChat.visitor(&server).await;
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    let chat = server.session().await;
    server.staff_says(&chat, "Good evening").await;
    browser.row("Good evening", "received").await;
    browser.reload().await;
    System::OneChat.enter(&browser).await;
    browser.row("Good evening", "received").await;
    browser.say("It is me again").await;
    browser.row("It is me again", "sent").await;
    assert_eq!(server.sessions().await.len(), 1);
}

#[tokio::test]
async fn nobody_is_known_before_the_first_message() {
    let server = Server::start(Some(&dist())).await;
    let browser = System::OneChat.guest(&server).await;
    browser.point_at("launcher").await;
    let before = onechat_requests(&server).await;
    assert!(before.is_empty(), "{before:?}");

    browser.click("launcher").await;
    browser.part("composer").await;
    browser.online().await;
    let opened = onechat_requests(&server).await;
    assert!(
        opened
            .iter()
            .all(|it| it.starts_with("GET ") && !it.contains("/contacts")),
        "{opened:?}"
    );
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    let told = onechat_requests(&server).await;
    let created = told.iter().filter(|it| it.ends_with("/contacts"));
    assert_eq!(created.count(), 1, "{told:?}");
}

/// Method and path of what OneChat was asked for.
async fn onechat_requests(server: &Server) -> Vec<String> {
    let inspected = server.inspect().await;
    let requests = inspected["requests"].as_array().into_iter().flatten();
    let words = |it: &Value| {
        let word = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}", word("method"), word("path"))
    };
    requests
        .map(words)
        .filter(|it| it.contains("/public/api/") || it.contains("/cable"))
        .collect()
}
