//! A session that speaks VoIPBIN.

use std::collections::BTreeMap;

use concierge_core::{
    Action, Author, Close, ConnId, Conversation, Effect, Input, Instant, Mirror, Now,
    Page as Browser, Reason, RequestId, RowState, Session, Setup, Slot, Status, Stored, Timestamp,
    Token, UploadRules,
};
use serde_json::{Value, json};

use crate::*;

/// A visitor's page and a talk server that answers at once.
struct Page {
    session: Session,
    mirror: Mirror,
    now: u64,
    /// Rows on the server, the newest last.
    rows: Vec<Value>,
    asked: Vec<String>,
    socket: Option<ConnId>,
    subscribed: Vec<String>,
    /// Messages are stored, and nobody says so.
    is_silent: bool,
    /// Answers wait for `arrive`.
    is_slow: bool,
    late: Vec<Input>,
    /// The server takes no token.
    refuses: bool,
    store: BTreeMap<Slot, String>,
}

impl Page {
    fn new() -> Self {
        let session = Session::new(Setup {
            backend: Box::new(VoipBin::new(settings(ChatApi::Detect))),
            seed: 3,
            stored: Stored::default(),
            rules: UploadRules::default(),
        });
        Self {
            session,
            mirror: Mirror::default(),
            now: 1_000,
            rows: Vec::new(),
            asked: Vec::new(),
            socket: None,
            subscribed: Vec::new(),
            is_silent: false,
            is_slow: false,
            late: Vec::new(),
            refuses: false,
            store: BTreeMap::new(),
        }
    }

    /// A page whose visitor has this room before them.
    fn in_room(id: &str) -> Self {
        let mut page = Self::new();
        page.handle(Input::Start);
        page.handle(Input::User(Action::OpenPanel));
        page.handle(Input::User(Action::OpenRoom(room(id))));
        assert_eq!(page.mirror.conversation, Conversation::Open(room(id)));
        page
    }

    /// The page loads anew.
    fn reload(&mut self) {
        let take = |slot| self.store.get(&slot).cloned();
        self.session = Session::new(Setup {
            backend: Box::new(VoipBin::new(settings(ChatApi::Detect))),
            seed: 4,
            stored: Stored {
                conversation: take(Slot::Conversation),
                visitor: take(Slot::Visitor),
                outbox: take(Slot::Outbox),
                draft: take(Slot::Draft),
                system: take(Slot::System),
                device: None,
            },
            rules: UploadRules::default(),
        });
        self.mirror = Mirror::default();
        self.socket = None;
        self.handle(Input::Start);
    }

    fn arrive(&mut self) {
        self.is_slow = false;
        for input in std::mem::take(&mut self.late) {
            self.handle(input);
        }
    }

    fn sent(&self) -> Vec<(&str, &str)> {
        let rows = self.rows.iter();
        rows.map(|row| {
            (
                row["chat_id"].as_str().unwrap(),
                row["text"].as_str().unwrap(),
            )
        })
        .collect()
    }

    fn serve(&mut self, request: &concierge_core::Request) -> Value {
        let line = line(request);
        self.asked.push(line.clone());
        match line.as_str() {
            "GET talk_chats?page_size=1" => list(&[]),
            "GET talk_chats?page_size=100" => {
                let mut chats = vec![chat("room-1", 1, "gate"), chat("room-2", 2, "roof")];
                if self.asked.contains(&"POST talk_chats".into()) {
                    chats.push(chat("room-new", 9, "roof"));
                }
                list(&chats)
            }
            "GET talk_chats/room-new/participants" => {
                json!([{"id": "p-1", "owner_id": ME}, {"id": "p-2", "owner_id": PEER}])
            }
            "POST talk_chats" => chat("room-new", 9, "roof"),
            "POST talk_messages" => {
                let told = body(request);
                self.write(ME, told["text"].as_str().expect("a text"));
                let row = self.rows.last_mut().expect("a row");
                row["chat_id"] = told["chat_id"].clone();
                row.clone()
            }
            _ if line.starts_with("GET talk_messages") && !line.contains("page_token") => {
                let is_there = |row: &&Value| line.contains(row["chat_id"].as_str().unwrap());
                let rows = self.rows.iter().rev().filter(is_there);
                list(&rows.cloned().collect::<Vec<_>>())
            }
            _ if line.starts_with("GET talk_chats/") => {
                chat(line.rsplit('/').next().expect("an id"), 1, "gate")
            }
            _ => list(&[]),
        }
    }

    fn write(&mut self, author: &str, text: &str) {
        let number = u32::try_from(self.rows.len()).unwrap() + 1;
        self.rows.push(said(number, author, text));
    }

    fn handle(&mut self, input: Input) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            let now = Now {
                at: Instant(self.now),
                wall: Timestamp(1_772_607_900_000),
            };
            for effect in self.session.handle(now, input) {
                match effect {
                    Effect::AskToken(_) => inputs.push(Input::Token(Ok(Token {
                        secret: token(),
                        expires_at: None,
                    }))),
                    Effect::Request(RequestId(id), request) => {
                        let body = self.serve(&request).to_string();
                        let status = if self.refuses { 401 } else { 200 };
                        let response = Response { status, body };
                        if self.is_slow {
                            self.late.push(Input::Answered(RequestId(id), Ok(response)));
                        } else if !(self.is_silent && request.method == "POST") {
                            inputs.push(Input::Answered(RequestId(id), Ok(response)));
                        }
                    }
                    Effect::Connect(conn, _) => {
                        self.socket = Some(conn);
                        inputs.push(Input::Opened(conn));
                    }
                    Effect::Transmit(_, frame) => self.subscribed.push(frame),
                    Effect::Changed(change) => self.mirror.apply(&change),
                    Effect::Store(slot, Some(text)) => {
                        self.store.insert(slot, text);
                    }
                    Effect::Store(slot, None) => {
                        self.store.remove(&slot);
                    }
                    _ => {}
                }
            }
        }
    }

    fn push(&mut self, frame: &Value) {
        let conn = self.socket.expect("a socket");
        self.handle(Input::Received(conn, frame.to_string()));
    }

    /// Lets time pass.
    fn wait(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.session.deadline().filter(|at| at.0 <= end) {
            self.now = self.now.max(at.0);
            self.handle(Input::Wake);
        }
        self.now = end;
    }

    /// Until the channel is opened again.
    fn wait_for_socket(&mut self) {
        for _ in 0..300 {
            if self.socket.is_none() {
                self.wait(100);
            }
        }
    }

    fn shown(&self) -> Vec<(Author, String)> {
        let rows = self.mirror.rows.iter();
        rows.map(|row| (row.author.clone(), row.content.preview().to_owned()))
            .collect()
    }
}

#[test]
fn a_visitor_chooses_a_room_and_events_come_by_themselves() {
    let mut page = Page::new();
    page.write(PEER, "welcome");
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    let rooms = page.mirror.rooms.clone().expect("rooms");
    assert_eq!(rooms.len(), 2);
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    assert_eq!(page.shown(), [(Author::Them, "welcome".into())]);
    assert_eq!(page.subscribed.len(), 1);
    assert!(page.subscribed[0].contains(&format!("agent_id:{ME}:chat")));
    page.handle(Input::User(Action::Send("hi".into())));
    page.write(PEER, "and?");
    let event = page.rows.last().expect("a row").clone();
    page.push(&json!({"type": "chatmessage_created", "data": event}));
    page.push(&event);
    let all = [
        (Author::Them, "welcome".into()),
        (Author::Me, "hi".into()),
        (Author::Them, "and?".into()),
    ];
    assert_eq!(page.shown(), all);
    assert_eq!(page.mirror.unread, 1);
}

#[test]
fn what_the_page_sends_without_a_room_fails_and_nothing_is_begun() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    let asked = page.asked.len();
    page.handle(Input::User(Action::Send("from the page".into())));
    assert_eq!(page.asked.len(), asked);
    assert_eq!(page.mirror.connection.status, Status::Online);
    assert!(matches!(page.mirror.rows[0].state, RowState::Failed(_)));
    assert!(page.mirror.notice.is_some());
    // The visitor finds it in the room that is opened next, and decides there.
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    let row = page.mirror.rows[0].clone();
    assert!(matches!(row.state, RowState::Failed(_)));
    page.handle(Input::User(Action::Retry(row.key)));
    assert_eq!(page.mirror.rows[0].state, RowState::Sent);
}

#[test]
fn what_waits_in_a_room_is_sent_from_the_list() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.handle(Input::Page(concierge_core::Page::Offline));
    page.handle(Input::User(Action::Send("later".into())));
    page.handle(Input::User(Action::ShowRooms));
    assert!(page.rows.is_empty());
    page.handle(Input::Page(concierge_core::Page::Online));
    page.now += 60_000;
    page.handle(Input::Wake);
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.mirror.connection.status, Status::Online);
    assert!(page.mirror.rooms.is_some());
}

#[test]
fn a_message_in_another_room_is_counted_there() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    let mut elsewhere = said(50, PEER, "over here");
    elsewhere["chat_id"] = json!("room-2");
    // It is told by two topics.
    page.push(&elsewhere);
    page.push(&elsewhere);
    assert_eq!(page.mirror.unread, 1);
    page.handle(Input::User(Action::ShowRooms));
    let rooms = page.mirror.rooms.clone().expect("rooms");
    assert_eq!((rooms[0].id.0.as_str(), rooms[0].unread), ("room-2", 1));
    assert_eq!(rooms[0].last, "over here");
    // Where none is open, nothing is shown of what is said in any.
    let mut here = said(51, PEER, "and here");
    here["chat_id"] = json!("room-1");
    page.push(&here);
    assert!(page.shown().is_empty());
    assert_eq!(page.mirror.unread, 2);
    let rooms = page.mirror.rooms.clone().expect("rooms");
    assert_eq!((rooms[0].id.0.as_str(), rooms[0].unread), ("room-1", 1));
}

#[test]
fn the_list_shows_what_was_said_while_the_page_was_away() {
    let mut page = Page::new();
    page.write(PEER, "long ago");
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    let told = |page: &Page| {
        let rooms = page.mirror.rooms.clone().expect("rooms");
        let mut rooms = rooms.iter();
        let room = rooms.find(|it| it.id.0 == "room-1").expect("a room");
        (room.last.clone(), room.unread, page.mirror.unread)
    };
    assert_eq!(told(&page), ("long ago".into(), 0, 0));
    page.write(PEER, "and since");
    page.reload();
    page.handle(Input::User(Action::OpenPanel));
    assert_eq!(told(&page), ("and since".into(), 1, 1));
    let looks = |page: &Page| page.asked.iter().filter(|line| is_look(line)).count();
    assert_eq!(looks(&page), 4, "two rooms on two pages");
    page.push(&json!({"type": "chat_created", "data": {"id": "room-1"}}));
    assert_eq!(looks(&page), 4);
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.handle(Input::User(Action::ShowRooms));
    assert_eq!(told(&page), ("and since".into(), 1, 1));
}

#[test]
fn a_topic_that_is_refused_twice_is_made_up_for_by_asking() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    for _ in 0..2 {
        // The server says nothing and closes.
        let conn = page.socket.take().expect("a socket");
        page.now += 1_500;
        page.handle(Input::Closed(conn, Close { code: 1006 }));
        assert_eq!(page.mirror.connection.status, Status::Online);
        if page.mirror.connection.reason == Reason::None {
            page.wait_for_socket();
        }
    }
    assert_eq!(page.mirror.connection.reason, Reason::Polling);
    page.write(PEER, "over there");
    page.wait(4_000);
    assert_eq!(page.shown(), [(Author::Them, "over there".into())]);
}

#[test]
fn beside_a_channel_that_cannot_show_that_it_is_there_the_page_is_read_every_minute() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.wait(10_000);
    page.write(PEER, "never told");
    page.wait(45_000);
    assert_eq!(page.shown(), []);
    page.wait(15_000);
    assert_eq!(page.shown(), [(Author::Them, "never told".into())]);
}

#[test]
fn a_message_is_of_the_conversation_it_was_written_in_and_is_found_there() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.is_silent = true;
    page.handle(Input::User(Action::Send("one".into())));
    page.handle(Input::User(Action::Send("two".into())));
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.is_silent = false;
    // The first one's answer never comes.
    page.wait(40_000);
    assert_eq!(page.shown(), []);
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.wait(2_000);
    let both = [(Author::Me, "one".into()), (Author::Me, "two".into())];
    assert_eq!(page.shown(), both);
    let sent: Vec<_> = page.rows.iter().map(|row| &row["chat_id"]).collect();
    assert_eq!(sent, ["room-1", "room-1"], "each once, and nowhere else");
}

#[test]
fn a_conversation_with_somebody_is_begun_and_is_the_one_that_is_shown() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    let people = vec![PEER.to_owned()];
    page.handle(Input::User(Action::StartWith(people, "roof".into())));
    assert!(page.asked.contains(&"POST talk_chats".into()));
    assert_eq!(
        page.mirror.conversation,
        Conversation::Open(room("room-new"))
    );
    page.handle(Input::User(Action::Send("hi".into())));
    assert_eq!(page.rows[0]["chat_id"], "room-new");
}

#[test]
fn a_conversation_with_somebody_alone_is_there_once_in_talk() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    for _ in 0..2 {
        let people = vec![PEER.to_owned()];
        page.handle(Input::User(Action::StartWith(people, String::new())));
        let open = Conversation::Open(room("room-new"));
        assert_eq!(page.mirror.conversation, open);
        page.handle(Input::User(Action::ShowRooms));
    }
    let begun = page.asked.iter().filter(|it| *it == "POST talk_chats");
    assert_eq!(begun.count(), 1);
}

#[test]
fn an_event_of_a_conversation_that_is_not_shown_is_no_row_of_the_one_that_opens() {
    let mut page = Page::in_room("room-1");
    let mut elsewhere = said(50, PEER, "over here");
    elsewhere["chat_id"] = json!("room-2");
    page.handle(Input::User(Action::ShowRooms));
    page.push(&elsewhere);
    assert_eq!(page.shown(), []);
    let rooms = page.mirror.rooms.clone().expect("rooms");
    assert_eq!((rooms[0].id.0.as_str(), rooms[0].unread), ("room-2", 1));
    page.is_slow = true;
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    let mut again = said(51, PEER, "and here");
    again["chat_id"] = json!("room-2");
    page.push(&again);
    page.arrive();
    page.wait(1_000);
    assert_eq!(page.shown(), []);
}

#[test]
fn a_message_that_waits_for_its_conversation_begins_no_other_and_has_no_row_there() {
    for reloads in [false, true] {
        let mut page = Page::in_room("room-1");
        page.handle(Input::Page(Browser::Offline));
        page.handle(Input::User(Action::Send("one".into())));
        if reloads {
            page.handle(Input::User(Action::ShowRooms));
            page.reload();
            page.handle(Input::User(Action::OpenPanel));
        } else {
            page.handle(Input::User(Action::ShowRooms));
            page.handle(Input::Page(Browser::Online));
        }
        page.wait(10_000);
        assert_eq!(page.mirror.conversation, Conversation::None);
        assert_eq!(page.mirror.connection.status, Status::Online);
        assert_eq!(page.shown(), []);
        assert_eq!(page.mirror.notice, None);
        if reloads {
            // Not before it is known that the visitor is the same.
            assert_eq!(page.sent(), []);
            page.handle(Input::User(Action::OpenRoom(room("room-2"))));
            assert_eq!(page.shown(), []);
        }
        assert_eq!(page.sent(), [("room-1", "one")]);
    }
}

#[test]
fn a_message_of_another_conversation_has_no_row_after_a_reload() {
    let mut page = Page::in_room("room-1");
    page.is_silent = true;
    page.handle(Input::User(Action::Send("one".into())));
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.reload();
    page.handle(Input::User(Action::OpenPanel));
    page.wait(2_000);
    assert_eq!(page.mirror.conversation, Conversation::Open(room("room-2")));
    assert_eq!(page.shown(), []);
}

#[test]
fn the_end_is_of_the_conversation_it_was_wished_for() {
    let mut page = Page::in_room("room-1");
    page.handle(Input::Page(Browser::Offline));
    page.handle(Input::User(Action::EndConversation));
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.handle(Input::Page(Browser::Online));
    page.wait(10_000);
    assert_eq!(page.mirror.conversation, Conversation::Open(room("room-2")));
    let ended = page.asked.iter().any(|it| it.contains("participants"));
    assert!(!ended, "{:?}", page.asked);
}

#[test]
fn a_conversation_that_is_begun_without_connection_is_begun_with_it() {
    for case in 0..3 {
        let mut page = Page::in_room("room-1");
        match case {
            0 => page.handle(Input::Page(Browser::Offline)),
            1 => page.refuses = true,
            _ => {
                page = Page::new();
                page.handle(Input::Start);
            }
        }
        let people = vec![PEER.to_owned()];
        page.handle(Input::User(Action::StartWith(people, "roof".into())));
        page.refuses = false;
        page.handle(Input::Page(Browser::Online));
        page.wait(10_000);
        assert_eq!(
            page.mirror.conversation,
            Conversation::Open(room("room-new")),
            "case {case}"
        );
        let begun = page.asked.iter().filter(|it| *it == "POST talk_chats");
        assert_eq!(begun.count(), 1 + usize::from(case == 1));
    }
}

#[test]
fn a_message_that_can_begin_no_conversation_fails_and_nothing_is_tried_again() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.handle(Input::User(Action::Send("to whom?".into())));
    for _ in 0..200 {
        assert_eq!(page.mirror.connection.status, Status::Online);
        page.wait(100);
    }
    let failed = |row: &concierge_core::Row| matches!(row.state, RowState::Failed(_));
    assert!(page.mirror.rows.iter().all(failed));
    assert_eq!(page.mirror.rows.len(), 1);
    // What is left to do with it is seen where the visitor goes.
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    assert!(page.mirror.rows.iter().all(failed));
    assert_eq!(page.mirror.rows.len(), 1);
}

#[test]
fn a_conversation_ends_though_the_fate_of_a_message_of_another_one_is_not_known() {
    let mut page = Page::in_room("room-1");
    page.is_silent = true;
    page.handle(Input::User(Action::Send("one".into())));
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.is_silent = false;
    page.handle(Input::User(Action::EndConversation));
    page.wait(40_000);
    assert_eq!(
        page.mirror.conversation,
        Conversation::Ended(room("room-2"))
    );
}

#[test]
fn what_is_said_after_the_end_is_not_said_in_the_conversation_that_is_over() {
    let mut page = Page::in_room("room-1");
    page.handle(Input::User(Action::EndConversation));
    assert_eq!(
        page.mirror.conversation,
        Conversation::Ended(room("room-1"))
    );
    page.handle(Input::User(Action::Send("wait".into())));
    page.wait(20_000);
    assert_eq!(page.sent(), []);
    assert_eq!(page.shown(), [(Author::Me, "wait".into())]);
}

#[test]
fn a_conversation_that_is_begun_while_the_list_is_read_is_the_one_that_is_shown() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.is_slow = true;
    page.handle(Input::User(Action::OpenPanel));
    let people = vec![PEER.to_owned()];
    page.handle(Input::User(Action::StartWith(people, "roof".into())));
    page.arrive();
    page.wait(5_000);
    assert_eq!(
        page.mirror.conversation,
        Conversation::Open(room("room-new"))
    );
}

#[test]
fn a_room_that_is_gone_leads_back_to_the_list() {
    let mut page = Page::in_room("room-1");
    page.handle(Input::Page(Browser::Offline));
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.handle(Input::User(Action::Send("in two".into())));
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.handle(Input::Page(Browser::Online));
    page.wait(5_000);
    assert_eq!(page.mirror.conversation, Conversation::Open(room("room-1")));
    assert_eq!(page.shown(), []);
    assert_eq!(page.sent(), [("room-2", "in two")]);
}

#[test]
fn a_message_that_is_written_while_its_conversation_opens_is_of_it() {
    let mut page = Page::in_room("room-1");
    page.is_slow = true;
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.handle(Input::User(Action::Send("hello two".into())));
    page.arrive();
    page.wait(3_000);
    assert_eq!(page.shown(), [(Author::Me, "hello two".into())]);
    assert_eq!(page.sent(), [("room-2", "hello two")]);
}

#[test]
fn a_message_whose_answer_comes_after_its_conversation_was_left_and_shown_again_is_there_once() {
    let mut page = Page::in_room("room-1");
    page.is_silent = true;
    page.handle(Input::User(Action::Send("slow".into())));
    // It has not arrived yet.
    let on_its_way = page.rows.pop().expect("a row");
    page.handle(Input::User(Action::OpenRoom(room("room-2"))));
    page.is_silent = false;
    page.handle(Input::User(Action::OpenRoom(room("room-1"))));
    page.rows.push(on_its_way);
    page.wait(60_000);
    assert_eq!(page.sent(), [("room-1", "slow")]);
    assert_eq!(page.shown(), [(Author::Me, "slow".into())]);
}

#[test]
fn an_answer_that_comes_when_its_conversation_is_shown_again_confirms_the_message() {
    for returns in [false, true] {
        let mut page = Page::in_room("room-1");
        page.is_slow = true;
        page.handle(Input::User(Action::Send("slow".into())));
        let late = std::mem::take(&mut page.late);
        page.is_slow = false;
        page.handle(Input::User(Action::OpenRoom(room("room-2"))));
        if returns {
            page.handle(Input::User(Action::OpenRoom(room("room-1"))));
        }
        for input in late {
            page.handle(input);
        }
        if !returns {
            assert_eq!(page.shown(), []);
            page.handle(Input::User(Action::OpenRoom(room("room-1"))));
        }
        page.wait(60_000);
        assert_eq!(page.sent(), [("room-1", "slow")]);
        assert_eq!(page.shown(), [(Author::Me, "slow".into())]);
        assert_eq!(page.mirror.rows[0].state, RowState::Sent);
    }
}

#[test]
fn a_chat_that_is_made_elsewhere_is_in_the_list_at_once() {
    let mut page = Page::new();
    page.handle(Input::Start);
    page.handle(Input::User(Action::OpenPanel));
    page.wait_for_socket();
    let lists = |page: &Page| {
        let is_list = |line: &&String| *line == "GET talk_chats?page_size=100";
        page.asked.iter().filter(is_list).count()
    };
    let before = lists(&page);
    page.push(&json!({"type": "chat_created", "data": {"id": "room-3"}}));
    assert_eq!(lists(&page), before + 1);
}
