//! A model of OneSmile: four commands, and nothing comes by itself.

use concierge_core::backend::Backend;
use concierge_core::backend::onesmile::{OneSmile, Settings, UploadMode};
use concierge_core::{Request, Response, UploadBody, UploadRequest};
use serde_json::{Value, json};

use super::book::{Book, Entry, stamp};
use super::{Server, json as answer, path};

const ROOM: u64 = 8_120;
const DESK: &str = "KEY_DESK|4";
const MEMBER: &str = "314";
/// The zone of its times: seven hours east.
const ZONE: i64 = 7 * 3_600_000;

pub(super) fn adapter() -> Box<dyn Backend> {
    Box::new(OneSmile::new(Settings {
        api_url: "https://smile.example.net/api-v2".into(),
        token_prefix: String::new(),
        api_key: None,
        recipient_id: Some(DESK.into()),
        room_id: None,
        member_id: Some(MEMBER.into()),
        role: None,
        room_type: None,
        upload: UploadMode::Base64,
        time_zone: None,
        page_size: 20,
    }))
}

#[derive(Default)]
pub(super) struct OneSmileDesk {
    book: Book,
}

impl OneSmileDesk {
    fn row(entry: &Entry) -> Value {
        let image = entry
            .file
            .as_ref()
            .map(|(name, _)| format!("https://smile.example.net/img/{}/{name}", entry.number));
        json!({
            "id": 400 + entry.number, "room_id": ROOM,
            "member_id": if entry.by_visitor { MEMBER } else { "9" },
            "created_date": stamp(entry.at + ZONE, ' '),
            "message": if entry.file.is_some() { Value::Null } else { entry.text.as_str().into() },
            "status": 2, "recipient_id": if entry.by_visitor { DESK } else { MEMBER },
            "image": image, "document": null, "produk_id": 0, "role": 0,
            "message_uuid": format!("00000000-0000-4000-8000-{:012}", entry.number),
            "message_room_uuid": "9d3c6a52-70e1-4c0f-8c55-2f0b1a7d9e10",
            "fullname": "", "room_name": "", "member_photo": "",
        })
    }

    fn store(&mut self, text: &str, file: Option<(&str, u64)>, at: i64) -> Response {
        if text.is_empty() && file.is_none() {
            return answer(200, &json!({"success": false, "msg": "Empty"}));
        }
        let entry = self.book.write(true, text, at);
        entry.file = file.map(|(name, size)| (name.to_owned(), size));
        let mut row = Self::row(entry);
        row["message"] = Value::Null;
        answer(200, &json!({"success": true, "msg": "OK", "response": row}))
    }

    fn refusal() -> Response {
        answer(200, &json!({"success": false, "msg": "Invalid Parameters"}))
    }
}

impl Server for OneSmileDesk {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    fn answer(&mut self, request: &Request, at: i64) -> Response {
        if self.book.refuses() {
            return Self::refusal();
        }
        let (path, _) = path(&request.url.0);
        let body = request.body.as_ref().map_or("{}", |body| &body.0);
        let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let room = json!({
            "room_id": ROOM.to_string(), "created_date": stamp(at + ZONE, ' '),
            "message": "", "fullname": "Keys", "member_photo": "",
        });
        match path.as_str() {
            "/api-v2/generalmessagecreate" => {
                self.book.begun = true;
                answer(
                    200,
                    &json!({"success": true, "msg": "OK", "response": room}),
                )
            }
            "/api-v2/generalmessagelist" => {
                let last = self.book.entries.last();
                let unseen = self.book.entries.iter().filter(|entry| !entry.by_visitor);
                let unseen = unseen.filter(|entry| entry.number > self.book.seen).count();
                let rooms = if self.book.begun {
                    json!([{
                        "room_id": ROOM, "created_date": stamp(last.map_or(at, |last| last.at) + ZONE, ' '),
                        "message": last.map(|last| last.text.clone()), "fullname": "Keys",
                        "member_photo": "", "recipient_id": DESK.to_lowercase(), "tgl": "20 Nov 2026",
                        "un_seen": unseen,
                    }])
                } else {
                    json!([])
                };
                answer(
                    200,
                    &json!({"success": true, "msg": "OK", "response": rooms}),
                )
            }
            "/api-v2/generalmessagedetail" => {
                let skip = body["sf"].as_u64().unwrap_or(0);
                let limit = body["limit"].as_u64().unwrap_or(10);
                let cut = |number: u64| usize::try_from(number).expect("few");
                let entries = self.book.entries.iter().rev();
                let rows: Vec<Value> = entries
                    .skip(cut(skip))
                    .take(cut(limit))
                    .map(Self::row)
                    .collect();
                // Whoever reads a room has seen it.
                self.book.seen = self.book.entries.len() as u64;
                answer(
                    200,
                    &json!({"success": true, "msg": "OK", "room_detail": rows}),
                )
            }
            "/api-v2/generalmessagesent" => {
                let text = body["message"].as_str().unwrap_or_default().to_owned();
                self.store(&text, None, at)
            }
            _ => answer(404, &Value::Null),
        }
    }

    fn take(&mut self, request: &UploadRequest, (name, size): (&str, u64), at: i64) -> Response {
        let UploadBody::Text(before, after) = &request.body else {
            return answer(400, &Value::Null);
        };
        let body = format!("{}QUJD{}", before.0, after.0);
        let body: Value = serde_json::from_str(&body).expect("JSON around the bytes");
        assert_eq!(body["image"], "QUJD");
        self.store("", Some((name, size)), at)
    }

    fn staff_says(&mut self, text: &str, at: i64) {
        self.book.begun = true;
        self.book.write(false, text, at);
    }
}
