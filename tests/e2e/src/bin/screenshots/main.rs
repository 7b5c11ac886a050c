//! `cargo xtask screenshots`: pictures of every state, taken from the real
//! page against the real server, so that people can look at them.
//!
//! Arguments: the folder, how many device pixels a CSS pixel has, and the
//! beginnings of the names that are wanted (all, when there are none).

mod files;
mod systems;

use std::fs;
use std::path::PathBuf;

use concierge_e2e::{Browser, Server, Site, dist};
use serde_json::{Value, json};

/// What a picture shows of the page.
#[derive(Clone, Copy)]
enum Cut {
    /// The widget with a rim of the page.
    Widget,
    /// The corner with the launcher.
    Corner,
    /// All that the window shows.
    Window,
}

/// How large the window is, in CSS px.
const DESK: (u32, u32) = (1100, 800);

/// Takes pictures and puts them where they belong.
struct Studio {
    folder: PathBuf,
    scale: f64,
    wanted: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let scale = arguments.next().and_then(|scale| scale.parse().ok());
    let studio = Studio {
        folder,
        scale: scale.expect("device pixels a CSS pixel"),
        wanted: arguments.collect(),
    };
    fs::create_dir_all(&studio.folder).expect("the folder can be made");
    studio.chat().await;
    studio.files().await;
    studio.systems().await;
    studio.troubles().await;
    studio.failures().await;
    studio.overview().await;
}

impl Studio {
    /// From the first look at the page to the end of a chat.
    async fn chat(&self) {
        let server = Server::start(Some(&dist())).await;
        let browser = self.window(DESK).await;
        browser.open(server.url()).await;
        browser.part("launcher").await;
        self.take(&browser, "launcher", Cut::Corner).await;
        browser.open_panel().await;
        browser.online().await;
        self.take(&browser, "empty-light", Cut::Widget).await;
        scheme(&browser, "dark").await;
        self.take(&browser, "empty-dark", Cut::Widget).await;
        scheme(&browser, "light").await;

        let session = talk(&server, &browser).await;
        self.take(&browser, "chat-light", Cut::Widget).await;
        scroll(&browser, "middle").await;
        self.take(&browser, "content-light", Cut::Widget).await;
        scroll(&browser, "start").await;
        self.take(&browser, "chat-start-light", Cut::Widget).await;
        scroll(&browser, "end").await;

        browser.click("menu").await;
        self.take(&browser, "menu-light", Cut::Widget).await;
        browser.press("End chat").await;
        self.take(&browser, "confirm-light", Cut::Widget).await;
        browser.press("Cancel").await;

        browser
            .write("One more thing\u{e008}\u{e007}\u{e007}\u{e008}We leave on Sunday with the first ferry. Could you keep two bicycles for us until then, and call a car to the pier for a quarter past seven? There are three of us, and one large case that none of us wants to carry.")
            .await;
        self.take(&browser, "composer-light", Cut::Widget).await;
        browser
            .run("const it = part('composer'); it.value = ''; it.dispatchEvent(new InputEvent('input', {bubbles: true}))")
            .await;

        scheme(&browser, "dark").await;
        self.take(&browser, "chat-dark", Cut::Widget).await;
        scroll(&browser, "middle").await;
        self.take(&browser, "content-dark", Cut::Widget).await;
        scroll(&browser, "end").await;
        browser.click("menu").await;
        self.take(&browser, "menu-dark", Cut::Widget).await;
        browser.keys("\u{e00c}").await;
        media(&browser, &[("forced-colors", "active")]).await;
        self.take(&browser, "chat-forced-colours", Cut::Widget)
            .await;
        scroll(&browser, "middle").await;
        self.take(&browser, "content-forced-colours", Cut::Widget)
            .await;
        scheme(&browser, "light").await;

        self.sizes(&server, &browser).await;
        self.unread(&server, &browser, &session).await;
        self.console(&server, &session).await;

        server.staff_ends(&session).await;
        browser.click("launcher").await;
        browser.part("ended").await;
        self.take(&browser, "ended-light", Cut::Widget).await;
        scheme(&browser, "dark").await;
        self.take(&browser, "ended-dark", Cut::Widget).await;
    }

    /// The same chat mirrored, small, and large.
    async fn sizes(&self, server: &Server, browser: &Browser) {
        let rtl = format!("{}/?dir=rtl", server.url());
        browser.open(&rtl).await;
        browser.open_panel().await;
        said(browser, LAST).await;
        browser.online().await;
        scroll(browser, "end").await;
        self.take(browser, "chat-rtl", Cut::Widget).await;
        browser.click("menu").await;
        self.take(browser, "menu-rtl", Cut::Widget).await;

        browser.open(server.url()).await;
        for (name, (width, height)) in [("phone", (390, 844)), ("narrow", (320, 568))] {
            self.resize(browser, (width, height), 1.0, true).await;
            browser.open(server.url()).await;
            browser.part("launcher").await;
            self.take(browser, &format!("{name}-closed"), Cut::Window)
                .await;
            browser.open_panel().await;
            said(browser, LAST).await;
            browser.online().await;
            scroll(browser, "end").await;
            self.take(browser, &format!("{name}-light"), Cut::Window)
                .await;
        }
        scheme(browser, "dark").await;
        self.resize(browser, (390, 844), 1.0, true).await;
        self.take(browser, "phone-dark", Cut::Window).await;
        scheme(browser, "light").await;
        for (name, (width, height)) in [("zoom-200", (640, 400)), ("zoom-400", (320, 256))] {
            let zoom = 1280.0 / f64::from(width);
            self.resize(browser, (width, height), zoom / 2.0, false)
                .await;
            self.take(browser, name, Cut::Window).await;
        }
        self.resize(browser, DESK, 1.0, false).await;
        browser.open(server.url()).await;
    }

    /// News while the panel is closed.
    async fn unread(&self, server: &Server, browser: &Browser, session: &str) {
        browser.open_panel().await;
        said(browser, LAST).await;
        browser.online().await;
        browser.click("close").await;
        browser.until("!host.hasAttribute('data-open')").await;
        browser.run("part('launcher').blur()").await;
        for text in [
            "Your table is set for eight.",
            "The night porter knows about the car.",
            "Sleep well.",
        ] {
            server.staff_says(session, text).await;
        }
        browser.until("host.dataset.unread === '3'").await;
        self.take(browser, "launcher-unread-light", Cut::Corner)
            .await;
        scheme(browser, "dark").await;
        self.take(browser, "launcher-unread-dark", Cut::Corner)
            .await;
        media(browser, &[("forced-colors", "active")]).await;
        self.take(browser, "launcher-unread-forced-colours", Cut::Corner)
            .await;
        scheme(browser, "light").await;
        browser.open(&format!("{}/?dir=rtl", server.url())).await;
        browser.until("shown(part('badge'))").await;
        self.take(browser, "launcher-unread-rtl", Cut::Corner).await;
        browser.open_panel().await;
        browser.open(server.url()).await;
        browser.open_panel().await;
        browser.row("Sleep well.", "received").await;
        browser.click("close").await;
    }

    /// The other side of the desk.
    async fn console(&self, server: &Server, session: &str) {
        let browser = self.window((1100, 760)).await;
        browser
            .open(&format!("{}/console#{session}", server.url()))
            .await;
        browser
            .until("document.querySelectorAll('#log [data-message]').length > 8")
            .await;
        self.take(&browser, "console-light", Cut::Window).await;
        scheme(&browser, "dark").await;
        self.take(&browser, "console-dark", Cut::Window).await;
    }

    /// What goes wrong in the middle of a chat.
    async fn troubles(&self) {
        let mut server = Server::start(Some(&dist())).await;
        let browser = self.window(DESK).await;
        browser.open(server.url()).await;
        browser.open_panel().await;
        browser.online().await;
        browser.say("Is the sauna warm this evening?").await;
        browser.row("Is the sauna warm this evening?", "sent").await;
        let session = server.session().await;
        server
            .staff_says(
                &session,
                "It is, until eleven. Towels are in the basket by the door.",
            )
            .await;
        let refusal = json!({"client/send-message": {"status": 422, "message": "", "times": 1}});
        server.switch(json!({"fail_route": refusal})).await;
        browser.say("Could we have it for ourselves at ten?").await;
        browser
            .row("Could we have it for ourselves at ten?", "failed")
            .await;
        self.take(&browser, "failed-light", Cut::Widget).await;
        scheme(&browser, "dark").await;
        self.take(&browser, "failed-dark", Cut::Widget).await;
        media(&browser, &[("forced-colors", "active")]).await;
        self.take(&browser, "failed-forced-colours", Cut::Widget)
            .await;
        scheme(&browser, "light").await;
        browser.press("Retry").await;
        browser
            .row("Could we have it for ourselves at ten?", "sent")
            .await;

        browser
            .run("const it = part('composer'); it.value = 'All that we ever wanted to say about saunas. '.repeat(800); \
                  it.dispatchEvent(new InputEvent('input', {bubbles: true}))")
            .await;
        browser.click("send").await;
        browser.part("error").await;
        self.take(&browser, "too-long-light", Cut::Widget).await;
        browser.press("Dismiss").await;
        browser
            .run("const it = part('composer'); it.value = ''; it.dispatchEvent(new InputEvent('input', {bubbles: true}))")
            .await;

        network(&browser, false).await;
        browser.until("shown(part('banner'))").await;
        browser.say("We are on the ferry now.").await;
        browser.row("We are on the ferry now.", "queued").await;
        self.take(&browser, "offline-light", Cut::Widget).await;
        scheme(&browser, "dark").await;
        self.take(&browser, "offline-dark", Cut::Widget).await;
        scheme(&browser, "light").await;
        network(&browser, true).await;
        browser.row("We are on the ferry now.", "sent").await;

        server.kill().await;
        browser
            .until("part('banner') && part('banner').textContent.includes('Reconnecting in')")
            .await;
        self.take(&browser, "reconnecting-light", Cut::Widget).await;
    }

    /// What keeps a chat from beginning.
    async fn failures(&self) {
        let settings = "socketUrl: location.origin.replace('http', 'ws') + '/concierge/socket', \
             contactUrl: 'mailto:desk@example.com'";
        let page = |more: &str| {
            format!(
                "<style>body {{ margin: 40px; font: 17px system-ui }}</style>\
                 <script>window.conciergeSettings = {{{settings}{more}}}</script>\
                 <script async src=\"concierge.js\"></script>"
            )
        };
        let site = Site::new()
            .with("none.html", &page(""), "")
            .with(
                "out.html",
                &page(", token: async () => { throw Error() }"),
                "",
            )
            .with("demo.html", &page(", token: 'x'"), "");
        let server = Server::start(Some(site.path())).await;
        let browser = self.window(DESK).await;
        browser.open(&format!("{}/none.html", server.url())).await;
        browser.click("launcher").await;
        browser.part("error").await;
        self.take(&browser, "no-token-light", Cut::Widget).await;
        browser.open(&format!("{}/out.html", server.url())).await;
        browser.open_panel().await;
        browser.part("banner").await;
        self.take(&browser, "sign-in-light", Cut::Widget).await;
        browser.cdp("Network.clearBrowserCache", json!({})).await;
        site.remove(".wasm");
        browser.open(&format!("{}/demo.html", server.url())).await;
        browser.click("launcher").await;
        browser.part("error").await;
        self.take(&browser, "app-missing-light", Cut::Widget).await;
        scheme(&browser, "dark").await;
        self.take(&browser, "app-missing-dark", Cut::Widget).await;
    }

    /// The page and the console beside each other.
    async fn overview(&self) {
        let style = "<style>
            html, body { margin: 0; background: #d9dedb }
            h1 { display: none }
            body { display: flex; gap: 28px; padding: 28px; box-sizing: border-box; height: 100vh }
            iframe { border: 0; border-radius: 12px; box-shadow: 0 2px 8px #0002, 0 16px 40px #0003; flex: 1 1 0; width: 0; background: #fff }
            #desk { flex-grow: 1.15 }
            </style>";
        let site = Site::new().with(
            "both.html",
            style,
            "<iframe id=page src=\"./\"></iframe><iframe id=desk></iframe>",
        );
        let server = Server::start(Some(site.path())).await;
        let browser = self.window(DESK).await;
        browser.open(server.url()).await;
        browser.open_panel().await;
        browser.online().await;
        let session = talk(&server, &browser).await;
        self.resize(&browser, (1800, 820), 1.0, false).await;
        browser.open(&format!("{}/both.html", server.url())).await;
        browser
            .run(&format!(
                "document.querySelector('#desk').src = '/console#{session}'"
            ))
            .await;
        browser
            .until("document.querySelector('#page').contentWindow.Concierge.open && document.querySelector('#desk').contentDocument.querySelectorAll('#log [data-message]').length > 8")
            .await;
        browser
            .run("document.querySelector('#page').contentWindow.Concierge.open()")
            .await;
        browser
            .until("[...document.querySelector('#page').contentDocument.querySelector('concierge-chat').shadowRoot.querySelectorAll('[part~=message]')].length > 8")
            .await;
        browser.run_async("setTimeout(() => done(0), 600)").await;
        self.take(&browser, "overview", Cut::Window).await;
    }

    async fn window(&self, size: (u32, u32)) -> Browser {
        let browser = Browser::start().await;
        self.resize(&browser, size, 1.0, false).await;
        scheme(&browser, "light").await;
        browser
    }

    async fn resize(&self, browser: &Browser, size: (u32, u32), zoom: f64, mobile: bool) {
        let metrics = json!({
            "width": size.0, "height": size.1,
            "deviceScaleFactor": self.scale * zoom, "mobile": mobile,
        });
        browser
            .cdp("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Takes a picture when nothing moves any more but what always does.
    async fn take(&self, browser: &Browser, name: &str, cut: Cut) {
        if !self.wanted.is_empty() && !self.wanted.iter().any(|it| name.starts_with(it.as_str())) {
            return;
        }
        let script = "const all = [...document.getAnimations(), ...(root ? root.getAnimations() : [])].filter((it) => isFinite(it.effect.getComputedTiming().endTime));
             const still = Promise.all(all.map((it) => it.finished.catch(() => 0)));
             const pictures = root ? [...root.querySelectorAll('img')].filter((it) => it.checkVisibility() && it.loading !== 'lazy').map((it) => it.decode().catch(() => 0)) : [];
             Promise.all([still, ...pictures]).then(() => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done(0))), 120))";
        browser.run_async(script).await;
        let clip = browser.run(&clip(cut)).await;
        // To look closely, no artefacts; to keep, few bytes.
        let (ending, format) = if self.scale > 1.0 {
            ("png", json!({"format": "png", "clip": clip}))
        } else {
            (
                "jpg",
                json!({"format": "jpeg", "quality": 76, "clip": clip}),
            )
        };
        let picture = browser.cdp("Page.captureScreenshot", format).await;
        let data = picture["data"].as_str().expect("a picture");
        let path = self.folder.join(format!("{name}.{ending}"));
        fs::write(&path, base64(data)).expect("it can be written");
        eprintln!("{}", path.display());
    }
}

/// JavaScript that gives the part of the page that a picture shows.
fn clip(cut: Cut) -> String {
    let boxes = match cut {
        Cut::Widget => "[part('panel'), part('launcher')]",
        Cut::Corner => "[part('launcher')]",
        Cut::Window => "[]",
    };
    let rim = match cut {
        Cut::Corner => 36,
        Cut::Widget | Cut::Window => 20,
    };
    format!(
        "const boxes = {boxes}.filter(shown).map((it) => it.getBoundingClientRect());
         const edge = (side, least) => Math[least ? 'min' : 'max'](...boxes.map((it) => it[side]));
         const whole = !boxes.length;
         const x = whole ? 0 : Math.max(0, edge('left', true) - {rim});
         const y = whole ? 0 : Math.max(0, edge('top', true) - {rim});
         const right = whole ? innerWidth : Math.min(innerWidth, edge('right') + {rim});
         const bottom = whole ? innerHeight : Math.min(innerHeight, edge('bottom') + {rim});
         return {{x: x + scrollX, y: y + scrollY, width: right - x, height: bottom - y, scale: 1}}"
    )
}

/// The last thing that is said in [`talk`].
const LAST: &str = "Perfect. And a table for two at eight, if there is one?";

/// A conversation with a bit of everything; returns the chat's id.
async fn talk(server: &Server, browser: &Browser) -> String {
    let mine = [
        "Good evening",
        "The key card for the Chart Room stopped working",
    ];
    for text in mine {
        browser.say(text).await;
        browser.row(text, "sent").await;
    }
    let session = server.session().await;
    let theirs = [
        "Good evening. I am sorry about that.",
        "Somebody is on the way up to you with a new one. It takes about two minutes; please knock on the bar’s window if you would rather wait inside, where it is warm.",
    ];
    for text in theirs {
        server.staff_says(&session, text).await;
        browser.row(text, "received").await;
    }
    let text = "Thank you. Is the harbour walk lit at night?";
    browser.say(text).await;
    browser.row(text, "sent").await;
    let text = "As far as the lighthouse. This is how it looks now:";
    server.staff_says(&session, text).await;
    browser.row(text, "received").await;
    send_picture(browser, &session).await;
    send_file(browser, &session).await;
    let text = "The tides are at https://example.com/harrow-quay/tides?week=47&units=metric";
    server.staff_says(&session, text).await;
    browser.row(text, "received").await;
    let text = "Lovely, we will go at once.";
    browser.say(text).await;
    browser.row(text, "sent").await;
    post(browser, &format!("/{session}/seen"), "''").await;
    browser.row(text, "seen").await;
    browser.say(LAST).await;
    browser.row(LAST, "sent").await;
    session
}

/// The concierge sends the page's own harbour as a photograph.
async fn send_picture(browser: &Browser, session: &str) {
    let script = format!(
        "const view = document.querySelector('svg.view').cloneNode(true);
         view.setAttribute('width', 1040); view.setAttribute('height', 380);
         view.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
         const image = new Image();
         image.onload = () => {{
             const canvas = Object.assign(document.createElement('canvas'), {{width: 800, height: 600}});
             canvas.getContext('2d').drawImage(image, 180, 0, 507, 380, 0, 0, 800, 600);
             canvas.toBlob((blob) => fetch('/console/api/sessions/{session}/files?name=harbour.jpg',
                 {{method: 'POST', headers: {{'Content-Type': 'image/jpeg'}}, body: blob}}).then((it) => done(it.status)),
                 'image/jpeg', 0.9);
         }};
         image.src = 'data:image/svg+xml,' + encodeURIComponent(view.outerHTML);"
    );
    assert_eq!(browser.run_async(&script).await, json!(200));
    browser
        .until("rows().some((it) => it.dataset.kind === 'image' && it.querySelector('img').complete && it.querySelector('img').naturalWidth)")
        .await;
}

async fn send_file(browser: &Browser, session: &str) {
    let name = "Harbour%20walks%20and%20tides%2C%20autumn%20and%20winter%202026.pdf";
    post(
        browser,
        &format!("/{session}/files?name={name}"),
        "'%PDF-1.7\\n'.repeat(9000)",
    )
    .await;
    browser
        .until("rows().some((it) => it.dataset.kind === 'file')")
        .await;
}

/// Asks the console's API for something.
async fn post(browser: &Browser, path: &str, body: &str) {
    let script = format!(
        "fetch('/console/api/sessions{path}', {{method: 'POST', headers: {{'Content-Type': 'application/pdf'}}, body: {body}}}).then((it) => done(it.status))"
    );
    assert_eq!(browser.run_async(&script).await, json!(200), "{path}");
}

/// Waits until the log shows a message, whatever its state.
async fn said(browser: &Browser, text: &str) {
    let text = json!(text);
    browser
        .until(&format!("rows().some((row) => textOf(row) === {text})"))
        .await;
}

/// Shows the log's `start`, `middle` or `end`, as a visitor would scroll it.
async fn scroll(browser: &Browser, to: &str) {
    let top = match to {
        "start" => "0",
        "middle" => "root.querySelector('img').closest('.line').offsetTop - 90",
        _ => "1e6",
    };
    browser
        .run_async(&format!(
            "part('log').scrollTop = {top}; setTimeout(() => done(0), 200)"
        ))
        .await;
}

async fn scheme(browser: &Browser, scheme: &str) {
    media(browser, &[("prefers-color-scheme", scheme)]).await;
}

async fn media(browser: &Browser, features: &[(&str, &str)]) {
    let features: Vec<Value> = features
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    browser
        .cdp("Emulation.setEmulatedMedia", json!({"features": features}))
        .await;
}

async fn network(browser: &Browser, there: bool) {
    let conditions = json!({
        "offline": !there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
    });
    browser
        .cdp("Network.emulateNetworkConditions", conditions)
        .await;
}

/// Reads standard base64.
fn base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}
