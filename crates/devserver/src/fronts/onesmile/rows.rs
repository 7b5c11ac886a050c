//! How rooms and rows are written (contract 3.1 to 3.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::Month;

use super::{OneSmile, desks};
use crate::fronts::moments;
use crate::model::{Message, Micros};
use crate::store::{Room, StoreError};
use crate::switches::onesmile::{
    Attachments, DateForm, ListMessage, MemberIdType, Names, OneSmileSwitches, RoomIdType, Unseen,
};

/// The zone of the service's clock, in hours.
const ZONE: i8 = 7;

/// Writes the rows of one room.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) front: &'a OneSmile,
    pub(super) switches: &'a OneSmileSwitches,
    pub(super) room: &'a Room,
}

/// A message taken apart.
struct Parts<'a> {
    text: &'a str,
    image: Option<&'a str>,
    document: Option<&'a str>,
}

impl Writer<'_> {
    /// A row of the room.
    pub(super) async fn row(self, message: &Message) -> Result<Value, StoreError> {
        let uuid = self
            .front
            .chat
            .with_store(|store| store.onesmile_row_uuid(message.id))?;
        let desk = desks::find(&self.room.recipient).unwrap_or(desks::FIRST);
        let desk_id = desks::written(&self.room.recipient, self.switches.recipient_form);
        let (sender, recipient, role) = if message.sender.is_staff() {
            (desk.number, self.room.member.0.to_string(), 2)
        } else {
            (self.room.member.0, desk_id, 0)
        };
        let parts = parts(message);
        Ok(json!({
            "id": message.id.0,
            "room_id": self.room_number(),
            "member_id": self.member_id(sender),
            "created_date": date(self.switches, moment(message)),
            "message": (!parts.text.is_empty()).then_some(parts.text),
            "status": 2,
            "recipient_id": recipient,
            "image": self.attachment(parts.image).await,
            "document": self.attachment(parts.document).await,
            "produk_id": 0,
            "role": role,
            "message_uuid": uuid,
            "message_room_uuid": self.room.uuid,
            "fullname": self.name(if message.sender.is_staff() { desk.name } else { "" }),
            "room_name": self.name(desk.name),
            "member_photo": photo(self.front),
        }))
    }

    /// The room as create answers with it.
    pub(super) fn created(self, last: Option<&Message>, made: Micros) -> Value {
        let id = match self.switches.room_id_type {
            RoomIdType::Doc | RoomIdType::String => json!(self.room.number.to_string()),
            RoomIdType::Number => json!(self.room.number),
        };
        json!({
            "room_id": id,
            "created_date": date(self.switches, made),
            "message": last.map_or("", |message| parts(message).text),
            "fullname": self.name(desks::find(&self.room.recipient).unwrap_or(desks::FIRST).name),
            "member_photo": photo(self.front),
        })
    }

    /// The room in the list of rooms.
    pub(super) fn listed(self, last: Option<&Message>, made: Micros, unseen: usize) -> Value {
        let latest = last.map_or(made, moment);
        let text = last
            .map(|message| parts(message).text)
            .filter(|text| !text.is_empty() && self.switches.list_message == ListMessage::Text);
        let unseen = match self.switches.unseen {
            Unseen::Counts | Unseen::Sticky => json!(unseen),
            Unseen::String => json!(unseen.to_string()),
        };
        json!({
            "room_id": self.room_number(),
            "created_date": date(self.switches, latest),
            "message": text,
            "fullname": self.name(desks::find(&self.room.recipient).unwrap_or(desks::FIRST).name),
            "member_photo": photo(self.front),
            "recipient_id": desks::written(&self.room.recipient, self.switches.recipient_form),
            "tgl": indonesian(latest),
            "un_seen": unseen,
        })
    }

    fn room_number(self) -> Value {
        match self.switches.room_id_type {
            RoomIdType::Doc | RoomIdType::Number => json!(self.room.number),
            RoomIdType::String => json!(self.room.number.to_string()),
        }
    }

    fn member_id(self, number: i64) -> Value {
        match self.switches.member_id_type {
            MemberIdType::String => json!(number.to_string()),
            MemberIdType::Number => json!(number),
        }
    }

    fn name(self, name: &str) -> &str {
        match self.switches.names {
            Names::Filled => name,
            Names::Empty => "",
        }
    }

    async fn attachment(self, url: Option<&str>) -> Value {
        match (self.switches.attachments, url) {
            (Attachments::Null, _) | (Attachments::Url | Attachments::Base64, None) => Value::Null,
            (Attachments::EmptyString, None) => json!(""),
            (Attachments::Url | Attachments::EmptyString, Some(url)) => json!(url),
            (Attachments::Base64, Some(url)) => match self.front.bucket.read(url).await {
                Ok(bytes) => json!(STANDARD.encode(bytes)),
                // A file from elsewhere stays what it is.
                Err(_) => json!(url),
            },
        }
    }
}

/// When a row was made. Rows of one millisecond are told apart by their
/// numbers, unless they are meant to be of one date.
fn moment(message: &Message) -> Micros {
    let micros = message.sent_at.0 * 1000;
    let is_shared = message
        .metadata
        .as_ref()
        .is_some_and(|metadata| metadata["sameSecond"] == true);
    if is_shared {
        Micros(micros - micros.rem_euclid(1_000_000))
    } else {
        Micros(micros + message.id.0.rem_euclid(1000))
    }
}

fn parts(message: &Message) -> Parts<'_> {
    let word = |key: &str| {
        let metadata = message.metadata.as_ref()?;
        metadata.get(key)?.as_str()
    };
    let caption = word("caption").unwrap_or_default();
    match message.content_type.as_str() {
        "IMAGE" => Parts {
            text: caption,
            image: Some(&message.content),
            document: word("document"),
        },
        "FILE" | "VIDEO" => Parts {
            text: caption,
            image: None,
            document: Some(&message.content),
        },
        _ => Parts {
            text: &message.content,
            image: None,
            document: None,
        },
    }
}

fn date(switches: &OneSmileSwitches, moment: Micros) -> String {
    match switches.date_form {
        DateForm::Doc => moments::spaced(moment, ZONE),
        DateForm::Empty => String::new(),
        DateForm::Iso => moments::iso(moment),
        DateForm::OtherZone => moments::spaced(moment, 0),
    }
}

/// `18 Nov 2026`, with the months' Indonesian names.
fn indonesian(moment: Micros) -> String {
    let local = Micros(moment.0 + i64::from(ZONE) * 3_600_000_000);
    let day = moments::date_time(local).date();
    let month = match day.month() {
        Month::January => "Jan",
        Month::February => "Feb",
        Month::March => "Mar",
        Month::April => "Apr",
        Month::May => "Mei",
        Month::June => "Jun",
        Month::July => "Jul",
        Month::August => "Agu",
        Month::September => "Sep",
        Month::October => "Okt",
        Month::November => "Nov",
        Month::December => "Des",
    };
    format!("{} {month} {}", day.day(), day.year())
}

fn photo(front: &OneSmile) -> &str {
    front.photo.get().map_or("", String::as_str)
}
