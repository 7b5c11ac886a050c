//! The site's settings, as the app uses them.
//!
//! The loader has merged them, checked their names and types and filled in
//! nothing; a key that is not there or not of its type is read as its default.

use concierge_core::{Traits, UploadRules};
use js_sys::Object;
use wasm_bindgen::prelude::*;

use crate::browser::{document, get, list, text, window};
use crate::shell::storage::Keep;
use crate::shell::token::Source;
use crate::system::ROOMS;
use crate::view::Options;

/// Which chat system to speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// `concierge`, the default.
    Concierge,
    /// `onechat`
    OneChat,
    /// `voipbin`
    VoipBin,
    /// `onesmile`
    OneSmile,
}

/// The settings of one widget (EMBED §1).
#[derive(Clone, Debug)]
pub struct Config {
    /// `backend`
    pub system: System,
    /// `socketUrl`, absolute, `ws:` or `wss:`. Empty when there is none.
    pub socket_url: String,
    /// `apiUrl`, absolute; none with the Concierge when `uploadMode` is `off`.
    pub api_url: Option<String>,
    /// `uploadMode` is not `off`.
    pub uploads: bool,
    /// Whose chat with which desk this is, as far as settings tell: tells the
    /// storage of one system's chats apart.
    desk: String,
    /// `uploadProxyUrl`, `uploadMode`, `maxFileSize`, `accept`
    pub rules: UploadRules,
    /// `token`
    pub token: Source,
    /// `deviceId`
    pub device_id: Option<String>,
    /// `storage`
    pub keep: Keep,
    /// `title`
    pub title: Option<String>,
    /// `greeting`
    pub greeting: Option<String>,
    /// `contactUrl`
    pub contact_url: Option<String>,
    /// `locale`, else the page's, else the browser's.
    pub locale: String,
    /// The element has the attribute `inline`.
    pub inline: bool,
    /// `sound`
    pub sound: bool,
    /// `debug`
    pub debug: bool,
}

impl Config {
    /// Reads the merged settings.
    #[must_use]
    pub fn read(settings: &Object) -> Self {
        let system = match text(settings, "backend").as_deref() {
            Some("onechat") => System::OneChat,
            Some("voipbin") => System::VoipBin,
            Some("onesmile") => System::OneSmile,
            _ => System::Concierge,
        };
        let mode = text(settings, "uploadMode");
        let uploads = mode.as_deref() != Some("off");
        let by_proxy = mode.as_deref() == Some("proxy");
        Self {
            system,
            uploads,
            desk: desk(system, settings),
            socket_url: text(settings, "socketUrl")
                .map_or_else(String::new, |url| absolute(&url, true)),
            api_url: text(settings, "apiUrl")
                .filter(|_| uploads || system != System::Concierge)
                .map(|url| absolute(&url, false)),
            rules: rules(system, settings, by_proxy),
            token: Source::of(get(settings, "token")),
            device_id: text(settings, "deviceId"),
            keep: match text(settings, "storage").as_deref() {
                Some("session") => Keep::Session,
                Some("none") => Keep::Nothing,
                _ => Keep::Persistent,
            },
            title: text(settings, "title"),
            greeting: text(settings, "greeting"),
            contact_url: text(settings, "contactUrl"),
            locale: text(settings, "locale").unwrap_or_else(page_locale),
            inline: get(settings, "inline").is_truthy(),
            sound: get(settings, "sound") != false,
            debug: get(settings, "debug").is_truthy(),
        }
    }

    /// What the view is given.
    #[must_use]
    pub fn options(self, traits: Traits, muted: bool) -> Options {
        Options {
            title: self.title,
            greeting: self.greeting,
            contact_url: self.contact_url,
            // The Concierge's adapter cannot send files without `apiUrl`.
            traits: Traits {
                upload: traits.upload && (!ROOMS || self.uploads),
                ..traits
            },
            locale: self.locale,
            inline: self.inline,
            accept: self.rules.accept,
            sound: self.sound,
            muted,
        }
    }

    /// What the storage keys of this back end begin with: `concierge:`, eight
    /// hexadecimal digits, `:`. The loader knows them by this form.
    #[must_use]
    pub fn prefix(&self) -> String {
        let mut hash = 0x811c_9dc5_u32;
        let system = [self.system as u8];
        let rest = self.socket_url.bytes().chain(self.desk.bytes());
        for byte in system.into_iter().chain(rest) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        let mut prefix = String::from("concierge:");
        prefix.extend((0..8).filter_map(|place| char::from_digit(hash >> (place * 4) & 15, 16)));
        prefix.push(':');
        prefix
    }
}

/// Bytes a file may have (contract concierge 2.1).
const MAX_FILE_SIZE: u64 = 83_886_080;

/// What may be sent as a file (contract concierge 2.1).
const ACCEPT: &str = "image/*,video/*,application/pdf,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx";

/// What the other systems take by themselves: bytes, and kinds of files
/// (contracts onechat 2.1, 4.5; voipbin knows no limits; onesmile 5.6).
const fn limits(system: System) -> (u64, &'static str) {
    match system {
        System::OneChat if cfg!(feature = "onechat") => (
            41_943_040,
            "image/*,audio/*,video/*,.3gpp,.xls,.xlsx,.xml,.csv,.txt,.json,.pdf,.rtf,.zip,.7z,.rar,.tar,.doc,.docx,.odt,.ppt,.pptx",
        ),
        System::VoipBin if cfg!(feature = "voipbin") => (MAX_FILE_SIZE, ""),
        System::OneSmile if cfg!(feature = "onesmile") => (5_242_880, ACCEPT),
        System::Concierge | System::OneChat | System::VoipBin | System::OneSmile => {
            (MAX_FILE_SIZE, ACCEPT)
        }
    }
}

/// See [`Config::desk`].
fn desk(system: System, settings: &Object) -> String {
    let mut desk = String::new();
    if ROOMS && system != System::Concierge {
        for name in ["apiUrl", "inbox", "agentId", "recipientId", "memberId"] {
            desk.push_str(&text(settings, name).unwrap_or_default());
            desk.push('\n');
        }
    }
    desk
}

fn rules(system: System, settings: &Object, always_proxy: bool) -> UploadRules {
    let (max_size, kinds) = limits(system);
    let mut accept = texts(settings, "accept");
    if accept.is_empty() {
        accept = kinds.into();
    }
    // Whole bytes; reading a float by Rust's own means costs 12 KB.
    let size = get(settings, "maxFileSize").unchecked_into_f64();
    UploadRules {
        max_size: if size >= 1.0 { size as u64 } else { max_size },
        accept,
        proxy: text(settings, "uploadProxyUrl"),
        always_proxy,
    }
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// A URL as the page would understand it. A socket's may be given like the
    /// page's own.
    fn absolute(given: &str, socket: bool) -> String;
}

/// A key's list of texts with commas between; an attribute is such a text.
fn texts(object: &Object, key: &str) -> String {
    text(object, key).unwrap_or_else(|| list(object, key).join(",").into())
}

/// The page's language, else the browser's, else English.
fn page_locale() -> String {
    document()
        .document_element()
        .and_then(|root| root.get_attribute("lang"))
        .filter(|lang| !lang.is_empty())
        .or_else(|| window().navigator().language())
        .unwrap_or_else(|| "en".into())
}
