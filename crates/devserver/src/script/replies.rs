//! What the scripted concierge says.

use crate::model::Message;
use crate::switches::ContentTypes;

/// When it comes into a chat.
pub(super) const GREETING: &str =
    "Hello, this is Noor at the front desk of Lantern Quay. What can I do for you?";

/// When it writes first.
pub(super) const OPENER: &str = "Hello, Noor from the front desk here. The lift in the east wing is serviced tomorrow from ten to eleven.";

/// What it says to a picture, a document or a film.
const TO_FILE: &str = "Thank you, I have it here. Let me look at it and come back to you.";

/// What it says when somebody answered a question that has buttons or fields.
pub(super) const TO_ANSWER: &str = "Thank you, I have put that down.";

/// What it says when it knows nothing better.
const FALLBACK: &str =
    "I have noted that down and will ask the duty manager. You will hear from us within the hour.";

/// Words that it listens for, the more particular ones first.
const REPLIES: [(&[&str], &str); 13] = [
    (
        &["thank", "thanks", "ขอบคุณ"],
        "You are very welcome. Is there anything else?",
    ),
    (
        &["leak", "water is", "flood", "burst"],
        "I am sending the plumber up now. Please turn the blue valve under the sink to the right.",
    ),
    (
        &["fire", "smoke", "smell gas"],
        "Please leave the flat by the stairs and call the fire brigade at once. I am informing security.",
    ),
    (
        &["parcel", "package", "delivery", "courier"],
        "There is a parcel for you in locker 14. I have sent the code to your door panel.",
    ),
    (
        &["key", "locked out", "card"],
        "I can make a new key card in a minute. Please bring something with your name on it.",
    ),
    (
        &["pool", "swim"],
        "The pool is open from six in the morning until ten at night. Towels are by the entrance.",
    ),
    (
        &["gym", "fitness"],
        "The gym is open around the clock; your key card opens it. The trainer is in on Tuesdays and Fridays.",
    ),
    (
        &["taxi", "cab", "car"],
        "A taxi takes about eight minutes to get here. Shall I order one to the north gate?",
    ),
    (
        &["park", "parking", "garage"],
        "Visitors may use bays 3 to 9 on level B1. Tell me the plate and I will open the barrier.",
    ),
    (
        &["noise", "loud", "music"],
        "I am sorry about that. Security will knock there in a few minutes; your name will not be mentioned.",
    ),
    (
        &["bill", "invoice", "fee", "rent", "pay"],
        "The statement for this month is in your mailbox, and I can send you a copy. Which month do you need?",
    ),
    (
        &["wifi", "internet", "network"],
        "Please switch the white box by the door off for ten seconds. If that does not help, the technician comes today.",
    ),
    (
        &["hello", "hi", "good morning", "good evening", "สวัสดี"],
        "Hello, good to hear from you. What can I do for you?",
    ),
];

/// The reply to a message.
pub(super) fn to(message: &Message) -> &'static str {
    if message.content_type != "TEXT" {
        return TO_FILE;
    }
    let text = message.content.to_lowercase();
    let hears = |(cues, _): &&(&[&str], &str)| cues.iter().any(|cue| contains_word(&text, cue));
    REPLIES
        .iter()
        .find(hears)
        .map_or(FALLBACK, |(_, reply)| reply)
}

/// The file that a visitor's words name.
pub(super) fn file_for(text: &str) -> Option<ContentTypes> {
    let text = text.to_lowercase();
    let hears = |cue| contains_word(&text, cue);
    if hears("image") || hears("picture") {
        Some(ContentTypes::Image)
    } else if hears("document") {
        Some(ContentTypes::File)
    } else {
        None
    }
}

/// True if the cue begins a word of the text. Scripts without spaces between
/// words begin one anywhere.
fn contains_word(text: &str, cue: &str) -> bool {
    text.match_indices(cue).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        !cue.is_ascii() || before.is_none_or(|letter| !letter.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::contains_word;

    #[test]
    fn a_cue_begins_a_word() {
        assert!(contains_word("are there parcels?", "parcel"));
        assert!(contains_word("hi", "hi"));
        assert!(!contains_word("nothing at all", "hi"));
        assert!(contains_word("ครับสวัสดี", "สวัสดี"));
    }
}
