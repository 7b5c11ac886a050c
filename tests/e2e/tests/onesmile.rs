//! What only OneSmile has: no word of news by itself, rooms with people of
//! whom the page knows one or none, and files inside messages.

use concierge_e2e::{Browser, Server, System, dist, send_a_picture, send_a_plan};
use serde_json::{Value, json};

async fn visitor(server: &Server, query: &str) -> Browser {
    let browser = Browser::start().await;
    let page = format!("{}{query}", System::OneSmile.page(server));
    browser.open(&page).await;
    browser.ready().await;
    browser.click("launcher").await;
    browser.online().await;
    browser
}

#[tokio::test]
async fn without_a_recipient_there_is_a_list() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, "").await;
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    let chat = server.session().await;
    server.staff_says(&chat, "Good evening").await;

    browser
        .open(&format!("{}&recipientId=", System::OneSmile.page(&server)))
        .await;
    browser.ready().await;
    browser.click("launcher").await;
    browser.part("conversations").await;
    browser.open_conversation(0).await;
    browser.row("Good evening", "received").await;
    browser.say("And to you").await;
    browser.row("And to you", "sent").await;
    browser.press("Back to conversations").await;
    browser
        .until("part('conversations').querySelectorAll('button').length === 1")
        .await;
}

#[tokio::test]
async fn what_the_desk_writes_is_asked_for() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, "").await;
    browser.say("Hello").await;
    browser.row("Hello", "sent").await;
    let chat = server.session().await;
    for text in ["one", "two", "three"] {
        server.staff_says(&chat, text).await;
    }
    browser.row("three", "received").await;
    assert_eq!(browser.texts().await, ["Hello", "one", "two", "three"]);
    browser.until("!host.dataset.unread").await;
    // Closed, it is still told of.
    browser.click("close").await;
    server.staff_says(&chat, "four").await;
    browser.reload().await;
    browser.until("host.dataset.unread === '1'").await;
}

#[tokio::test]
async fn files_go_in_base64() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, "&attachmentMode=base64").await;
    send_a_plan(&server, &browser).await;

    // What is stored that way comes back that way.
    server
        .switch(json!({"onesmile": {"attachments": "base64"}}))
        .await;
    let chat = server.session().await;
    server.staff_sends_picture(&chat).await;
    browser
        .until(
            "rows().some((row) => row.dataset.author === 'them' && row.dataset.kind === 'image')",
        )
        .await;
}

#[tokio::test]
async fn pictures_and_documents_go_in_base64_and_as_urls() {
    for mode in ["base64", "url"] {
        let server = Server::start(Some(&dist())).await;
        let browser = visitor(&server, &format!("&attachmentMode={mode}")).await;
        send_a_picture(&browser).await;
        send_a_plan(&server, &browser).await;
        let inspected = server.inspect().await;
        let rows = inspected["onesmile"]["rows"].as_array().expect("rows");
        let kinds: Vec<&Value> = rows.iter().map(|row| &row["contentType"]).collect();
        assert_eq!(kinds, ["IMAGE", "FILE"], "{mode}");

        // What the browser had of its own is gone now.
        browser.reload().await;
        System::OneSmile.enter(&browser).await;
        browser
            .until(
                "rows().length === 2 && rows()[0].querySelector('img').naturalWidth && \
                 rows()[1].querySelector('a[href]')",
            )
            .await;
        let asked = server.asked("/api-v2/demo-upload").await;
        assert_eq!(asked, if mode == "url" { 2 } else { 0 }, "{mode}");
    }
}

#[tokio::test]
async fn a_text_that_comes_with_a_picture_shows_with_it_as_it_was_written() {
    let server = Server::start(Some(&dist())).await;
    let browser = visitor(&server, "").await;
    browser.say("What does the roof look like?").await;
    browser.row("What does the roof look like?", "sent").await;
    let picture = json!({
        "contentType": "IMAGE",
        "messageContent": format!("{}/files/roof.png", server.url()),
        "metadata": {"caption": "The *roof*, from below", "file": {"name": "roof.png"}},
    });
    server.staff_sends(&server.session().await, picture).await;
    browser
        .until(
            "rows().some((row) => row.querySelector('.bubble')?.textContent === \
             'The *roof*, from below' && row.querySelector('.frame img'))",
        )
        .await;
}
