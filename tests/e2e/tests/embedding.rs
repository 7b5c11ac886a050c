//! What the widget costs a page, and what a page can do with it.

use concierge_e2e::{Browser, ESCAPE, Server, Site, dist};
use serde_json::{Value, json};

/// A page's own script tag, with the server's token.
fn tag(path: &str) -> String {
    format!(
        "<script>window.conciergeSettings = {{\
            socketUrl: location.origin.replace('http', 'ws') + '/concierge/socket',\
            apiUrl: location.origin + '/concierge/api',\
            token: async () => (await (await fetch('/demo/token?tenant=1003')).json()).accessToken,\
         }}</script><script async src=\"{path}concierge.js\"></script>"
    )
}

/// Notes everything that a page must not see before the visitor shows intent.
const SPY: &str = "<script>
    window.sockets = 0; window.stored = 0;
    const Real = WebSocket;
    window.WebSocket = class extends Real { constructor(...a) { super(...a); window.sockets += 1 } };
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (...a) { window.stored += 1; return set.apply(this, a) };
</script>";

#[tokio::test]
async fn before_intent_the_loader_is_all_there_is() {
    let site = Site::new().with("page.html", &format!("{SPY}{}", tag("")), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    browser.part("launcher").await;
    browser.until("document.readyState === 'complete'").await;
    // Whatever was to start at idle has had its chance.
    browser
        .run_async(
            "requestIdleCallback(() => setTimeout(() => requestIdleCallback(() => done(0)), 300))",
        )
        .await;
    let loaded = browser
        .run(
            "return performance.getEntriesByType('resource').map((it) => it.name.split('/').pop())\
                .filter((it) => it !== 'favicon.ico')",
        )
        .await;
    assert_eq!(loaded, json!(["concierge.js"]));
    let counts = "return [window.sockets, window.stored, localStorage.length, \
                  sessionStorage.length, document.cookie.length]";
    assert_eq!(browser.run(counts).await, json!([0, 0, 0, 0, 0]));
    let served = requests(&server).await;
    let ours: Vec<&String> = served
        .iter()
        .filter(|path| !path.contains("favicon"))
        .collect();
    assert_eq!(ours, ["/page.html", "/concierge.js"], "{served:?}");

    // A pointer over the launcher fetches the app's files and nothing else.
    browser.point_at("launcher").await;
    browser
        .until("performance.getEntriesByType('resource').filter((it) => /widget-/.test(it.name)).length >= 3")
        .await;
    assert_eq!(browser.run(counts).await, json!([0, 0, 0, 0, 0]));
    let served = requests(&server).await;
    for ending in [".js", ".wasm", ".css"] {
        let times = served.iter().filter(|path| path.ends_with(ending));
        let expected = if ending == ".js" { 2 } else { 1 };
        assert_eq!(times.count(), expected, "{ending}: {served:?}");
    }
    assert!(
        !served.iter().any(|path| path.contains("token")),
        "{served:?}"
    );

    // Opening connects, and fetches no file a second time.
    browser.open_panel().await;
    browser.online().await;
    let served = requests(&server).await;
    for ending in [".wasm", ".css"] {
        let times = served.iter().filter(|path| path.ends_with(ending)).count();
        assert_eq!(times, 1, "{ending}: {served:?}");
    }
    assert_eq!(browser.run("return window.sockets").await, json!(1));
}

async fn requests(server: &Server) -> Vec<String> {
    let inspected = server.inspect().await;
    let requests = inspected["requests"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    requests
        .iter()
        .filter_map(|it| it["path"].as_str())
        .filter(|path| !path.starts_with("/inspect"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn nothing_of_the_page_is_touched_but_one_element_and_one_name() {
    let site = Site::new()
        .with("page.html", &tag(""), "")
        .with("bare.html", "", "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    let look = "return [Object.keys(window).sort(), document.head.innerHTML.length, \
                document.body.children.length, document.adoptedStyleSheets.length]";
    browser.open(&format!("{}/bare.html", server.url())).await;
    let bare = browser.run(look).await;
    browser.open(&format!("{}/page.html", server.url())).await;
    browser.part("launcher").await;
    let head = browser.run("return document.head.innerHTML.length").await;
    browser.open_panel().await;
    browser.online().await;
    let full = browser.run(look).await;
    let names = |it: &Value| -> Vec<String> {
        serde_json::from_value(it[0].clone()).expect("names of globals")
    };
    let added: Vec<String> = names(&full)
        .into_iter()
        .filter(|name| !names(&bare).contains(name))
        // chromedriver's own.
        .filter(|name| !["ret_nodes", "se_exportedFunctionSymbol"].contains(&name.as_str()))
        .collect();
    assert_eq!(added, ["Concierge", "conciergeSettings"]);
    assert_eq!(full[1], head, "the head is as it was");
    assert_eq!(full[2].as_u64(), bare[2].as_u64().map(|count| count + 1));
    assert_eq!(full[3], bare[3]);
    // Custom properties may be set by script; nothing else is styled inline.
    let inline = "return [...root.querySelectorAll('style, [style]')].filter((it) => \
                  [...(it.style ?? ['style'])].some((name) => !name.startsWith('--'))).length";
    assert_eq!(browser.run(inline).await, json!(0));
}

#[tokio::test]
async fn the_release_works_from_any_path_as_it_lies() {
    let site = Site::below("assets/chat/v1").with("index.html", &tag("assets/chat/v1/"), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.open_panel().await;
    browser.online().await;
    browser.say("From afar").await;
    browser.row("From afar", "sent").await;
}

#[tokio::test]
async fn the_demo_page_of_the_release_embeds_it_as_any_site_does() {
    let server = Server::start(Some(&dist())).await;
    let browser = Browser::start().await;
    browser.open(server.url()).await;
    browser.part("launcher").await;
    let scripts = browser
        .run("return [...document.scripts].map((it) => it.getAttribute('src')).filter((it) => it)")
        .await;
    assert_eq!(scripts, json!(["concierge.js"]));
}

#[tokio::test]
async fn calls_before_during_and_after_loading_all_work() {
    let stub = "<script>
        window.Concierge = window.Concierge || function () { (Concierge.q = Concierge.q || []).push(arguments) };
        window.heard = [];
        Concierge('on', 'ready', () => heard.push('ready'));
        Concierge('on', 'open', () => heard.push('open'));
        Concierge('on', 'messageSent', () => heard.push('messageSent'));
        Concierge('open');
        Concierge('sendMessage', 'Sent before the loader came');
    </script>";
    let site = Site::new().with("page.html", &format!("{stub}{}", tag("")), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    browser.row("Sent before the loader came", "sent").await;
    browser
        .until("heard.includes('open') && heard.includes('messageSent')")
        .await;

    let state = browser.run_async("Concierge.getState().then ? Concierge.getState().then(done) : done(Concierge.getState())").await;
    assert_eq!(state["ready"], json!(true));
    assert_eq!(state["open"], json!(true));
    assert_eq!(state["connection"]["status"], json!("online"));
    assert_eq!(state["unread"], json!(0));
    assert!(state["conversationId"].is_string());

    browser
        .run_async("Concierge('prefill', 'A thought').then(() => done(0))")
        .await;
    browser
        .until("part('composer').value === 'A thought'")
        .await;
    browser
        .run_async("Concierge.close().then(() => done(0))")
        .await;
    browser.until("!host.hasAttribute('data-open')").await;
    browser
        .run_async("Concierge.toggle().then(() => done(0))")
        .await;
    browser.until("host.hasAttribute('data-open')").await;
    let told = browser
        .run_async("Concierge.on('close', () => done('close')); Concierge('close')")
        .await;
    assert_eq!(told, json!("close"));
    browser
        .run_async("Concierge.hide().then(() => done(0))")
        .await;
    browser.until("!shown(part('launcher'))").await;
    browser
        .run_async("Concierge.show().then(() => done(0))")
        .await;
    browser.until("shown(part('launcher'))").await;
    let refused = browser
        .run_async(
            "Concierge('noSuchCall').then(() => done('took it'), (error) => done(String(error)))",
        )
        .await;
    assert!(
        refused.as_str().is_some_and(|it| it.contains("noSuchCall")),
        "{refused}"
    );
    assert_eq!(server.texts().await, ["Sent before the loader came"]);
}

#[tokio::test]
async fn destroyed_it_leaves_nothing_and_boots_again() {
    let site = Site::new().with("page.html", &format!("{SPY}{}", tag("")), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    for _ in 0..3 {
        browser.open_panel().await;
        browser.online().await;
        browser
            .run_async("Concierge.destroy().then(() => done(0))")
            .await;
        assert_eq!(
            browser
                .run("return document.querySelectorAll('concierge-chat').length")
                .await,
            json!(0)
        );
        browser
            .run_async("Concierge.boot({}).then(() => done(0))")
            .await;
        browser.part("launcher").await;
    }
    browser.open_panel().await;
    browser.online().await;
    let sockets = server.inspect().await;
    assert_eq!(
        sockets["sockets"].as_array().map(Vec::len),
        Some(1),
        "{}",
        sockets["sockets"]
    );
}

#[tokio::test]
async fn shut_down_it_forgets_the_visitor() {
    let site = Site::new().with("page.html", &tag(""), "");
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    browser.open_panel().await;
    browser.online().await;
    browser.write("half a though").await;
    assert_ne!(browser.run("return localStorage.length").await, json!(0));
    browser
        .run_async("Concierge.shutdown().then(() => done(0))")
        .await;
    let left = "return Object.keys(localStorage).concat(Object.keys(sessionStorage))";
    assert_eq!(browser.run(left).await, json!([]));
}

/// A page that gives these settings, besides what it needs to connect.
async fn page_with(settings: &str, body: &str) -> (Site, Server, Browser) {
    let early = format!(
        "<script>window.heard = [];\
         addEventListener('concierge:error', (it) => heard.push(it.detail.code));</script>{}\
         <script>Object.assign(conciergeSettings, {settings})</script>",
        tag("").replace("<script async", "<script defer")
    );
    let site = Site::new().with("page.html", &early, body);
    let server = Server::start(Some(site.path())).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page.html", server.url())).await;
    browser.until("host.hasAttribute('data-ready')").await;
    (site, server, browser)
}

#[tokio::test]
async fn a_wrong_setting_is_named_once_with_what_it_must_be() {
    let wrong = "{position: 'middle', offset: 5, open: 'yes', theme: 'red', title: 7, \
                 contactUrl: 'javascript:alert(1)', maxFileSize: 'big', launcher: '..', \
                 storage: 'cookies', titel: 'x', greeting: 'Good evening'}";
    let (_site, _server, browser) = page_with(wrong, "").await;
    browser.open_panel().await;
    browser.online().await;
    let said = browser.console().await.join("\n");
    for (name, expected) in [
        ("position", "must be right or left"),
        ("offset", "must be {x, y} in pixels"),
        ("open", "must be true or false"),
        ("theme", "must be an object"),
        ("title", "must be text"),
        ("contactUrl", "must be a URL"),
        ("maxFileSize", "must be a number"),
        ("launcher", "must be a CSS selector or false"),
        ("storage", "must be persistent or session or none"),
        ("titel", "is unknown"),
    ] {
        // The console's lines come as JSON.
        let sentence = format!("setting \\\\\"{name}\\\\\" {expected}");
        let plain = said.replace("\\\\\\\"", "\\\\\"");
        assert_eq!(plain.matches(&sentence).count(), 1, "{sentence}: {said}");
    }
    assert!(!said.contains("greeting"), "{said}");
    browser
        .until("root.textContent.includes('Good evening')")
        .await;
}

#[tokio::test]
async fn a_missing_setting_leads_to_the_contact_link() {
    let settings = "{token: undefined, contactUrl: '/contact'}";
    let (_site, _server, browser) = page_with(settings, "").await;
    browser.until("heard.includes('missing-setting')").await;
    browser.click("launcher").await;
    browser
        .until("part('error').getAttribute('role') === 'alert' && part('error').querySelector('a').getAttribute('href') === '/contact'")
        .await;
    let asked = "Concierge('sendMessage', 'x').then(() => done('sent'), (it) => done(it.message))";
    let refused = browser.run_async(asked).await;
    assert!(refused.as_str().is_some_and(|it| it.contains("token")));
    // With a token the same launcher opens the chat.
    browser
        .run("Concierge.login(async () => (await (await fetch('/demo/token?tenant=1003')).json()).accessToken)")
        .await;
    browser.until("!part('error')").await;
    browser.open_panel().await;
    browser.online().await;
}

#[tokio::test]
async fn the_sites_own_button_is_the_launcher() {
    let own = "<button id=\"help\"><b>Help</b></button>";
    let (_site, _server, browser) = page_with("{launcher: '#help'}", own).await;
    assert_eq!(
        browser.run("return shown(part('launcher'))").await,
        json!(false)
    );
    browser
        .run("const b = document.querySelector('#help'); b.focus(); b.firstChild.click()")
        .await;
    browser.part("composer").await;
    browser
        .until("root.activeElement === part('composer')")
        .await;
    browser.keys(&ESCAPE.to_string()).await;
    browser.until("document.activeElement.id === 'help'").await;
    // It may be changed while the page is there.
    browser.run("Concierge.update({launcher: false})").await;
    browser.run("document.querySelector('#help').click()").await;
    browser
        .run_async("Concierge.getState().then((it) => done(it.open))")
        .await;
    assert_eq!(
        browser.run("return host.hasAttribute('data-open')").await,
        json!(false)
    );
}

#[tokio::test]
async fn unread_messages_are_on_the_launcher() {
    let (_site, server, browser) = page_with("{}", "").await;
    browser.open_panel().await;
    browser.online().await;
    browser.say("Are you there?").await;
    browser.row("Are you there?", "sent").await;
    let launcher = |name: &str, expanded: bool| {
        format!(
            "part('launcher').getAttribute('aria-label') === '{name}' && \
             part('launcher').getAttribute('aria-expanded') === '{expanded}'"
        )
    };
    browser.until(&launcher("Close chat", true)).await;
    browser.click("close").await;
    browser.until(&launcher("Open chat", false)).await;
    browser
        .run("window.counts = []; Concierge.on('unreadCount', (it) => counts.push(it.count))")
        .await;
    let session = server.session().await;
    for text in ["Yes", "Sure"] {
        server.staff_says(&session, text).await;
    }
    browser
        .until(&launcher("Open chat, 2 unread messages", false))
        .await;
    browser
        .until("host.dataset.unread === '2' && part('badge').textContent === '2'")
        .await;
    browser.until("counts.at(-1) === 2").await;
    browser.click("launcher").await;
    browser.until("!host.hasAttribute('data-unread')").await;
    browser.until("!shown(part('badge'))").await;
}

#[tokio::test]
async fn a_placed_element_fills_its_box_and_has_settings_of_its_own() {
    let placed = "<div style=\"width:400px;height:500px\">\
                  <concierge-chat inline title=\"Room service\" color-scheme=\"dark\"></concierge-chat></div>";
    let (_site, _server, browser) = page_with("{theme: {accent: '#ff0'}}", placed).await;
    browser.part("composer").await;
    browser.online().await;
    assert_eq!(
        browser
            .run("const box = part('panel').getBoundingClientRect(); \
                  return [document.querySelectorAll('concierge-chat').length, shown(part('launcher')), \
                  part('panel').getAttribute('aria-label'), box.width, box.height, \
                  getComputedStyle(host).colorScheme, !!part('close')]")
            .await,
        json!([1, false, "Room service", 400, 500, "dark", false])
    );
    // Text on a yellow accent is black, whatever the scheme.
    let colour = "const probe = document.createElement('i'); probe.style.color = 'var(--concierge-on-accent)'; \
                  root.append(probe); const { color } = getComputedStyle(probe); probe.remove(); return color";
    let colour = browser.run(colour).await;
    assert!(
        colour.as_str().is_some_and(|it| it.starts_with("lab(0 ")),
        "{colour}"
    );
}
