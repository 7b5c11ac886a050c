//! What `/inspect` shows of this front.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::OneSmile;
use crate::store::StoreError;

impl OneSmile {
    /// Rows as they are stored, and how many of the members' are there twice.
    pub(crate) fn inspect(&self) -> Result<Value, StoreError> {
        let mut rows = Vec::new();
        let mut copies: BTreeMap<(i64, String, String), usize> = BTreeMap::new();
        for message in self.chat.all_messages()? {
            let Some(conversation) = self
                .chat
                .conversation(&message.conversation)?
                .filter(|conversation| super::MEMBERS.contains(&conversation.visitor.0))
            else {
                continue;
            };
            let (room, uuid) = self.chat.with_store(|store| {
                let room = store.onesmile_room_for(&conversation, super::desks::FIRST.id)?;
                Ok::<_, StoreError>((room, store.onesmile_row_uuid(message.id)?))
            })?;
            let caption = message
                .metadata
                .as_ref()
                .map_or(&Value::Null, |metadata| &metadata["caption"]);
            if !message.sender.is_staff() {
                let same = (room.number, message.content.clone(), caption.to_string());
                *copies.entry(same).or_default() += 1;
            }
            rows.push(json!({
                "id": message.id.0,
                "message_uuid": uuid,
                "room": room.number,
                "member": room.member.0,
                "recipient": room.recipient,
                "sender": if message.sender.is_staff() { "staff" } else { "member" },
                "contentType": message.content_type,
                "text": message.content,
                "caption": caption,
                "sentAt": message.sent_at.0,
                "seenAt": message.seen_at.map(|at| at.0),
            }));
        }
        let duplicates: usize = copies.values().map(|count| count - 1).sum();
        Ok(json!({"rows": rows, "duplicates": duplicates}))
    }
}
