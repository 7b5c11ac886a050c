//! The people behind the inbox, as contacts see them. All are made up.

use serde_json::{Value, json};

use crate::model::StaffId;

/// A colleague whom only the `events` switch brings in.
pub(super) const COLLEAGUE: StaffId = StaffId(503);

/// A member of staff as a sender or an assignee.
pub(super) fn person(staff: StaffId) -> Value {
    let (name, available_name) = match staff {
        StaffId(501) => ("Mara Lindholm", "Mara"),
        StaffId(502) => ("Noor Haddad", "Noor"),
        COLLEAGUE => ("Ines Duarte", "Ines"),
        StaffId(_) => ("Harbour desk", "Harbour desk"),
    };
    json!({
        "id": staff.0,
        "name": name,
        "available_name": available_name,
        "avatar_url": "",
        "type": "user",
        "availability_status": if staff == COLLEAGUE { "busy" } else { "online" },
        "thumbnail": "",
    })
}

/// Who is there, by number.
pub(super) fn presence() -> Value {
    json!({"501": "online", "502": "online", "503": "busy"})
}
