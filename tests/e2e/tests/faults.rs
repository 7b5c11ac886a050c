//! Networks that fail: whatever happens to the line, each message is on the
//! server exactly once and in order, and is one row in the page.
//!
//! The page's files and its tokens come from the server itself, the widget's
//! socket goes through a proxy.

use std::ops::Range;

use concierge_e2e::{Browser, Proxy, Server, Site};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::time::{Duration, sleep};

/// The token function of the demo page: the last token is good as long as the
/// server cannot be asked for another.
const TOKEN: &str = "async () => {
    const answer = await fetch('/demo/token?tenant=1006').catch((error) => { if (!window.last) throw error });
    if (answer) window.last = await answer.json();
    return window.last;
}";

/// The call that sends a message.
const SEND: &str = "client/send-message";

/// Messages of the staff in a burst.
const BURST: usize = 300;

/// A page that stands still for longer, in ms, is felt to hang. It takes a
/// tenth of that on a machine with other tests beside it.
const HANG: f64 = 1_000.0;

/// The most tries to connect in six seconds. The waits between them are drawn
/// from below 1, 2, 4, 8, 16, 30, 30… s: twelve of them hardly ever fit in.
const MOST_TRIES: usize = 12;

/// A visitor on a page, and the network to the server.
struct World {
    browser: Browser,
    proxy: Proxy,
    server: Server,
    // The server reads it.
    _site: Site,
}

impl World {
    /// A first chat, with the panel open and messages flowing.
    async fn start() -> Self {
        let site = Site::new();
        let server = Server::start(Some(site.path())).await;
        let proxy = Proxy::start(server.port()).await;
        let head = format!(
            "<script>window.conciergeSettings = {{token: {TOKEN}}}</script>
             <script async src=\"concierge.js\"
                 data-socket-url=\"ws://127.0.0.1:{}/concierge/socket\"></script>",
            proxy.port()
        );
        let world = Self {
            browser: Browser::start().await,
            proxy,
            server,
            _site: site.with("page.html", &head, ""),
        };
        world.visit().await;
        world.browser.open_panel().await;
        world.browser.online().await;
        world
    }

    /// Goes to the page.
    async fn visit(&self) {
        let page = format!("{}/page.html", self.server.url());
        self.browser.open(&page).await;
    }

    /// Says something and waits until it has arrived.
    async fn says(&self, text: &str) {
        self.browser.say(text).await;
        self.browser.row(text, "sent").await;
    }

    /// The line is dead, and neither end knows: the staff's words are lost.
    async fn dies_silently(&self, lost: &str) {
        let session = self.server.session().await;
        self.proxy.drop_down();
        self.server.staff_says(&session, lost).await;
        self.proxy.until_lost().await;
        // From here on others may connect; this line stays dead.
        self.proxy.heal();
    }

    /// The network works again, and the device tells. Without that the next
    /// try may be half a minute away.
    async fn is_well_again(&self) {
        self.proxy.heal();
        self.browser
            .run("window.dispatchEvent(new Event('online'))")
            .await;
    }

    /// The staff writes a lot at once.
    async fn staff_bursts(&self, lines: Range<usize>) {
        let session = &self.server.session().await;
        let lines = stream::iter(lines);
        lines
            .for_each_concurrent(8, |i| async move {
                self.server.staff_says(session, &format!("line {i}")).await;
            })
            .await;
    }

    /// Each message of the burst is on the server once, and the page shows all
    /// that is there in the server's order, and has never stood still.
    async fn has_all_of_the_burst(&self) {
        self.browser
            .until(&format!("rows().length >= {}", BURST + 1))
            .await;
        self.says("That is all").await;
        let stored = self.server.texts().await;
        for i in 0..BURST {
            let line = format!("line {i}");
            assert_eq!(stored.iter().filter(|it| **it == line).count(), 1, "{line}");
        }
        assert_eq!(self.browser.texts().await, stored);
        let longest = self.browser.run("return window.longest").await;
        let longest = longest.as_f64().expect("a number");
        assert!(longest < HANG, "the page stood still for {longest} ms");
    }

    /// Begins to note how long the page stands still.
    async fn watch_for_hangs(&self) {
        self.browser
            .run(
                "window.longest = 0;
                 new PerformanceObserver((list) => {
                     for (const it of list.getEntries()) window.longest = Math.max(window.longest, it.duration);
                 }).observe({type: 'longtask'});",
            )
            .await;
    }

    /// The sockets over which calls of a route have arrived, one for each call.
    async fn sockets_of(&self, route: &str) -> Vec<Value> {
        let seen = self.server.inspect().await;
        let frames = seen["frames"].as_array().expect("a list");
        let calls = frames.iter().filter(|it| it["route"] == route);
        calls.map(|it| it["socket"].clone()).collect()
    }

    /// The end of each story. One message is on its way at a time, so when a
    /// last one has arrived, nothing is left that could be sent again.
    async fn ends_with(&self, texts: &[&str]) {
        self.browser.online().await;
        self.says("That is all").await;
        let expected: Vec<&str> = texts.iter().copied().chain(["That is all"]).collect();
        assert_eq!(self.server.texts().await, expected, "on the server");
        assert_eq!(self.browser.texts().await, expected, "in the page");
        self.browser.until("!shown(part('banner'))").await;
    }
}

#[tokio::test]
async fn a_line_that_is_cut_with_a_message_on_it() {
    let world = World::start().await;
    world.says("before").await;
    world.proxy.stall();
    world.browser.say("on the wire").await;
    world.browser.row("on the wire", "sending").await;
    world.proxy.until_waiting().await;
    world.proxy.refuse(true);
    world.proxy.cut();
    world.browser.part("banner").await;
    world.browser.say("while away").await;
    world.browser.row("while away", "queued").await;
    assert_eq!(world.server.texts().await, ["before"]);

    world.is_well_again().await;
    world.browser.row("while away", "sent").await;
    world
        .ends_with(&["before", "on the wire", "while away"])
        .await;
}

#[tokio::test]
async fn a_line_that_hesitates() {
    let world = World::start().await;
    world.says("before").await;
    let session = world.server.session().await;
    world.proxy.stall();
    world.browser.say("one").await;
    world.browser.say("two").await;
    world.proxy.until_waiting().await;
    world.server.staff_says(&session, "Are you there?").await;
    world.browser.row("one", "sending").await;
    world.browser.row("two", "queued").await;
    world.proxy.flow();
    world.browser.row("Are you there?", "received").await;
    world.browser.row("two", "sent").await;
    assert_eq!(
        world.proxy.connections(),
        1,
        "that is no reason to leave it"
    );
    world
        .ends_with(&["before", "Are you there?", "one", "two"])
        .await;
}

#[tokio::test]
async fn an_answer_that_is_lost_with_the_line() {
    let world = World::start().await;
    world.says("before").await;
    world.proxy.drop_down();
    world.browser.say("arrived").await;
    world.server.until_frames(SEND, 2).await;
    world.proxy.until_lost().await;
    world.browser.row("arrived", "sending").await;
    world.proxy.cut();
    world.proxy.heal();
    world.browser.row("arrived", "sent").await;
    assert_eq!(
        world.sockets_of(SEND).await.len(),
        2,
        "it is found, not sent again"
    );
    world.ends_with(&["before", "arrived"]).await;
}

#[tokio::test]
async fn a_message_that_is_lost_while_the_other_side_is_still_heard() {
    let world = World::start().await;
    world.says("before").await;
    let session = world.server.session().await;
    world.proxy.drop_up();
    world.browser.say("lost").await;
    world.browser.row("lost", "sending").await;
    world.server.staff_says(&session, "Are you there?").await;
    world.browser.row("Are you there?", "received").await;
    world.browser.row("lost", "sending").await;
    assert_eq!(world.sockets_of(SEND).await.len(), 1);
    world.proxy.cut();
    world.proxy.heal();
    world.browser.row("lost", "sent").await;
    assert_eq!(
        world.sockets_of(SEND).await.len(),
        2,
        "it is sent again once"
    );
    // It was written first, and arrived second.
    world.ends_with(&["before", "Are you there?", "lost"]).await;
}

#[tokio::test]
async fn a_dead_line_is_found_when_the_page_is_looked_at_again() {
    let world = World::start().await;
    world.says("before").await;
    world.dies_silently("Your parcel is here").await;
    world.browser.say("Any news?").await;
    world.server.until_frames(SEND, 2).await;
    world.browser.row("Any news?", "sending").await;
    let status = world.browser.run("return host.dataset.connection").await;
    assert_eq!(status, "online", "nobody knows yet");

    let window = world.browser.client();
    window.minimize_window().await.expect("it can be minimised");
    world.browser.until("document.hidden").await;
    let back = window.set_window_rect(0, 0, 1100, 820).await;
    back.expect("it can be brought back");
    world.browser.row("Your parcel is here", "received").await;
    world.browser.row("Any news?", "sent").await;
    assert_eq!(
        world.sockets_of(SEND).await.len(),
        2,
        "it is found, not sent again"
    );
    world
        .ends_with(&["before", "Your parcel is here", "Any news?"])
        .await;
}

#[tokio::test]
async fn a_dead_line_is_found_when_the_device_changes_networks() {
    let world = World::start().await;
    world.says("before").await;
    world.dies_silently("Your parcel is here").await;
    world.browser.network(false).await;
    world.browser.until("!navigator.onLine").await;
    world.browser.network(true).await;
    world.browser.row("Your parcel is here", "received").await;
    world.ends_with(&["before", "Your parcel is here"]).await;
}

#[tokio::test]
async fn a_device_without_network_says_so_and_sends_when_it_is_back() {
    let world = World::start().await;
    world.says("before").await;
    world.browser.network(false).await;
    world.browser.part("banner").await;
    let sentence = world.browser.run("return part('banner').textContent").await;
    assert_eq!(
        sentence,
        "You are offline. Messages will be sent when you are back."
    );
    for text in ["in the lift", "still in the lift"] {
        world.browser.say(text).await;
        world.browser.row(text, "queued").await;
    }
    let status = world.browser.run("return host.dataset.connection").await;
    assert_eq!(status, "offline", "nothing is tried");
    world.browser.network(true).await;
    world.browser.row("still in the lift", "sent").await;
    world
        .ends_with(&["before", "in the lift", "still in the lift"])
        .await;
}

#[tokio::test]
async fn a_page_that_is_loaded_again_while_it_sends() {
    for arrives in [true, false] {
        let world = World::start().await;
        world.says("before").await;
        world.proxy.stall();
        world.browser.say("on the wire").await;
        world.browser.say("behind it").await;
        world.browser.row("on the wire", "sending").await;
        world.proxy.until_waiting().await;
        world.browser.reload().await;
        if !arrives {
            world.proxy.cut();
        }
        world.proxy.flow();
        world.browser.online().await;
        world.browser.open_panel().await;
        world.browser.row("behind it", "sent").await;
        let sockets = world.sockets_of(SEND).await;
        assert_eq!(sockets.len(), 3, "each arrives once: {sockets:?}");
        assert_eq!(sockets[0] == sockets[1], arrives, "{sockets:?}");
        world
            .ends_with(&["before", "on the wire", "behind it"])
            .await;
    }
}

#[tokio::test]
async fn a_tab_that_is_closed_with_three_messages_in_the_queue() {
    let world = World::start().await;
    world.proxy.refuse(true);
    world.proxy.cut();
    world
        .browser
        .until("host.dataset.connection !== 'online'")
        .await;
    for text in ["one", "two", "three"] {
        world.browser.say(text).await;
        world.browser.row(text, "queued").await;
    }
    world.browser.open("about:blank").await;
    assert!(world.server.texts().await.is_empty());
    world.proxy.heal();
    world.visit().await;
    // They are sent without a click: the app comes when the page is idle.
    world.server.until_frames(SEND, 3).await;
    world.browser.open_panel().await;
    world.browser.row("three", "sent").await;
    world.ends_with(&["one", "two", "three"]).await;
}

#[tokio::test]
async fn a_burst_of_messages_does_not_stop_the_page() {
    let world = World::start().await;
    world.says("before").await;
    world.watch_for_hangs().await;
    let visitor = async {
        world.browser.until("rows().length > 30").await;
        world.says("Not so fast").await;
    };
    tokio::join!(world.staff_bursts(0..BURST), visitor);
    world.has_all_of_the_burst().await;
}

#[tokio::test]
async fn a_burst_of_messages_over_a_line_that_is_cut_in_its_middle() {
    let world = World::start().await;
    world.says("before").await;
    world.watch_for_hangs().await;
    let middle = BURST / 2;
    let first_cut = async {
        world.browser.until("rows().length > 50").await;
        world.proxy.cut();
    };
    tokio::join!(world.staff_bursts(0..middle), first_cut);
    // The second one comes while the gap is being filled.
    let second_cut = async {
        world.proxy.until_connections(2).await;
        world
            .server
            .until_frames("client/get-chat-messages", 2)
            .await;
        world.proxy.cut();
    };
    tokio::join!(world.staff_bursts(middle..BURST), second_cut);
    world.has_all_of_the_burst().await;
}

#[tokio::test]
async fn a_server_that_is_killed_before_its_answer_is_heard() {
    let mut world = World::start().await;
    world.says("before").await;
    world.proxy.drop_down();
    world.browser.say("on the wire").await;
    world.server.until_frames(SEND, 2).await;
    world.server.kill().await;
    world.browser.say("behind it").await;
    world.browser.row("behind it", "queued").await;
    world.browser.row("on the wire", "sending").await;
    world.server.restart().await;
    world.proxy.cut();
    world.proxy.heal();
    world.browser.row("behind it", "sent").await;
    world
        .ends_with(&["before", "on the wire", "behind it"])
        .await;
}

#[tokio::test]
async fn a_server_that_refuses_is_not_stormed() {
    let world = World::start().await;
    let before = world.proxy.connections();
    world.proxy.refuse(true);
    world.proxy.cut();
    world.browser.say("Hello?").await;
    world.browser.row("Hello?", "queued").await;
    // What is looked at is a length of time, so there is nothing to wait for.
    sleep(Duration::from_secs(6)).await;
    let tries = world.proxy.connections() - before;
    assert!((2..=MOST_TRIES).contains(&tries), "{tries} tries");
    world.is_well_again().await;
    world.browser.row("Hello?", "sent").await;
    world.ends_with(&["Hello?"]).await;
}
