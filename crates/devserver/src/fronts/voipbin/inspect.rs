//! What `/inspect` shows of this front.

use serde_json::{Value, json};

use super::{VoipBin, agents, deeds};
use crate::store::StoreError;

impl VoipBin {
    /// Open sockets with their subscriptions, and messages with the copies that
    /// participants have.
    pub(crate) fn inspect(&self) -> Result<Value, StoreError> {
        let mut messages = Vec::new();
        for message in self.chat.all_messages()? {
            if !agents::OURS.contains(&message.visitor.0) {
                continue;
            }
            let word = deeds::word(self, &message)?;
            let mut copies = Vec::new();
            for copy in self
                .chat
                .with_store(|store| store.voipbin_copies(message.id))?
            {
                let place = self
                    .chat
                    .with_store(|store| store.voipbin_room(&copy.room))?;
                copies.push(json!({
                    "id": copy.id,
                    "room": copy.room,
                    "agent": place.map(|place| agents::id(place.agent)),
                    "deleted": copy.deleted.is_some(),
                }));
            }
            messages.push(json!({
                "id": word.id,
                "row": message.id.0,
                "chat": word.conversation.0,
                "agent": agents::id(word.agent),
                "type": word.kind,
                "text": word.text,
                "medias": word.medias,
                "reactions": word.reactions,
                "parent": word.parent,
                "deleted": word.deleted.is_some(),
                "copies": copies,
            }));
        }
        Ok(json!({"sockets": self.sockets.list(), "messages": messages}))
    }
}
