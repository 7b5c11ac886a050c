//! The chat systems, as the demo page shows them.

use serde_json::json;

use crate::{Browser, Server};

/// One of the chat systems; VoIPBIN has two generations of its chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Concierge.
    Concierge,
    /// OneChat.
    OneChat,
    /// VoIPBIN, the first generation.
    VoipBin,
    /// VoIPBIN, the second one.
    VoipBinTalk,
    /// OneSmile.
    OneSmile,
}

impl System {
    /// Where the demo page shows it.
    #[must_use]
    pub fn page(self, server: &Server) -> String {
        let query = match self {
            Self::Concierge => "concierge",
            Self::OneChat => "onechat",
            Self::VoipBin => "voipbin",
            Self::VoipBinTalk => "voipbin&chatApi=talk",
            Self::OneSmile => "onesmile",
        };
        format!("{}/?backend={query}", server.url())
    }

    /// Makes a server that has just started play it.
    async fn set_up(self, server: &Server) {
        if self == Self::VoipBinTalk {
            let talk = json!({"voipbin": {"dialect": "talk"}});
            server.switch(talk).await;
        }
    }

    /// A visitor of the demo page, with a conversation open and messages
    /// flowing.
    pub async fn visitor(self, server: &Server) -> Browser {
        let browser = self.guest(server).await;
        self.enter(&browser).await;
        browser
    }

    /// A visitor of the demo page who has touched nothing yet.
    pub async fn guest(self, server: &Server) -> Browser {
        self.set_up(server).await;
        let browser = Browser::start().await;
        browser.open(&self.page(server)).await;
        browser.ready().await;
        browser
    }

    /// Opens the panel; where it shows a list of conversations, the first one.
    pub async fn enter(self, browser: &Browser) {
        browser.ready().await;
        browser.click("launcher").await;
        browser.online().await;
        if matches!(self, Self::VoipBin | Self::VoipBinTalk)
            && browser.run("return shown(part('conversations'))").await == json!(true)
        {
            browser.open_conversation(0).await;
        }
        browser.part("composer").await;
        browser.online().await;
    }
}
