//! How stored things are written (contract 3.1, 3.5). The generations write the
//! same chat differently, and the switches bend both.

use serde_json::{Map, Value, json};

use super::gate::Era;
use super::{CUSTOMER, agents};
use crate::fronts::moments;
use crate::model::Micros;
use crate::store::{FileRow, Place, Talk, Word, WordCopy};
use crate::switches::voipbin::{
    AliveForm, MediasForm, OwnerKey, ParticipantsOrder, SourceEmpty, TimeForm, VoipBinSwitches,
};

/// What stands where there is no id.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// By how much later than its message a copy is made.
const COPY_DELAY: i64 = 140;

/// Writes things for one generation.
#[derive(Clone, Copy)]
pub(super) struct Shapes<'a> {
    pub(super) switches: &'a VoipBinSwitches,
    pub(super) era: Era,
}

/// The moments of a row.
#[derive(Clone, Copy)]
struct Times {
    created: Micros,
    updated: Option<Micros>,
    deleted: Option<Micros>,
}

/// When a copy of a message was made.
pub(super) fn copied_at(word: &Word) -> Micros {
    Micros(word.created.0 + COPY_DELAY)
}

impl Shapes<'_> {
    /// A legacy chat.
    pub(super) fn chat(self, talk: &Talk, places: &[Place]) -> Value {
        let owner = agents::id(talk.owner);
        let mut fields = object(json!({
            "id": talk.conversation.0,
            "customer_id": CUSTOMER,
            "type": legacy_kind(talk),
            "participant_ids": self.participant_ids(places),
            "name": talk.name,
            "detail": talk.detail,
        }));
        let keys: &[&str] = match self.switches.owner_key {
            OwnerKey::OwnerId => &["owner_id"],
            OwnerKey::RoomOwnerId => &["room_owner_id"],
            OwnerKey::Both => &["owner_id", "room_owner_id"],
        };
        for key in keys {
            fields.insert((*key).to_owned(), json!(owner));
        }
        self.with_times(fields, talk.into())
    }

    /// A legacy room.
    pub(super) fn room(self, talk: &Talk, place: &Place, places: &[Place]) -> Value {
        let fields = object(json!({
            "id": place.room,
            "customer_id": CUSTOMER,
            "owner_type": "agent",
            "owner_id": agents::id(place.agent),
            "room_owner_id": agents::id(talk.owner),
            "type": legacy_kind(talk),
            "chat_id": talk.conversation.0,
            "participant_ids": self.participant_ids(places),
            "name": place.name,
            "detail": place.detail,
        }));
        let times = Times {
            created: place.joined,
            updated: place.updated,
            deleted: place.gone.or(talk.deleted),
        };
        self.with_times(fields, times)
    }

    /// A legacy message as the chat has it.
    pub(super) fn chat_message(self, word: &Word) -> Value {
        let fields = object(json!({
            "id": word.id,
            "customer_id": CUSTOMER,
            "chat_id": word.conversation.0,
            "source": self.source(word.agent),
            "type": word.kind,
            "text": word.text,
            "medias": self.medias(&word.medias),
        }));
        self.with_times(fields, word.into())
    }

    /// A legacy message as one participant has it. `owner` is that agent's
    /// number.
    pub(super) fn room_message(self, word: &Word, copy: &WordCopy, owner: i64) -> Value {
        let fields = object(json!({
            "id": copy.id,
            "customer_id": CUSTOMER,
            "owner_type": "agent",
            "owner_id": agents::id(owner),
            "chatroom_id": copy.room,
            "messagechat_id": word.id,
            "source": self.source(word.agent),
            "type": word.kind,
            "text": word.text,
            "medias": self.medias(&word.medias),
        }));
        let times = Times {
            created: copied_at(word),
            updated: word.updated,
            deleted: copy.deleted.or(word.deleted),
        };
        self.with_times(fields, times)
    }

    /// A talk.
    pub(super) fn talk(self, talk: &Talk, members: usize) -> Value {
        let mut fields = object(json!({
            "id": talk.conversation.0,
            "customer_id": CUSTOMER,
            "type": talk.kind,
        }));
        for (key, value) in [("name", &talk.name), ("detail", &talk.detail)] {
            if !value.is_empty() {
                fields.insert(key.to_owned(), json!(value));
            }
        }
        if members > 0 {
            fields.insert("member_count".to_owned(), json!(members));
        }
        self.with_times(fields, talk.into())
    }

    /// A talk's participant.
    pub(super) fn participant(self, place: &Place) -> Value {
        json!({
            "id": place.id,
            "customer_id": CUSTOMER,
            "owner_type": "agent",
            "owner_id": agents::id(place.agent),
            "chat_id": place.conversation.0,
            "tm_joined": self.time(place.joined),
        })
    }

    /// A talk's message.
    pub(super) fn message(self, word: &Word) -> Value {
        let mut fields = object(json!({
            "id": word.id,
            "customer_id": CUSTOMER,
            "owner_type": "agent",
            "owner_id": agents::id(word.agent),
            "chat_id": word.conversation.0,
            "type": word.kind,
            "text": word.text,
            "medias": self.medias(&word.medias),
            "metadata": {"reactions": word.reactions},
        }));
        if let Some(parent) = &word.parent {
            fields.insert("parent_id".to_owned(), json!(parent));
        }
        self.with_times(fields, word.into())
    }

    /// A file.
    pub(super) fn file(self, file: &FileRow) -> Value {
        let fields = object(json!({
            "id": file.id,
            "customer_id": CUSTOMER,
            "owner_type": "agent",
            "owner_id": agents::id(file.agent),
            "reference_type": "normal",
            "reference_id": NO_ID,
            "type": "talk",
            "name": "",
            "detail": "",
            "filename": file.name,
            "filesize": file.size,
            "uri_download": file.url,
            "tm_download_expire": self.time(Micros(file.created.0 + 86_400_000_000)),
        }));
        let times = Times {
            created: file.created,
            updated: None,
            deleted: file.deleted,
        };
        self.with_times(fields, times)
    }

    /// A moment.
    pub(super) fn time(self, moment: Micros) -> String {
        let form = match (self.switches.time_form, self.era) {
            (TimeForm::AsDialect, Era::Legacy) => TimeForm::Legacy,
            (TimeForm::AsDialect, Era::Talk | Era::Webchat) => TimeForm::IsoShort,
            (form, _) => form,
        };
        match form {
            TimeForm::Legacy => moments::spaced(moment, 0),
            TimeForm::Iso6 => moments::iso(moment),
            TimeForm::AsDialect | TimeForm::IsoShort => moments::iso_short(moment),
            TimeForm::IsoSpace => moments::iso_short(moment).replacen('T', " ", 1),
        }
    }

    fn with_times(self, mut fields: Map<String, Value>, times: Times) -> Value {
        let created = self.time(times.created);
        let updated = match (times.updated, self.era) {
            (Some(moment), _) => json!(self.time(moment)),
            (None, Era::Legacy) => json!(created),
            (None, Era::Talk | Era::Webchat) => Value::Null,
        };
        fields.insert("tm_create".to_owned(), json!(created));
        fields.insert("tm_update".to_owned(), updated);
        let alive = match (self.switches.alive_form, self.era) {
            (AliveForm::AsDialect, Era::Legacy) | (AliveForm::Sentinel, _) => {
                Some(json!("9999-01-01 00:00:00.000000"))
            }
            (AliveForm::AsDialect, Era::Talk | Era::Webchat) | (AliveForm::Null, _) => {
                Some(Value::Null)
            }
            (AliveForm::Absent, _) => None,
        };
        let deleted = times.deleted.map(|moment| json!(self.time(moment)));
        if let Some(deleted) = deleted.or(alive) {
            fields.insert("tm_delete".to_owned(), deleted);
        }
        Value::Object(fields)
    }

    fn participant_ids(self, places: &[Place]) -> Vec<String> {
        let mut ids: Vec<_> = places.iter().map(|place| agents::id(place.agent)).collect();
        if self.switches.participants_order == ParticipantsOrder::Reversed {
            ids.reverse();
        }
        ids
    }

    fn source(self, agent: i64) -> Value {
        let mut source = json!({"type": "agent", "target": agents::id(agent)});
        if self.switches.source_empty == SourceEmpty::Strings {
            for key in ["target_name", "name", "detail"] {
                source[key] = json!("");
            }
        }
        source
    }

    fn medias(self, medias: &Value) -> Value {
        let some_id = "8f1d3c75-b2e4-4a90-86d7-13c5f0a9e264";
        let agent = agents::id(agents::STAFF.start);
        let one = match self.switches.medias_form {
            MediasForm::EmptyList => return medias.clone(),
            MediasForm::Null if medias == &json!([]) => return Value::Null,
            MediasForm::Null => return medias.clone(),
            MediasForm::ZeroParts => return self.with_zero_parts(medias),
            MediasForm::Link => {
                json!({"type": "link", "link_url": "https://lantern-quay.invalid/rules"})
            }
            MediasForm::File => json!({"type": "file", "file_id": some_id}),
            MediasForm::Agent if self.era == Era::Legacy => {
                json!({"type": "agent", "agent": {"id": agent}})
            }
            MediasForm::Agent => json!({"type": "agent", "agent_id": agent}),
            MediasForm::Address => {
                json!({"type": "address", "address": {"type": "tel", "target": "+000123456", "target_name": "Gate house"}})
            }
            MediasForm::Unknown => json!({"type": "hologram", "hologram": {"depth": 3}}),
        };
        json!([one])
    }

    /// With the parts of other types beside, empty as the server writes them.
    fn with_zero_parts(self, medias: &Value) -> Value {
        let Value::Array(list) = medias else {
            return medias.clone();
        };
        let filled = list.iter().map(|media| {
            let mut media = media.clone();
            let mut zeros = json!({"address": {}, "file_id": NO_ID, "link_url": ""});
            if self.era == Era::Legacy {
                zeros["agent"] = json!({"id": NO_ID});
            } else {
                zeros["agent_id"] = json!(NO_ID);
            }
            for (key, zero) in object(zeros) {
                if media.get(&key).is_none() {
                    media[key] = zero;
                }
            }
            media
        });
        filled.collect()
    }
}

impl From<&Talk> for Times {
    fn from(talk: &Talk) -> Self {
        Self {
            created: talk.created,
            updated: talk.updated,
            deleted: talk.deleted,
        }
    }
}

impl From<&Word> for Times {
    fn from(word: &Word) -> Self {
        Self {
            created: word.created,
            updated: word.updated,
            deleted: word.deleted,
        }
    }
}

fn legacy_kind(talk: &Talk) -> &'static str {
    if talk.kind == "direct" {
        "normal"
    } else {
        "group"
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
