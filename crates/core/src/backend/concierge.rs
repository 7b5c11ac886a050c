//! The Concierge: WebSocket routes and events (contract `concierge.md`).

use crate::backend::Backend;
use crate::model::Traits;

/// Where and as whom to connect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// WebSocket base URL (contract 2.1 `socketOrigin`).
    pub socket_url: String,
    /// This browser tab's id (contract 2.3).
    pub device_id: String,
    /// Messages a history page (contract 3.3, route 3).
    pub page_size: u32,
}

/// The adapter.
pub struct Concierge {
    settings: Settings,
}

impl Concierge {
    /// An adapter for these settings.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

impl Backend for Concierge {
    fn traits(&self) -> Traits {
        let _ = &self.settings;
        Traits {
            seen: true,
            unsend: true,
            upload: true,
            end: true,
            reopen: false,
        }
    }
}
