//! The service desks that members write to. Each is called in another way, as
//! the contract has ids of three kinds.

use crate::switches::onesmile::RecipientForm;

/// A service desk.
pub(super) struct Desk {
    /// Its id as a recipient.
    pub(super) id: &'static str,
    /// Its number as the sender of rows.
    pub(super) number: i64,
    pub(super) name: &'static str,
}

/// The one that is meant where none is named.
pub(super) const FIRST: &Desk = &DESKS[0];

/// All there are.
pub(super) const DESKS: [Desk; 3] = [
    Desk {
        id: "9d41c0be-77f2-4a1c-b6d3-02e9f85ac14",
        number: 31,
        name: "Lantern Quay Reception",
    },
    Desk {
        id: "8823",
        number: 32,
        name: "Lantern Quay Accounts",
    },
    Desk {
        id: "GARDEN_TEAM|4",
        number: 33,
        name: "Lantern Quay Gardens",
    },
];

/// The desk of that id, in whatever letters it is written.
pub(super) fn find(id: &str) -> Option<&'static Desk> {
    DESKS.iter().find(|desk| desk.id.eq_ignore_ascii_case(id))
}

/// The desk that a page is told to write to.
pub(super) fn for_demo(form: RecipientForm) -> &'static Desk {
    let [uuid, number, kind] = &DESKS;
    match form {
        RecipientForm::Uuid35 | RecipientForm::UpperCase => uuid,
        RecipientForm::Numeric => number,
        RecipientForm::KindPipe => kind,
    }
}

/// The id as answers write it.
pub(super) fn written(id: &str, form: RecipientForm) -> String {
    match form {
        RecipientForm::UpperCase => id.to_ascii_uppercase(),
        RecipientForm::Uuid35 | RecipientForm::Numeric | RecipientForm::KindPipe => id.to_owned(),
    }
}
