//! What each system says, read from `tests/fixtures`.

use std::fs;

use concierge_core::Author;
use concierge_core::backend::Backend;
use concierge_core::backend::concierge::{self, Concierge};
use concierge_core::backend::onechat::{self, OneChat};
use concierge_core::backend::onesmile::{self, OneSmile};
use concierge_core::backend::voipbin::{self, ChatApi, VoipBin};
use serde_json::{Value, json};

use crate::in_files::fixture;

/// What there is of a system in files.
pub(crate) trait Script {
    fn adapter(&self) -> Box<dyn Backend>;

    /// The body that answers this: method and URL without its query.
    fn answer(&mut self, _line: &str) -> Option<Value> {
        None
    }

    /// What the socket says to this.
    fn reply(&mut self, _frame: &str) -> Vec<Value> {
        Vec::new()
    }

    /// Whether there is no conversation before the visitor writes.
    fn begins_with_a_message(&self) -> bool {
        false
    }

    /// What is shown when the conversation is open.
    fn history(&self) -> Vec<(Author, &'static str)>;

    /// What the visitor sends, and the number by which its answer names it.
    fn sent(&self) -> (&'static str, &'static str);

    /// Events that tell of one message, what it says, and the one that takes it
    /// back; none where nothing comes by itself.
    fn events(&self) -> Option<(Vec<Value>, &'static str, Value)> {
        None
    }
}

/// All of them; VoIPBIN is there twice.
pub(crate) fn all() -> [Box<dyn Script>; 5] {
    [
        Box::new(OfConcierge),
        Box::new(OfOneChat),
        Box::new(OfVoipBin { lists: 0 }),
        Box::new(OfTalk { lists: 0 }),
        Box::new(OfOneSmile),
    ]
}

/// A line of the Concierge's files, the one with this in it.
fn line(name: &str, part: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/concierge");
    let text = fs::read_to_string(format!("{folder}/{name}.jsonl")).expect(name);
    let line = text.lines().find(|line| line.contains(part)).expect(part);
    serde_json::from_str(line).expect(part)
}

struct OfConcierge;

impl Script for OfConcierge {
    fn adapter(&self) -> Box<dyn Backend> {
        Box::new(Concierge::new(concierge::Settings {
            socket_url: "wss://socket.example.org/prod".into(),
            api_url: None,
            device_id: "web-1".into(),
            page_size: 20,
        }))
    }

    fn reply(&mut self, frame: &str) -> Vec<Value> {
        let asked: Value = serde_json::from_str(frame).expect("JSON");
        let channel = asked["data"]["route"].as_str().expect("a route");
        let path = channel.split('?').next().unwrap_or_default();
        let mut told = line("answers", &format!("\"channel\": \"{path}"));
        told["channel"] = channel.into();
        told["status"] = json!(200);
        if path.ends_with("send-message") {
            // The files tell of one message only; what is sent is another one.
            let sent = &mut told["body"]["chatMessage"];
            sent["id"] = json!("732");
            sent["metadata"] = asked["data"]["body"]["metadata"].clone();
        }
        if channel.ends_with("?page=2&limit=20") {
            told["body"]["messages"] = json!([]);
        }
        vec![told]
    }

    fn history(&self) -> Vec<(Author, &'static str)> {
        vec![(Author::Them, "The gym opens at 6")]
    }

    fn sent(&self) -> (&'static str, &'static str) {
        ("The gym opens at 6", "732")
    }

    fn events(&self) -> Option<(Vec<Value>, &'static str, Value)> {
        let mut event = line("events", "chat-message-c-1");
        let mut gone = line("events", "chat-message-delete");
        event["payload"]["chatMessage"]["id"] = json!(733);
        event["payload"]["chatMessage"]["messageContent"] = json!("And closes at 10");
        gone["payload"]["messageId"] = json!(733);
        Some((vec![event.clone(), event], "And closes at 10", gone))
    }
}

struct OfOneChat;

impl Script for OfOneChat {
    fn adapter(&self) -> Box<dyn Backend> {
        Box::new(OneChat::new(onechat::Settings {
            api_url: "https://help.example.org".into(),
            socket_url: None,
            inbox: "inbox24".into(),
            new_id: "11111111-2222-4333-8444-555555555555".into(),
            contact: onechat::Contact::default(),
            context: None,
        }))
    }

    fn answer(&mut self, line: &str) -> Option<Value> {
        let conversation = "/conversations/52";
        let name = match line {
            it if it.ends_with("/inboxes/inbox24") => "rest_inbox",
            it if it.starts_with("POST") && it.ends_with("/conversations") => "rest_conversation",
            it if it.starts_with("GET") && it.ends_with(conversation) => "rest_conversation",
            it if it.starts_with("POST") && it.ends_with("/messages") => "rest_message_create",
            it if it.starts_with("GET") && it.ends_with("/messages") => "rest_messages",
            it if it.starts_with("POST") && it.ends_with("/contacts") => "rest_contact",
            _ => return None,
        };
        Some(fixture("onechat", name))
    }

    fn reply(&mut self, frame: &str) -> Vec<Value> {
        let said: Value = serde_json::from_str(frame).expect("JSON");
        if said != fixture("onechat", "ws_subscribe") {
            assert_eq!(said, fixture("onechat", "ws_update_presence"));
            return vec![fixture("onechat", "ws_ping")];
        }
        let names = ["ws_welcome", "ws_confirm"];
        names.map(|name| fixture("onechat", name)).to_vec()
    }

    fn begins_with_a_message(&self) -> bool {
        true
    }

    fn history(&self) -> Vec<(Author, &'static str)> {
        vec![
            (Author::Them, "Welcome to the garden desk."),
            (Author::Them, "Good day, **what** plant do you mean?"),
            (Author::Me, "The tall green one"),
            (Author::Them, "fern.png"),
        ]
    }

    fn sent(&self) -> (&'static str, &'static str) {
        ("The tall green one", "603")
    }

    fn events(&self) -> Option<(Vec<Value>, &'static str, Value)> {
        let names = ["ws_message_created_agent", "ws_message_updated_read"];
        let events = names.map(|name| fixture("onechat", name)).to_vec();
        let gone = fixture("onechat", "ws_message_updated_deleted");
        Some((events, "Good day, **what** plant do you mean?", gone))
    }
}

/// The room of VoIPBIN's files.
pub(crate) const ROOM: &str = "dddd4444-0000-4000-8000-000000000004";

fn voipbin(chat_api: ChatApi) -> Box<dyn Backend> {
    Box::new(VoipBin::new(voipbin::Settings {
        api_url: "https://phone.example.org/v1.0".into(),
        socket_url: None,
        agent_id: "aaaa1111-0000-4000-8000-000000000001".into(),
        customer_id: Some("eeee5555-0000-4000-8000-000000000005".into()),
        chat_api,
        upload_url: None,
    }))
}

/// Every second time a list is asked for it is at its end.
fn page(lists: &mut u32, name: &str) -> Value {
    *lists += 1;
    if lists.is_multiple_of(2) {
        fixture("voipbin", "legacy_list_end")
    } else {
        fixture("voipbin", name)
    }
}

struct OfVoipBin {
    lists: u32,
}

impl Script for OfVoipBin {
    fn adapter(&self) -> Box<dyn Backend> {
        voipbin(ChatApi::Legacy)
    }

    fn answer(&mut self, line: &str) -> Option<Value> {
        let name = match line.split_once("service_agents/")? {
            ("GET https://phone.example.org/v1.0/", "chatrooms") => {
                return Some(page(&mut self.lists, "legacy_chatrooms"));
            }
            ("GET https://phone.example.org/v1.0/", "chatroommessages") => "legacy_messages",
            ("GET https://phone.example.org/v1.0/", _) => "legacy_chatroom",
            (_, "chatroommessages") => "legacy_message_create",
            _ => return None,
        };
        Some(fixture("voipbin", name))
    }

    fn history(&self) -> Vec<(Author, &'static str)> {
        vec![
            (Author::Them, "plan.pdf"),
            (Author::Me, "keys are with me"),
            (Author::Them, "the lift is out again"),
        ]
    }

    fn sent(&self) -> (&'static str, &'static str) {
        ("on my way", "3e550000-0000-4000-8000-000000000041")
    }

    fn events(&self) -> Option<(Vec<Value>, &'static str, Value)> {
        let names = ["legacy_event_wrapped", "legacy_event_bare"];
        let events = names.map(|name| fixture("voipbin", name)).to_vec();
        let gone = fixture("voipbin", "legacy_event_deleted");
        Some((events, "good, hurry", gone))
    }
}

struct OfTalk {
    lists: u32,
}

impl Script for OfTalk {
    fn adapter(&self) -> Box<dyn Backend> {
        voipbin(ChatApi::Talk)
    }

    fn answer(&mut self, line: &str) -> Option<Value> {
        let name = match line.split_once("service_agents/")? {
            ("GET https://phone.example.org/v1.0/", "talk_chats") => {
                return Some(page(&mut self.lists, "talk_chats"));
            }
            ("GET https://phone.example.org/v1.0/", "talk_messages") => "talk_messages",
            (_, "talk_messages") => "talk_message_create",
            (_, one) if one.starts_with("files/") => "talk_file",
            (_, one) if one.starts_with("talk_chats/") => "talk_chat",
            _ => return None,
        };
        Some(fixture("voipbin", name))
    }

    fn history(&self) -> Vec<(Author, &'static str)> {
        vec![
            (Author::System, "roof team was founded"),
            (Author::Me, "the sketch"),
            (Author::Them, "two ladders are missing"),
        ]
    }

    fn sent(&self) -> (&'static str, &'static str) {
        ("found them", "3e550000-0000-4000-8000-000000000041")
    }

    fn events(&self) -> Option<(Vec<Value>, &'static str, Value)> {
        let names = [
            "talk_event_bare",
            "talk_event_wrapped",
            "talk_event_old_name",
            "talk_event_documented",
            "talk_event_bare",
        ];
        let events = names.map(|name| fixture("voipbin", name)).to_vec();
        let gone = fixture("voipbin", "talk_event_bare_gone");
        Some((events, "splendid", gone))
    }
}

struct OfOneSmile;

impl Script for OfOneSmile {
    fn adapter(&self) -> Box<dyn Backend> {
        Box::new(OneSmile::new(onesmile::Settings {
            api_url: "https://smile.example.org/api-v2".into(),
            token_prefix: String::new(),
            api_key: None,
            recipient_id: Some("GARDEN_DESK|4".into()),
            room_id: None,
            member_id: Some("81".into()),
            role: None,
            room_type: None,
            upload: onesmile::UploadMode::Off,
            time_zone: None,
            page_size: 4,
        }))
    }

    fn answer(&mut self, line: &str) -> Option<Value> {
        let name = match line.rsplit('/').next()? {
            "generalmessagelist" => "list_answer",
            "generalmessagedetail" => "detail_answer",
            "generalmessagesent" => "send_answer",
            _ => return None,
        };
        Some(fixture("onesmile", name))
    }

    fn history(&self) -> Vec<(Author, &'static str)> {
        vec![
            (Author::Them, "good morning"),
            (Author::Me, "which bed is mine?"),
            (Author::Them, "the plan of the beds"),
        ]
    }

    fn sent(&self) -> (&'static str, &'static str) {
        ("number six, thanks", "7f3c0000-0000-4000-8000-000000000041")
    }
}
