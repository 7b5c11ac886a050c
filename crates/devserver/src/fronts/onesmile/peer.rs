//! Makes a desk write, in all the ways that rows can look.

use bytes::Bytes;
use serde_json::json;

use super::OneSmile;
use super::answers::Failure;
use super::files::{DOCUMENT, PICTURE};
use super::messages::plain;
use crate::model::{ConversationKey, Draft, Party};
use crate::script;
use crate::switches::onesmile::Peer;

/// The desk writes into a room.
pub(super) async fn act(
    front: &OneSmile,
    room: &ConversationKey,
    what: Peer,
    burst: u32,
) -> Result<(), Failure> {
    let drafts = match what {
        Peer::Off => Vec::new(),
        Peer::Text => vec![plain("The desk is looking into it.")],
        Peer::Image => vec![file(front, "IMAGE", "courtyard.png", "image/png", PICTURE).await?],
        Peer::Document => {
            vec![
                file(
                    front,
                    "FILE",
                    "house-rules.pdf",
                    "application/pdf",
                    DOCUMENT,
                )
                .await?,
            ]
        }
        Peer::Burst => (1..=burst)
            .map(|number| plain(&format!("Notice {number} of {burst}")))
            .collect(),
        Peer::SameSecond => ["The first of two at once", "The second of two at once"]
            .map(|text| Draft {
                metadata: Some(json!({"sameSecond": true})),
                ..plain(text)
            })
            .into(),
        Peer::NullText => vec![plain("")],
    };
    for draft in drafts {
        front
            .chat
            .post(room, Party::Staff(script::ME), draft, None)?;
    }
    Ok(())
}

async fn file(
    front: &OneSmile,
    content_type: &str,
    name: &str,
    mime: &str,
    bytes: &'static [u8],
) -> Result<Draft, Failure> {
    let url = front
        .bucket
        .keep("onesmile", name, mime, Bytes::from_static(bytes))
        .await?;
    Ok(Draft {
        content_type: content_type.to_owned(),
        content: url,
        metadata: Some(json!({"file": {"name": name}})),
    })
}
