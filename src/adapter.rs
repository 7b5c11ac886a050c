//! The adapter of the chat system that the site has chosen, from its settings.
//! A program that has one system only leaves the others' out.

use concierge_core::backend::Backend;
use js_sys::Object;
use wasm_bindgen::prelude::*;

#[cfg(feature = "onechat")]
use crate::browser::get;
use crate::browser::text;
use crate::config::{Config, System};

/// Why there is no adapter: the code of the page's error, and what is missing.
pub type Lack = (&'static str, String);

type Made = Result<Box<dyn Backend>, Lack>;

/// Messages a history page.
#[cfg(any(feature = "concierge", feature = "onesmile"))]
const PAGE_SIZE: u32 = 20;

/// The adapter.
///
/// # Errors
/// When a required setting is missing (EMBED §1), or this program does not have
/// that system.
pub fn adapter(config: &Config, settings: &Object) -> Made {
    let given = Given { config, settings };
    match config.system {
        #[cfg(feature = "concierge")]
        System::Concierge => given.concierge(),
        #[cfg(feature = "onechat")]
        System::OneChat => given.onechat(),
        #[cfg(feature = "voipbin")]
        System::VoipBin => given.voipbin(),
        #[cfg(feature = "onesmile")]
        System::OneSmile => given.onesmile(),
        // It was loaded by hand.
        #[allow(
            unreachable_patterns,
            clippy::wildcard_enum_match_arm,
            reason = "which are left over is said above"
        )]
        _ => Err(("unsupported", "this file has another backend".into())),
    }
}

/// What the site has set.
struct Given<'a> {
    config: &'a Config,
    settings: &'a Object,
}

#[allow(dead_code, reason = "each system needs some of it")]
impl Given<'_> {
    fn text(&self, name: &str) -> Option<String> {
        text(self.settings, name)
    }

    fn need(&self, name: &str) -> Result<String, Lack> {
        self.text(name).ok_or_else(|| lack(name))
    }

    /// The REST base URL, without which there is nothing to ask.
    fn base(&self) -> Result<String, Lack> {
        self.config.api_url.clone().ok_or_else(|| lack("apiUrl"))
    }

    /// The socket's URL, where it is not the usual one.
    fn socket(&self) -> Option<String> {
        Some(self.config.socket_url.clone()).filter(|url| !url.is_empty())
    }

    #[cfg(feature = "concierge")]
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the loader has looked for its settings"
    )]
    fn concierge(&self) -> Made {
        use concierge_core::backend::concierge::{Concierge, Settings};
        Ok(Box::new(Concierge::new(Settings {
            socket_url: self.config.socket_url.clone(),
            device_id: self.config.device_id.clone().unwrap_or_default(),
            api_url: self.config.api_url.clone(),
            page_size: PAGE_SIZE,
        })))
    }

    #[cfg(feature = "onechat")]
    fn onechat(&self) -> Made {
        use concierge_core::backend::onechat::{Contact, OneChat, Settings};
        let (contact, user) = (get(self.settings, "contact"), get(self.settings, "user"));
        // What is shown of the user is what is known of the contact, unless
        // that is told apart.
        let of = |name: &str| text(&contact, name).or_else(|| text(&user, name));
        Ok(Box::new(OneChat::new(Settings {
            api_url: self.base()?,
            socket_url: self.socket(),
            inbox: self.need("inbox")?,
            new_id: crate::shell::storage::draw_uuid(),
            contact: Contact {
                source_id: of("sourceId"),
                identifier: of("identifier"),
                identifier_hash: of("identifierHash"),
                name: of("name"),
                email: of("email"),
                phone_number: of("phoneNumber"),
                avatar_url: of("avatarUrl"),
                custom_attributes: json(&get(&contact, "customAttributes")),
            },
            context: json(&get(self.settings, "context")),
        })))
    }

    #[cfg(feature = "voipbin")]
    fn voipbin(&self) -> Made {
        use concierge_core::backend::voipbin::{ChatApi, Settings, VoipBin};
        Ok(Box::new(VoipBin::new(Settings {
            api_url: self.base()?,
            socket_url: self.socket(),
            agent_id: self.need("agentId")?,
            customer_id: None,
            chat_api: match self.text("chatApi").as_deref() {
                Some("legacy") => ChatApi::Legacy,
                Some("talk") => ChatApi::Talk,
                _ => ChatApi::Detect,
            },
            upload_url: self.config.rules.proxy.clone(),
        })))
    }

    #[cfg(feature = "onesmile")]
    fn onesmile(&self) -> Made {
        use concierge_core::backend::onesmile::{OneSmile, Settings, UploadMode};
        let mode = self.text("attachmentMode");
        Ok(Box::new(OneSmile::new(Settings {
            api_url: self.base()?,
            token_prefix: self.text("tokenPrefix").unwrap_or_default(),
            api_key: None,
            recipient_id: self.text("recipientId"),
            room_id: self.text("conversation"),
            member_id: self.text("memberId"),
            role: self.text("role"),
            room_type: None,
            upload: match (mode.as_deref(), &self.config.rules.proxy) {
                (Some("base64"), _) => UploadMode::Base64,
                (Some("url"), Some(url)) => UploadMode::Url(url.clone()),
                _ => UploadMode::Off,
            },
            time_zone: None,
            page_size: PAGE_SIZE,
        })))
    }
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[cfg(feature = "onechat")]
    /// A value as JSON; none when there is none.
    fn json(value: &JsValue) -> Option<String>;
}

#[allow(
    dead_code,
    reason = "the Concierge's settings are the loader's business"
)]
fn lack(what: &str) -> Lack {
    ("missing-setting", ["setting missing: ", what].concat())
}
