//! Makes another agent of a chat do something, in all the ways that a client
//! must be ready for.

use serde_json::json;

use super::deeds::{self, Said};
use super::refusals::Failure;
use super::{VoipBin, agents};
use crate::store::{Talk, Word};
use crate::switches::voipbin::Peer;

/// Another agent does that in a chat.
pub(super) fn act(front: &VoipBin, talk: &Talk, what: Peer) -> Result<(), Failure> {
    let places = deeds::places(front, &talk.conversation)?;
    let others = || {
        places
            .iter()
            .filter(|place| agents::STAFF.contains(&place.agent))
    };
    let Some(peer) = others().next().map(|place| place.agent) else {
        return Ok(());
    };
    let say = |kind: &str, text: &str, parent| {
        let said = Said {
            kind: kind.to_owned(),
            text: text.to_owned(),
            medias: json!([]),
            parent,
        };
        deeds::post(front, talk, peer, said)
    };
    match what {
        Peer::Off => {}
        Peer::Message => {
            say("normal", "I am on my way.", None)?;
        }
        Peer::SystemMessage => {
            say("system", "The shift has changed.", None)?;
        }
        Peer::EmptyType => {
            say("", "Of no type at all", None)?;
        }
        Peer::Rename => {
            let name = format!("{} (renamed)", talk.name).trim().to_owned();
            deeds::rename(front, talk.clone(), &name, "By a colleague")?;
        }
        Peer::ParticipantAdded => {
            let mut free = agents::STAFF;
            let new = free.find(|agent| places.iter().all(|place| place.agent != *agent));
            if let Some(new) = new {
                deeds::add(front, talk, new)?;
            }
        }
        Peer::ParticipantRemoved => {
            // The last one of staff to come goes; the chat needs one to act.
            if let Some(last) = others().skip(1).last() {
                deeds::remove(front, talk, last)?;
            }
        }
        Peer::Delete => {
            let word = say("normal", "This was a mistake.", None)?;
            deeds::unsay(front, &word)?;
        }
        Peer::Reaction => {
            if let Some(word) = newest(front, talk)? {
                deeds::react(front, talk, word, peer, "👍")?;
            }
        }
        Peer::ReplyToDeleted => {
            let word = say("normal", "This will be gone.", None)?;
            deeds::unsay(front, &word)?;
            say("normal", "I took that back.", Some(word.id))?;
        }
    }
    Ok(())
}

fn newest(front: &VoipBin, talk: &Talk) -> Result<Option<Word>, Failure> {
    let last = front.chat.last_message(&talk.conversation)?;
    Ok(last
        .map(|message| deeds::word(front, &message))
        .transpose()?)
}
