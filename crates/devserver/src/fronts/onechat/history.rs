//! Made-up histories that new conversations are born with.

use axum::body::Bytes;
use serde_json::json;

use super::OneChat;
use super::failure::Failure;
use super::params::SentFile;
use super::samples::{self, Sample};
use crate::console::AT_CONSOLE;
use crate::model::{Conversation, Draft, Party, Timestamp};
use crate::store::onechat::{Attachment, Extras, Kind, Seed, StoredFile};
use crate::switches::onechat::{HistoryFlag, OneChatSwitches, Upload};

const PICTURE: &[u8] = include_bytes!("../../script/files/courtyard.png");
const DOCUMENT: &[u8] = include_bytes!("../../script/files/house-rules.pdf");
/// The beginning of an MP4 file and no more.
const FILM: &[u8] = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom";
/// A WAV file of eight quiet samples.
const SOUND: &[u8] = b"RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x08\x00\x00\x00\x80\x80\x80\x80\x80\x80\x80\x80";

/// The time between two messages, in milliseconds.
const MINUTE: i64 = 60_000;

/// The age of a survey that is too old, in milliseconds.
const FIFTEEN_DAYS: i64 = 15 * 24 * 60 * MINUTE;

impl OneChat {
    /// The files that a history needs.
    pub(super) async fn history_files(
        &self,
        switches: &OneChatSwitches,
    ) -> Result<Vec<StoredFile>, Failure> {
        let mut kept = Vec::new();
        if switches
            .history_flags
            .contains(&HistoryFlag::AttachmentsAll)
        {
            for (name, mime, bytes) in [
                ("courtyard.png", "image/png", PICTURE),
                ("lobby.mp4", "video/mp4", FILM),
                ("quiet.wav", "audio/wav", SOUND),
                ("house-rules.pdf", "application/pdf", DOCUMENT),
            ] {
                kept.push(self.keep(sent(name, mime, bytes), Upload::Ok).await?);
            }
        }
        Ok(kept)
    }

    /// A picture for staff to send.
    pub(super) async fn stock_picture(&self) -> Result<StoredFile, Failure> {
        self.keep(sent("courtyard.png", "image/png", PICTURE), Upload::Ok)
            .await
    }
}

/// The history of a conversation, the oldest message first.
pub(super) fn of(
    switches: &OneChatSwitches,
    conversation: &Conversation,
    files: &[StoredFile],
) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = (1..=switches.history_size)
        .map(|nth| plain(nth, switches.history_size, conversation))
        .collect();
    for flag in &switches.history_flags {
        seeds.extend(flagged(*flag, files));
    }
    let mut sent_at = conversation.created_at.0;
    for seed in seeds.iter_mut().rev() {
        sent_at -= MINUTE;
        seed.sent_at = Timestamp(sent_at);
    }
    if switches.history_flags.contains(&HistoryFlag::CsatLate) {
        let mut late = seed(samples::survey());
        late.sent_at = Timestamp(conversation.created_at.0 - FIFTEEN_DAYS);
        seeds.insert(0, late);
    }
    seeds
}

fn plain(nth: u16, of: u16, conversation: &Conversation) -> Seed {
    let (sender, kind) = if nth % 2 == 1 {
        (Party::Visitor(conversation.visitor), Kind::Incoming)
    } else {
        (Party::Staff(AT_CONSOLE), Kind::Outgoing)
    };
    let sample = Sample {
        content: format!("Earlier message {nth} of {of}"),
        extras: Extras::plain(kind),
    };
    Seed {
        sender,
        ..seed(sample)
    }
}

fn flagged(flag: HistoryFlag, files: &[StoredFile]) -> Vec<Seed> {
    let one = |sample| vec![seed(sample)];
    match flag {
        HistoryFlag::Deleted => vec![Seed {
            unsent: true,
            ..seed(words("This was said too early."))
        }],
        HistoryFlag::Csat => one(samples::survey()),
        // It stands at the beginning, see [`of`].
        HistoryFlag::CsatLate => Vec::new(),
        HistoryFlag::Cards => one(samples::cards()),
        HistoryFlag::Form => one(samples::form()),
        HistoryFlag::Article => one(samples::articles()),
        HistoryFlag::InputSelect => one(samples::choices()),
        HistoryFlag::InputEmail => one(samples::email()),
        HistoryFlag::AttachmentsAll => attachments(files),
        HistoryFlag::NullContent => {
            let mut sample = words("");
            sample.extras.without_content = true;
            one(sample)
        }
        HistoryFlag::UnknownType => one(samples::unknown()),
        HistoryFlag::MarkdownXss => one(samples::markdown()),
        HistoryFlag::Oc42Extras => samples::white_label().into_iter().map(seed).collect(),
    }
}

/// A message for each kind of attachment.
fn attachments(files: &[StoredFile]) -> Vec<Seed> {
    let others = [
        json!({"file_type": "location", "coordinates_lat": 55.6761, "coordinates_long": 12.5683,
               "fallback_title": "The harbour office", "data_url": "https://maps.harbour.example/office"}),
        json!({"file_type": "fallback", "fallback_title": "A page", "data_url": "https://harbour.example/page"}),
        json!({"file_type": "contact", "fallback_title": "+4520304050", "meta": {"firstName": "Mara", "lastName": "Lindholm"}}),
        json!({"file_type": "embed", "data_url": "https://films.harbour.example/embed/7"}),
        json!({"file_type": "share", "data_url": "https://harbour.example/shared", "thumb_url": ""}),
    ];
    let files = files.iter().cloned().map(Attachment::File);
    files
        .chain(others.into_iter().map(Attachment::Other))
        .map(|attachment| {
            let mut sample = words("");
            sample.extras.without_content = true;
            sample.extras.attachments.push(attachment);
            seed(sample)
        })
        .collect()
}

fn words(content: &str) -> Sample {
    Sample {
        content: content.to_owned(),
        extras: Extras::plain(Kind::Outgoing),
    }
}

fn seed(sample: Sample) -> Seed {
    Seed {
        sender: Party::Staff(AT_CONSOLE),
        draft: Draft {
            content_type: "TEXT".to_owned(),
            content: sample.content,
            metadata: None,
        },
        extras: sample.extras,
        sent_at: Timestamp(0),
        unsent: false,
    }
}

fn sent(name: &str, mime: &str, bytes: &'static [u8]) -> SentFile {
    SentFile {
        name: name.to_owned(),
        mime: mime.to_owned(),
        bytes: Bytes::from_static(bytes),
    }
}
