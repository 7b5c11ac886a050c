//! One module for each back end whose wire protocol the server speaks. A front
//! translates between its wire and [`crate::chat::Chat`]; fronts do not know
//! of each other.

pub(crate) mod concierge;
mod moments;
pub(crate) mod onechat;
pub(crate) mod onesmile;
mod silence;
pub(crate) mod voipbin;

use crate::chat::Chat;
use crate::model::Conversation;
use crate::store::StoreError;

/// What staff reads above a conversation: who the visitor is and, where one
/// visitor has several, which conversation it is.
pub(crate) fn title(chat: &Chat, conversation: &Conversation) -> Result<String, StoreError> {
    let title = match onesmile::title(chat, conversation)? {
        Some(title) => Some(title),
        None => voipbin::title(chat, conversation)?,
    };
    if let Some(title) = title {
        return Ok(title);
    }
    let contact = chat.with_store(|store| store.contact(conversation.visitor))?;
    let name = contact.map(|contact| contact.name);
    Ok(name.unwrap_or_else(|| concierge::tenant_name(conversation.visitor)))
}
