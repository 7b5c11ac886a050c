//! The agents: one for every number, those of staff with names, and the chats
//! that a new agent finds.

use std::ops::Range;

use serde_json::json;

use super::{VoipBin, deeds};
use crate::chat::Refusal;
use crate::model::{Draft, Party, VisitorId};
use crate::script;

/// The numbers of agents who use the widget.
pub(super) const OURS: Range<i64> = 5_000_001..5_100_000;

/// The numbers of agents whom staff plays.
pub(super) const STAFF: Range<i64> = 5_100_001..5_100_005;

/// How agents' ids end; they begin with the number, by which they differ at a
/// glance where only the first letters are shown.
const SUFFIX: &str = "-41c7-4e09-93bf-5b60d2aa07c1";

const NAMES: [&str; 4] = ["Noor Haddad", "Iris Kwan", "Paulo Reis", "Greta Lindholm"];

/// The id of an agent.
pub(super) fn id(agent: i64) -> String {
    format!("{agent:08}{SUFFIX}")
}

/// The number of the agent of that id.
pub(super) fn number(id: &str) -> Option<i64> {
    let number = id.strip_suffix(SUFFIX)?.parse().ok()?;
    (OURS.contains(&number) || STAFF.contains(&number)).then_some(number)
}

/// The name of an agent.
pub(super) fn name(agent: i64) -> String {
    let staff = usize::try_from(agent - STAFF.start).ok();
    let known = staff.and_then(|index| NAMES.get(index));
    known.map_or_else(|| format!("Agent {agent}"), |name| (*name).to_owned())
}

/// Gives an agent who was never here before some chats: two with one other
/// agent, one with several, and a channel that anyone may join.
pub(super) fn welcome(front: &VoipBin, agent: i64) -> Result<(), Refusal> {
    if !front.chat.with_store(|store| store.voipbin_meet(agent))? {
        return Ok(());
    }
    let [noor, iris, paulo] = [STAFF.start, STAFF.start + 1, STAFF.start + 2];
    let channel = scene(front, agent, "talk", "Lantern Quay news", &[noor, iris])?;
    say(front, &channel, iris, "The new rota hangs in the office.")?;
    let one = scene(front, agent, "direct", "", &[agent, paulo])?;
    say(front, &one, paulo, "Could you look at the lift on Friday?")?;
    let many = scene(front, agent, "group", "Evening crew", &[agent, noor, iris])?;
    say(front, &many, noor, "Who has the key to the boat house?")?;
    say(front, &many, iris, "It is in my locker.")?;
    let other = scene(front, agent, "direct", "", &[agent, noor])?;
    say(front, &other, noor, "Welcome aboard.")
}

fn scene(
    front: &VoipBin,
    agent: i64,
    kind: &str,
    name: &str,
    who: &[i64],
) -> Result<crate::model::ConversationKey, Refusal> {
    let plan = deeds::Plan {
        kind: kind.to_owned(),
        name: name.to_owned(),
        detail: String::new(),
        owner: who.first().copied().unwrap_or(agent),
        participants: who.to_vec(),
    };
    let talk = deeds::open(front, VisitorId(agent), Party::Staff(script::ME), plan)?;
    Ok(talk.conversation)
}

fn say(
    front: &VoipBin,
    key: &crate::model::ConversationKey,
    speaker: i64,
    text: &str,
) -> Result<(), Refusal> {
    let draft = Draft {
        content_type: "TEXT".to_owned(),
        content: text.to_owned(),
        metadata: Some(json!({"voipbin": {"agent": speaker, "kind": "normal"}})),
    };
    front
        .chat
        .post(key, Party::Staff(script::ME), draft, None)
        .map(|_| ())
}
