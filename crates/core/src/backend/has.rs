//! What the systems of this program have. A program that is shipped speaks to
//! one: whatever is done for what that one lacks is left out, for conditions
//! with these are decided when it is compiled.
//!
//! A row: the Concierge, OneChat, VoIPBIN, OneSmile, as their adapters'
//! [`Traits`](crate::model::Traits) say at most.

/// Calls are requests.
pub(crate) const REQUESTS: bool = here(ROWS[0]);
/// Calls go through a WebSocket.
pub(crate) const SOCKET: bool = here(ROWS[1]);
/// A token is wanted.
pub(crate) const TOKEN: bool = here(ROWS[2]);
/// None is.
pub(crate) const NO_TOKEN: bool = here(ROWS[3]);
/// There is a push channel beside the requests.
pub(crate) const PUSH: bool = here(ROWS[4]);
/// A message opens an ended conversation again.
pub(crate) const REOPEN: bool = here(ROWS[5]);
/// Messages can be taken back.
pub(crate) const UNSEND: bool = here(ROWS[6]);
/// It is told who types.
pub(crate) const TYPING: bool = here(ROWS[7]);
/// A place for a file is given when it is asked for.
pub(crate) const PRESIGNED: bool = here([true, false, false, false]);
/// The push channel says that it is live, and hears that the visitor is here.
pub(crate) const PRESENCE: bool = here(ROWS[8]);
/// The other side asks questions.
pub(crate) const ASKS: bool = here(ROWS[9]);
/// The visitor begins a conversation with somebody.
pub(crate) const STARTS: bool = here([false, false, true, true]);

type Row = [bool; 4];

/// What an adapter's traits tell, which a test compares. Of the rest above no trait
/// tells.
const ROWS: [Row; 10] = [
    [false, true, true, true],
    [true, false, false, false],
    [true, false, true, true],
    [false, true, false, false],
    [false, true, true, false],
    [false, true, false, false],
    [true, false, true, false],
    [false, true, false, false],
    [false, true, false, false],
    [false, true, false, false],
];

/// Whether a system of this program has it.
const fn here([concierge, onechat, voipbin, onesmile]: Row) -> bool {
    (concierge && cfg!(feature = "concierge"))
        || (onechat && cfg!(feature = "onechat"))
        || (voipbin && cfg!(feature = "voipbin"))
        || (onesmile && cfg!(feature = "onesmile"))
}

#[cfg(all(
    test,
    feature = "concierge",
    feature = "onechat",
    feature = "voipbin",
    feature = "onesmile"
))]
mod tests {
    use super::ROWS;
    use crate::backend::{Backend, concierge, onechat, onesmile, voipbin};
    use crate::model::Transport;

    #[test]
    fn nothing_that_a_system_has_is_left_out_of_its_program() {
        let concierge = concierge::Concierge::new(concierge::Settings {
            socket_url: String::new(),
            api_url: Some(String::new()),
            device_id: String::new(),
            page_size: 20,
        });
        let onechat = onechat::OneChat::new(onechat::Settings {
            api_url: String::new(),
            socket_url: None,
            inbox: String::new(),
            new_id: String::new(),
            contact: onechat::Contact::default(),
            context: None,
        });
        let voipbin = voipbin::VoipBin::new(voipbin::Settings {
            api_url: String::new(),
            socket_url: None,
            agent_id: String::new(),
            customer_id: None,
            chat_api: voipbin::ChatApi::Talk,
            upload_url: None,
        });
        let onesmile = onesmile::OneSmile::new(onesmile::Settings {
            api_url: String::new(),
            token_prefix: String::new(),
            api_key: None,
            recipient_id: None,
            room_id: None,
            member_id: None,
            role: None,
            room_type: None,
            time_zone: None,
            page_size: 20,
            upload: onesmile::UploadMode::Off,
        });
        let all: [&dyn Backend; 4] = [&concierge, &onechat, &voipbin, &onesmile];
        for (system, adapter) in all.into_iter().enumerate() {
            let it = adapter.traits();
            let by_requests = it.transport != Transport::Socket;
            let told = [
                by_requests,
                !by_requests,
                it.token,
                !it.token,
                it.transport == Transport::Requests { push: true },
                it.reopen,
                it.unsend,
                it.typing,
                it.presence,
                it.csat,
            ];
            for (row, told) in ROWS.into_iter().zip(told) {
                assert_eq!(row[system], told, "system {system}: {it:?}");
            }
        }
    }
}
