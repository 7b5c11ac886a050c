//! The main job: a visitor chats with a concierge through a page.

use concierge_e2e::{Browser, ENTER, ESCAPE, SHIFT, Server, Site, dist, visitor};
use serde_json::json;

/// The console, with the only chat there is open.
async fn concierge(server: &Server) -> Browser {
    let console = Browser::start().await;
    console.open(&format!("{}/console", server.url())).await;
    console
        .until("document.querySelector('[data-session]')")
        .await;
    console
        .run("document.querySelector('[data-session]').click()")
        .await;
    console
        .until("!document.querySelector('#reply').disabled")
        .await;
    console
}

async fn console_sees(console: &Browser, text: &str) {
    let text = json!(text);
    console
        .until(&format!(
            "[...document.querySelectorAll('#log [data-message]')]\
             .some((it) => it.textContent.includes({text}))"
        ))
        .await;
}

#[tokio::test]
async fn a_first_chat_answered_from_the_console() {
    let server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("The key card for 3/0812 stopped working").await;
    visitor
        .row("The key card for 3/0812 stopped working", "sent")
        .await;

    let console = concierge(&server).await;
    console_sees(&console, "The key card for 3/0812 stopped working").await;
    let reply = console
        .client()
        .find(fantoccini::Locator::Css("#reply"))
        .await
        .expect("a field");
    reply
        .send_keys(&format!("Somebody is on the way up{ENTER}"))
        .await
        .expect("it takes keys");

    visitor.row("Somebody is on the way up", "received").await;
    // The console has the chat open, so it has seen the visitor's message.
    visitor
        .row("The key card for 3/0812 stopped working", "seen")
        .await;
    assert_eq!(
        visitor.texts().await,
        [
            "The key card for 3/0812 stopped working",
            "Somebody is on the way up"
        ]
    );
    let authors = visitor
        .run("return rows().map((row) => row.dataset.author)")
        .await;
    assert_eq!(authors, json!(["me", "them"]));
}

#[tokio::test]
async fn a_reload_resumes_the_chat_with_its_draft() {
    let server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("Is the pool open?").await;
    visitor.row("Is the pool open?", "sent").await;
    visitor.write("And the saun").await;

    visitor.reload().await;
    visitor.open_panel().await;
    visitor.row("Is the pool open?", "sent").await;
    visitor
        .until("part('composer').value === 'And the saun'")
        .await;
    visitor.online().await;
    assert_eq!(server.sessions().await.len(), 1);
    assert_eq!(visitor.texts().await, ["Is the pool open?"]);
}

#[tokio::test]
async fn a_returning_visitor_gets_the_app_when_the_page_is_idle_and_sees_what_is_unread() {
    let server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("Any news of my parcel?").await;
    visitor.row("Any news of my parcel?", "sent").await;
    visitor.open("about:blank").await;
    let session = server.session().await;
    server.staff_says(&session, "It has just arrived").await;
    server.staff_says(&session, "Come by when you like").await;

    visitor.open(server.url()).await;
    visitor.until("host.dataset.unread === '2'").await;
    visitor.until("part('badge').textContent === '2'").await;
    visitor
        .until("part('launcher').getAttribute('aria-label') === 'Open chat, 2 unread messages'")
        .await;
    assert_eq!(
        visitor.run("return host.hasAttribute('data-open')").await,
        json!(false)
    );
    visitor.open_panel().await;
    visitor.row("Come by when you like", "received").await;
    visitor.until("!host.dataset.unread").await;
}

#[tokio::test]
async fn a_server_killed_and_restarted_in_mid_chat_loses_nothing() {
    let mut server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("before").await;
    visitor.row("before", "sent").await;
    server.kill().await;
    visitor.until("host.dataset.connection !== 'online'").await;
    visitor.say("while it is down").await;
    visitor.row("while it is down", "queued").await;
    visitor.say("this too").await;

    server.restart().await;
    visitor.row("this too", "sent").await;
    visitor.online().await;
    assert_eq!(
        server.texts().await,
        ["before", "while it is down", "this too"]
    );
    assert_eq!(
        visitor.texts().await,
        ["before", "while it is down", "this too"]
    );
}

#[tokio::test]
async fn a_tab_closed_while_the_server_is_down_sends_when_it_is_opened_again() {
    let site = Site::new();
    let mut server = Server::start(Some(site.path())).await;
    let visitor = visitor(&server).await;
    server.kill().await;
    visitor.until("host.dataset.connection !== 'online'").await;
    visitor.say("Please keep this").await;
    visitor.row("Please keep this", "queued").await;
    visitor.open("about:blank").await;
    server.restart().await;
    visitor.open(server.url()).await;
    // It is sent without a click: the app comes when the page is idle.
    visitor.until("host.dataset.connection === 'online'").await;
    visitor.open_panel().await;
    visitor.row("Please keep this", "sent").await;
    assert_eq!(server.texts().await, ["Please keep this"]);
}

#[tokio::test]
async fn a_chat_ended_from_the_console_is_over_and_a_new_one_begins() {
    let server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("Thank you").await;
    visitor.row("Thank you", "sent").await;
    server.staff_ends(&server.session().await).await;
    visitor.part("ended").await;
    visitor.until("host.dataset.connection === 'ended'").await;
    visitor
        .until("part('ended').textContent.includes('This chat has ended')")
        .await;
    assert_eq!(
        visitor.texts().await,
        ["Thank you"],
        "the log stays readable"
    );

    visitor.press("Start a new chat").await;
    visitor.online().await;
    visitor.say("One more thing").await;
    visitor.row("One more thing", "sent").await;
    assert_eq!(server.sessions().await.len(), 2);
}

#[tokio::test]
async fn the_visitor_ends_the_chat_from_the_menu() {
    let server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("That is all").await;
    visitor.row("That is all", "sent").await;
    visitor.click("menu").await;
    visitor.press("End chat").await;
    // It is asked for once more before it is done.
    visitor.press("End chat").await;
    visitor.part("ended").await;
    let sessions = server.sessions().await;
    assert!(sessions[0].to_string().contains("true"), "{sessions:?}");
}

#[tokio::test]
async fn keys_alone_are_enough() {
    let server = Server::start(Some(&dist())).await;
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.part("launcher").await;
    browser.run("part('launcher').focus()").await;
    browser.keys(&ENTER.to_string()).await;
    browser.part("composer").await;
    browser
        .until("root.activeElement === part('composer')")
        .await;
    browser.online().await;
    browser
        .keys(&format!("two{SHIFT}{ENTER}{SHIFT}lines{ENTER}"))
        .await;
    browser.row("two\nlines", "sent").await;
    browser.keys(&ESCAPE.to_string()).await;
    browser.until("!host.hasAttribute('data-open')").await;
    browser
        .until("root.activeElement === part('launcher')")
        .await;
    assert_eq!(server.texts().await, ["two\nlines"]);
}

#[tokio::test]
async fn a_text_is_a_text_whatever_it_looks_like() {
    let server = Server::start(Some(&dist())).await;
    let visitor = visitor(&server).await;
    visitor.say("hello").await;
    visitor.row("hello", "sent").await;
    let session = server.session().await;
    let evil = "<img src=x onerror=alert(1)><script>window.pwned = 1</script>";
    server.staff_says(&session, evil).await;
    server
        .staff_says(
            &session,
            "see https://example.com/a?b=1 or javascript:alert(1)",
        )
        .await;
    visitor.row(evil, "received").await;
    visitor
        .row(
            "see https://example.com/a?b=1 or javascript:alert(1)",
            "received",
        )
        .await;
    let links = visitor
        .run("return [...root.querySelectorAll('[part~=message] a')].map((a) => a.getAttribute('href'))")
        .await;
    assert_eq!(links, json!(["https://example.com/a?b=1"]));
    assert_eq!(
        visitor.run("return window.pwned ?? null").await,
        json!(null)
    );
}
