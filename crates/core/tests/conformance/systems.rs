//! Each system in its world, under one set of words, so that a story is told
//! once for all of them.

use concierge_core::{Action, Author, Conversation, Event, Key, Mirror, Page, RowState, Uid};
use concierge_sim::desk;
use concierge_sim::files::PutFault;
use concierge_sim::requests::{self, Fault};
use concierge_sim::world::PageToken;

/// A page, a network and a server.
pub(crate) trait World {
    /// What a view shows.
    fn mirror(&self) -> &Mirror;

    /// The composer, as the session last set it.
    fn draft(&self) -> Option<&str>;

    /// What the page was told, in order.
    fn events(&self) -> &[Event];

    /// How often the server was asked for something, or connected to.
    fn asked(&self) -> usize;

    /// Files whose bytes the browser has.
    fn kept_files(&self) -> usize;

    /// What the server has of the visitor: texts, and names of files.
    fn said(&mut self) -> Vec<String>;

    /// The visitor does this.
    fn act(&mut self, action: Action);

    /// The visitor sends a file.
    fn attach(&mut self, name: &str);

    /// The staff writes.
    fn staff_says(&mut self, text: &str);

    /// Lets time pass.
    fn run(&mut self, ms: u64);

    /// The page loads anew.
    fn reload(&mut self);

    /// The browser says something of the page.
    fn page(&mut self, page: Page);

    /// The network goes, and the browser says so if it notices.
    fn disconnect(&mut self, is_noticed: bool);

    /// The network is back.
    fn reconnect(&mut self);

    /// This happens to the next message that is sent.
    fn fail_next_send(&mut self, fault: Fault);

    /// Nothing is heard of the next file that is put somewhere.
    fn lose_next_upload_answer(&mut self);

    /// The next message is refused because of its token.
    fn refuse_next_token(&mut self);

    /// Whether the page has a token.
    fn set_signed_in(&mut self, is_signed_in: bool);

    /// Nothing is pushed, where calls do not need that channel themselves.
    fn stop_pushing(&mut self) {}

    /// Whether the visitor is known by a token.
    fn knows_tokens(&self) -> bool;

    /// Whether files can be sent.
    fn takes_files(&self) -> bool;

    /// The visitor sends a text.
    fn say(&mut self, text: &str) {
        self.act(Action::Send(text.into()));
    }

    /// The visitor opens the panel, and the conversation that there is.
    fn open(&mut self) {
        self.act(Action::OpenPanel);
        self.run(5_000);
        self.enter();
    }

    /// The visitor goes into the first conversation of the list, if a list is
    /// shown.
    fn enter(&mut self) {
        let rooms = self.mirror().rooms.clone().unwrap_or_default();
        if self.mirror().conversation == Conversation::None
            && let Some(room) = rooms.first()
        {
            self.act(Action::OpenRoom(room.id.clone()));
            self.run(5_000);
        }
    }

    /// The key of the first row with this text.
    fn key_of(&self, text: &str) -> Key {
        let mut rows = self.mirror().rows.iter();
        let row = rows.find(|row| row.content.preview() == text);
        row.expect("a row with this text").key
    }

    /// The texts and the names of the files that are shown, in order.
    fn shown(&self) -> Vec<String> {
        let rows = self.mirror().rows.iter();
        let shown = rows.filter(|row| row.state != RowState::Unsent);
        shown.map(|row| row.content.preview().to_owned()).collect()
    }

    /// The states of the visitor's own messages.
    fn own_states(&self) -> Vec<RowState> {
        let rows = self.mirror().rows.iter();
        let own = rows.filter(|row| row.author == Author::Me);
        own.map(|row| row.state.clone()).collect()
    }
}

/// Lives a story with each of the systems.
pub(crate) fn with_each(story: impl Fn(&mut dyn World)) {
    eprintln!("with the Concierge");
    story(&mut Concierge::new());
    with_each_of_requests(|mut world| story(&mut world));
}

/// Lives a story with each of the systems whose calls are requests: what it
/// tells of the Concierge does not have.
pub(crate) fn with_each_of_requests(story: impl Fn(requests::World)) {
    for (seed, system) in (1..).zip(requests::System::ALL) {
        eprintln!("with {system:?}");
        story(requests::World::new(system, seed));
    }
}

const SEND: &str = "client/send-message";

/// The Concierge, all of whose calls go through one connection.
struct Concierge {
    world: concierge_sim::World,
    /// What files were called when they were chosen: on their way they have
    /// other names.
    chosen: Vec<(Uid, String)>,
}

impl Concierge {
    /// A page that has just loaded, and a server that is there.
    fn new() -> Self {
        let mut world = concierge_sim::World::new();
        world.input(concierge_core::Input::Start);
        let chosen = Vec::new();
        Self { world, chosen }
    }
}

impl World for Concierge {
    fn mirror(&self) -> &Mirror {
        &self.world.mirror
    }

    fn draft(&self) -> Option<&str> {
        self.world.draft.as_deref()
    }

    fn events(&self) -> &[Event] {
        &self.world.events
    }

    fn asked(&self) -> usize {
        let by_requests = self.world.files.asked.len() + self.world.files.puts.len();
        by_requests + self.world.tries.len() + self.world.frames.len()
    }

    fn kept_files(&self) -> usize {
        self.world.files.kept.len()
    }

    fn said(&mut self) -> Vec<String> {
        let messages = self.world.desk.messages.iter();
        let own = messages.filter(|message| message.by_visitor);
        own.map(|message| {
            let is_it = |(uid, _): &&(Uid, String)| Some(&uid.0) == message.uid.as_ref();
            let chosen = self.chosen.iter().find(is_it);
            chosen.map_or_else(|| message.text.clone(), |(_, name)| name.clone())
        })
        .collect()
    }

    fn act(&mut self, action: Action) {
        self.world.act(action);
    }

    fn attach(&mut self, name: &str) {
        let uid = self.world.attach(name);
        self.chosen.push((uid, name.into()));
    }

    fn staff_says(&mut self, text: &str) {
        self.world.staff_says(text);
    }

    fn run(&mut self, ms: u64) {
        self.world.run(ms);
    }

    fn reload(&mut self) {
        self.world.reload();
    }

    fn page(&mut self, page: Page) {
        self.world.page(page);
    }

    fn disconnect(&mut self, is_noticed: bool) {
        self.world.stop_server();
        if is_noticed {
            self.world.page(Page::Offline);
        }
    }

    fn reconnect(&mut self) {
        self.world.server_up = true;
        self.world.page(Page::Online);
    }

    fn fail_next_send(&mut self, fault: Fault) {
        let fault = match fault {
            Fault::Lost => desk::Fault::Deaf,
            Fault::AnswerLost => desk::Fault::CloseAfter,
            Fault::Hangs => desk::Fault::Mute,
            Fault::Status(status) => desk::Fault::Status(status),
            // Its gateway says so, in a frame that names no call.
            Fault::DoneStatus(_) => desk::Fault::GatewayAfter,
        };
        self.world.desk.fail(SEND, fault);
    }

    fn lose_next_upload_answer(&mut self) {
        let broken = PutFault::Broken { begun: true };
        self.world.files.put_faults.push_back(broken);
    }

    fn refuse_next_token(&mut self) {
        self.world.desk.fail(SEND, desk::Fault::Status(401));
    }

    fn set_signed_in(&mut self, is_signed_in: bool) {
        self.world.token = if is_signed_in {
            PageToken::Good
        } else {
            PageToken::None
        };
    }

    fn knows_tokens(&self) -> bool {
        true
    }

    fn takes_files(&self) -> bool {
        true
    }
}

/// The path of each system's own way to send.
const fn send(system: requests::System) -> &'static str {
    match system {
        requests::System::OneChat => "/messages",
        requests::System::VoipLegacy => "chatroommessages",
        requests::System::VoipTalk => "talk_messages",
        requests::System::OneSmile => "generalmessagesent",
    }
}

impl World for requests::World {
    fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    fn draft(&self) -> Option<&str> {
        self.draft.as_deref()
    }

    fn events(&self) -> &[Event] {
        &self.events
    }

    fn asked(&self) -> usize {
        self.requests.len()
    }

    fn kept_files(&self) -> usize {
        self.files.len()
    }

    fn said(&mut self) -> Vec<String> {
        let said = self.book().visitor_said();
        said.into_iter().map(str::to_owned).collect()
    }

    fn act(&mut self, action: Action) {
        self.act(action);
    }

    fn attach(&mut self, name: &str) {
        self.attach(name);
    }

    fn staff_says(&mut self, text: &str) {
        self.staff_says(text);
    }

    fn run(&mut self, ms: u64) {
        self.run(ms);
    }

    fn reload(&mut self) {
        self.reload();
    }

    fn page(&mut self, page: Page) {
        self.page(page);
    }

    fn disconnect(&mut self, is_noticed: bool) {
        self.disconnect(is_noticed);
    }

    fn reconnect(&mut self) {
        self.reconnect();
    }

    fn fail_next_send(&mut self, fault: Fault) {
        self.faults.push_back((send(self.system), fault));
    }

    fn lose_next_upload_answer(&mut self) {
        self.upload_faults.push_back(Fault::AnswerLost);
    }

    fn refuse_next_token(&mut self) {
        self.book().refuses_token = 1;
    }

    fn set_signed_in(&mut self, is_signed_in: bool) {
        self.signed_in = is_signed_in;
    }

    fn stop_pushing(&mut self) {
        self.sockets_work = false;
    }

    fn knows_tokens(&self) -> bool {
        self.system != requests::System::OneChat
    }

    fn takes_files(&self) -> bool {
        self.system.takes_files()
    }
}
