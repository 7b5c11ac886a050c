//! The faults and habits that a test can give the server while it runs.
//!
//! Each switch has a default that behaves like the real service. The README
//! lists every switch with its values; [`values`] holds the closed lists,
//! [`fault`] the switches that may be limited to a number of times.

mod board;
mod fault;
mod http;
pub(crate) mod onechat;
pub(crate) mod onesmile;
mod values;
pub(crate) mod voipbin;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use board::{SwitchBoard, SwitchError};
pub(crate) use fault::{
    CloseAfter, Fault, MessagePlace, RouteFailure, Silence, StaffHabit, take_route,
};
pub(crate) use http::router;
pub(crate) use values::*;

/// The position of every switch.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Switches {
    pub(crate) ids: Ids,
    pub(crate) times: Times,
    pub(crate) metadata_key: MetadataKey,
    pub(crate) metadata_value: MetadataValue,
    pub(crate) channel_echo: ChannelEcho,
    pub(crate) status_key: StatusKey,
    pub(crate) content_key: ContentKey,
    pub(crate) event_key: ContentKeyOfEvents,
    pub(crate) event_envelope: EventEnvelope,
    pub(crate) ack: Ack,
    pub(crate) echo_own: EchoOwn,
    /// How often each event comes in all; `None` once.
    #[serde(with = "fault::number_or_off")]
    pub(crate) duplicate_events: Option<u32>,
    pub(crate) event_order: EventOrder,
    pub(crate) delete_id_type: NumberOrString,
    pub(crate) delete_effect: DeleteEffect,
    /// The largest `limit` that is honoured.
    #[serde(with = "fault::number_or_none")]
    pub(crate) page_cap: Option<u32>,
    pub(crate) history_scope: HistoryScope,
    pub(crate) history_order: HistoryOrder,
    pub(crate) seen_answer: SeenAnswer,
    pub(crate) unread_type: StringOrNumber,
    pub(crate) tenant_form: TenantForm,
    pub(crate) init_existing: InitExisting,
    pub(crate) closed_session: ClosedSession,
    pub(crate) staff: StaffHabit,
    pub(crate) content_types: ContentTypes,
    #[serde(deserialize_with = "fault::routes")]
    pub(crate) fail_route: BTreeMap<String, RouteFailure>,
    #[serde(deserialize_with = "fault::routes")]
    pub(crate) silent_route: BTreeMap<String, Silence>,
    pub(crate) gateway_error: Fault<GatewayError>,
    pub(crate) too_large: OnOff,
    pub(crate) handshake: Fault<Handshake>,
    pub(crate) close: CloseAfter,
    /// Seconds without traffic after which the gateway closes a socket.
    pub(crate) idle_s: f64,
    /// Seconds after which it closes any socket.
    pub(crate) life_s: f64,
    /// Seconds from a connect to the row's `expiredAt`.
    pub(crate) expiry_s: f64,
    pub(crate) same_device: SameDevice,
    pub(crate) token: TokenCheck,
    pub(crate) junk: Junk,
    pub(crate) upload_url: Fault<UploadUrl>,
    pub(crate) put: Fault<Put>,
    pub(crate) upload_proxy: Fault<UploadProxy>,
    pub(crate) onechat: onechat::OneChatSwitches,
    pub(crate) onesmile: onesmile::OneSmileSwitches,
    pub(crate) voipbin: voipbin::VoipBinSwitches,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            ids: Ids::default(),
            times: Times::default(),
            metadata_key: MetadataKey::default(),
            metadata_value: MetadataValue::default(),
            channel_echo: ChannelEcho::default(),
            status_key: StatusKey::default(),
            content_key: ContentKey::default(),
            event_key: ContentKeyOfEvents::default(),
            event_envelope: EventEnvelope::default(),
            ack: Ack::default(),
            echo_own: EchoOwn::default(),
            duplicate_events: None,
            event_order: EventOrder::default(),
            delete_id_type: NumberOrString::default(),
            delete_effect: DeleteEffect::default(),
            page_cap: None,
            history_scope: HistoryScope::default(),
            history_order: HistoryOrder::default(),
            seen_answer: SeenAnswer::default(),
            unread_type: StringOrNumber::default(),
            tenant_form: TenantForm::default(),
            init_existing: InitExisting::default(),
            closed_session: ClosedSession::default(),
            staff: StaffHabit::default(),
            content_types: ContentTypes::default(),
            fail_route: BTreeMap::new(),
            silent_route: BTreeMap::new(),
            gateway_error: Fault::default(),
            too_large: OnOff::default(),
            handshake: Fault::default(),
            close: CloseAfter::default(),
            idle_s: 600.0,
            life_s: 7200.0,
            expiry_s: 3600.0,
            same_device: SameDevice::default(),
            token: TokenCheck::default(),
            junk: Junk::default(),
            upload_url: Fault::default(),
            put: Fault::default(),
            upload_proxy: Fault::default(),
            onechat: onechat::OneChatSwitches::default(),
            onesmile: onesmile::OneSmileSwitches::default(),
            voipbin: voipbin::VoipBinSwitches::default(),
        }
    }
}
