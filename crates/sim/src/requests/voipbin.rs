//! A model of VoIPBIN in both of its generations.

use std::collections::BTreeMap;

use concierge_core::backend::Backend;
use concierge_core::backend::voipbin::{ChatApi, Settings, VoipBin};
use concierge_core::{ConnId, Request, Response, UploadBody, UploadRequest};
use serde_json::{Value, json};

use super::book::{Book, Entry, stamp};
use super::{Server, json as answer, path, value};

const ME: &str = "7c1d5e2a-0b94-4f6d-8a13-52e6c9f0b7d1";
const OTHER: &str = "e2b7f0c4-91a8-4d35-b6c2-08d7a3f51e94";
const CHAT: &str = "41f6a9d0-3c72-4e8b-9d05-b7e2c16f8a30";
const ROOM: &str = "b83e07d5-64fa-4c19-a2e7-90d1f5c3b682";
const UPLOAD: &str = "https://shop.example.net/files";
const CUSTOMER: &str = "1aa0c3f7-5d28-49b6-8e41-c7f20d93b5e6";

pub(super) fn adapter(is_talk: bool) -> Box<dyn Backend> {
    Box::new(VoipBin::new(Settings {
        api_url: "https://voip.example.net/v1.0".into(),
        socket_url: None,
        agent_id: ME.into(),
        customer_id: Some(CUSTOMER.into()),
        // The first generation is found out by asking.
        chat_api: if is_talk {
            ChatApi::Talk
        } else {
            ChatApi::Detect
        },
        // What it has no store for goes to the page's own.
        upload_url: (!is_talk).then(|| UPLOAD.into()),
    }))
}

pub(super) struct VoipDesk {
    book: Book,
    is_talk: bool,
    files: Vec<(String, u64)>,
    /// Sockets, and whether they are subscribed.
    sockets: BTreeMap<ConnId, bool>,
    frames: Vec<(ConnId, String)>,
}

impl VoipDesk {
    pub(super) fn new(is_talk: bool) -> Self {
        let book = Book {
            begun: true,
            ..Book::default()
        };
        Self {
            book,
            is_talk,
            files: Vec::new(),
            sockets: BTreeMap::new(),
            frames: Vec::new(),
        }
    }

    fn time(&self, at: i64) -> String {
        if self.is_talk {
            format!("{}Z", stamp(at, 'T'))
        } else {
            stamp(at, ' ')
        }
    }

    fn row(&self, entry: &Entry) -> Value {
        let author = if entry.by_visitor { ME } else { OTHER };
        let id = format!("00000000-0000-4000-9000-{:012}", entry.number);
        let medias = match &entry.file {
            Some((name, _)) => {
                // One whose upload was not answered is there twice.
                let index = self.files.iter().rposition(|(file, _)| file == name);
                let index = index.unwrap_or(0);
                if self.is_talk {
                    json!([{"type": "file", "address": {}, "file_id": file_id(index)}])
                } else {
                    json!([{"type": "link", "address": {}, "link_url": link(index, name)}])
                }
            }
            None => json!([]),
        };
        if self.is_talk {
            return json!({
                "id": id, "customer_id": CUSTOMER, "owner_type": "agent", "owner_id": author,
                "chat_id": CHAT, "type": "normal", "text": entry.text, "medias": medias,
                "metadata": {"reactions": []}, "tm_create": self.time(entry.at),
                "tm_update": null, "tm_delete": null,
            });
        }
        json!({
            "id": id, "customer_id": CUSTOMER, "owner_type": "agent", "owner_id": ME,
            "chatroom_id": ROOM,
            "messagechat_id": format!("00000000-0000-4000-a000-{:012}", entry.number),
            "source": {"type": "agent", "target": author}, "type": "normal", "text": entry.text,
            "medias": medias, "tm_create": self.time(entry.at), "tm_update": self.time(entry.at),
            "tm_delete": "9999-01-01 00:00:00.000000",
        })
    }

    fn room(&self) -> Value {
        let at = self.time(1_795_100_000_000);
        if self.is_talk {
            return json!({
                "id": CHAT, "customer_id": CUSTOMER, "type": "group", "name": "Gate crew",
                "member_count": 2, "tm_create": at, "tm_update": null, "tm_delete": null,
            });
        }
        json!({
            "id": ROOM, "customer_id": CUSTOMER, "owner_type": "agent", "type": "group",
            "chat_id": CHAT, "owner_id": ME, "room_owner_id": ME, "participant_ids": [OTHER, ME],
            "name": "Gate crew", "detail": "", "tm_create": at, "tm_update": at,
            "tm_delete": "9999-01-01 00:00:00.000000",
        })
    }

    fn list(&self, rows: &[Value]) -> Response {
        let last = rows.last().map(|row| row["tm_create"].clone());
        answer(
            200,
            &json!({"result": rows, "next_page_token": last.unwrap_or_else(|| "".into())}),
        )
    }

    fn messages(&self, query: &str) -> Response {
        let token = value(query, "page_token").unwrap_or_default();
        let size = value(query, "page_size").and_then(|size| size.parse().ok());
        let is_before = |entry: &&Entry| token.is_empty() || self.time(entry.at) < token;
        let entries = self.book.entries.iter().rev().filter(is_before);
        {
            let rows: Vec<Value> = entries
                .take(size.unwrap_or(100))
                .map(|it| self.row(it))
                .collect();
            self.list(&rows)
        }
    }

    fn tell(&mut self, index: usize) {
        let row = self.row(&self.book.entries[index]);
        let frame = if self.is_talk {
            row
        } else {
            json!({"type": "messagechatroom_created", "data": row})
        };
        for (conn, subscribed) in &self.sockets {
            if *subscribed {
                // On an old and on a new topic.
                self.frames.push((*conn, frame.to_string()));
                self.frames.push((*conn, frame.to_string()));
            }
        }
    }

    fn write(&mut self, body: &Value, at: i64) -> Response {
        let text = body["text"].as_str().unwrap_or_default();
        let file = body["medias"].get(0).map(|media| {
            let is_it = |index: usize, name: &str| {
                if self.is_talk {
                    media["type"] == "file" && media["file_id"] == file_id(index)
                } else {
                    media["type"] == "link" && media["link_url"] == link(index, name)
                }
            };
            let mut files = self.files.iter().enumerate();
            let found = files.find(|(index, (name, _))| is_it(*index, name));
            found.expect("a file that was taken").1.clone()
        });
        let entry = self.book.write(true, text, at);
        entry.file = file;
        let index = self.book.entries.len() - 1;
        self.tell(index);
        answer(200, &self.row(&self.book.entries[index]))
    }

    fn missing(&self) -> Response {
        if self.is_talk {
            answer(
                404,
                &json!({"error": {"status": "NOT_FOUND", "reason": "X", "message": "No."}}),
            )
        } else {
            Response {
                status: 404,
                body: "404 page not found".into(),
            }
        }
    }
}

fn file_id(index: usize) -> String {
    format!("00000000-0000-4000-b000-{index:012}")
}

/// Where the page's own store has a file.
fn link(index: usize, name: &str) -> String {
    format!("https://files.shop.example.net/{index}/{name}")
}

impl Server for VoipDesk {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    fn answer(&mut self, request: &Request, at: i64) -> Response {
        if self.book.refuses() {
            return Response {
                status: 401,
                body: String::new(),
            };
        }
        let (path, query) = path(&request.url.0);
        let Some(path) = path.strip_prefix("/v1.0/service_agents/") else {
            return self.missing();
        };
        let body = request.body.as_ref().map_or("{}", |body| &body.0);
        let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let parts: Vec<&str> = path.split('/').collect();
        let (rooms, id, messages) = if self.is_talk {
            ("talk_chats", CHAT, "talk_messages")
        } else {
            ("chatrooms", ROOM, "chatroommessages")
        };
        match (request.method, parts.as_slice()) {
            ("GET", [it]) if *it == rooms => {
                let is_first = value(&query, "page_token").is_none_or(|token| token.is_empty());
                self.list(&if is_first {
                    vec![self.room()]
                } else {
                    Vec::new()
                })
            }
            ("GET", [it, room]) if *it == rooms && *room == id => answer(200, &self.room()),
            ("GET", [it, _, "participants"]) if *it == rooms => answer(
                200,
                &json!([{"id": "p", "owner_type": "agent", "owner_id": OTHER, "chat_id": CHAT}]),
            ),
            ("GET", [it]) if *it == messages => self.messages(&query),
            ("POST", [it]) if *it == messages => self.write(&body, at),
            ("GET", ["files", file]) if self.is_talk => {
                let index = (0..self.files.len()).find(|index| file_id(*index) == *file);
                match index.map(|index| &self.files[index]) {
                    Some((name, size)) => answer(
                        200,
                        &json!({
                            "id": file, "type": "talk", "filename": name, "filesize": size,
                            "uri_download": format!("https://files.example.net/{name}?sig=1"),
                            "tm_download_expire": self.time(at + 86_400_000),
                            "tm_create": self.time(at), "tm_delete": null,
                        }),
                    ),
                    None => self.missing(),
                }
            }
            _ => self.missing(),
        }
    }

    fn take(&mut self, request: &UploadRequest, (name, size): (&str, u64), at: i64) -> Response {
        assert!(matches!(request.body, UploadBody::Form(_, "file")));
        self.files.push((name.to_owned(), size));
        let index = self.files.len() - 1;
        if !self.is_talk {
            assert_eq!(request.url.0, UPLOAD);
            assert_eq!(request.headers, [], "the token is not for others");
            return answer(200, &json!({"url": link(index, name)}));
        }
        let id = file_id(index);
        answer(
            200,
            &json!({
                "id": id, "type": "talk", "filename": name, "filesize": size,
                "uri_download": format!("https://files.example.net/{name}?sig=1"),
                "tm_download_expire": self.time(at + 86_400_000), "tm_create": self.time(at),
            }),
        )
    }

    fn open(&mut self, conn: ConnId) {
        self.sockets.insert(conn, false);
    }

    fn hear(&mut self, conn: ConnId, frame: &str) {
        let frame: Value = serde_json::from_str(frame).expect("a frame of JSON");
        let topics = frame["topics"].to_string();
        if frame["type"] == "subscribe" && topics.contains(&format!("agent_id:{ME}")) {
            self.sockets.insert(conn, true);
        }
    }

    fn close(&mut self, conn: ConnId) {
        self.sockets.remove(&conn);
    }

    fn staff_says(&mut self, text: &str, at: i64) {
        self.book.write(false, text, at);
        self.tell(self.book.entries.len() - 1);
    }

    fn take_frames(&mut self) -> Vec<(ConnId, String)> {
        std::mem::take(&mut self.frames)
    }
}
