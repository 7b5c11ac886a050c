//! Where a message stands among its neighbours: whether it begins a day or a
//! group, ends a group, and bears the tick of its run.

use concierge_core::{Author, Row, RowState, Timestamp};

use super::message::is_taken_back;

/// Messages of one author within this many ms stand together.
const GROUP: i64 = 5 * 60 * 1_000;

/// What a row shows because of its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// It is the first of its day: a separator stands above it.
    pub(super) new_day: bool,
    /// It begins a group.
    pub(super) first: bool,
    /// It ends a group.
    pub(super) last: bool,
    /// It is the last of a run of own messages in one state.
    pub(super) tick: bool,
    /// The visitor has not read from here on: a divider stands above it.
    pub(super) unread_from: bool,
}

impl Place {
    /// The place of `row` between its neighbours. `day` tells the local day of
    /// a moment as a number that differs from day to day.
    pub(super) fn of(
        before: Option<&Row>,
        row: &Row,
        after: Option<&Row>,
        day: &dyn Fn(Timestamp) -> i32,
    ) -> Self {
        let new_day = before.is_none_or(|before| day(before.at) != day(row.at));
        let joins = |one: &Row, other: &Row| {
            one.author == other.author
                && one.author != Author::System
                && other.at.0 - one.at.0 < GROUP
                && day(one.at) == day(other.at)
        };
        Self {
            new_day,
            first: before.is_none_or(|before| !joins(before, row)),
            last: after.is_none_or(|after| !joins(row, after)),
            tick: row.author == Author::Me
                && !is_taken_back(&row.state)
                && after.is_none_or(|after| {
                    after.author != Author::Me || !same_state(&row.state, &after.state)
                }),
            unread_from: false,
        }
    }
}

fn same_state(one: &RowState, other: &RowState) -> bool {
    core::mem::discriminant(one) == core::mem::discriminant(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use concierge_core::{Content, Key};

    const MINUTE: i64 = 60_000;

    fn row(author: Author, minute: i64, state: RowState) -> Row {
        Row {
            key: Key(0),
            id: None,
            author,
            content: Content::Text(String::new()),
            at: Timestamp(minute * MINUTE),
            state,
        }
    }

    fn of(before: Option<&Row>, row: &Row, after: Option<&Row>) -> Place {
        Place::of(before, row, after, &|at| (at.0 / (24 * 60 * MINUTE)) as i32)
    }

    #[test]
    fn messages_of_one_author_within_five_minutes_are_a_group() {
        let one = row(Author::Them, 0, RowState::Received);
        let two = row(Author::Them, 4, RowState::Received);
        let late = row(Author::Them, 10, RowState::Received);
        let place = of(Some(&one), &two, Some(&late));
        assert!(!place.first && place.last && !place.new_day);
        assert!(of(Some(&two), &late, None).first);
    }

    #[test]
    fn a_new_day_begins_a_group_whatever_the_distance() {
        let one = row(Author::Me, 24 * 60 - 1, RowState::Sent);
        let two = row(Author::Me, 24 * 60, RowState::Sent);
        let place = of(Some(&one), &two, None);
        assert!(place.new_day && place.first);
    }

    #[test]
    fn only_the_last_of_equal_states_bears_the_tick() {
        let sent = row(Author::Me, 0, RowState::Sent);
        let queued = row(Author::Me, 0, RowState::Queued);
        let theirs = row(Author::Them, 0, RowState::Received);
        assert!(!of(None, &sent, Some(&sent)).tick);
        assert!(of(None, &sent, Some(&queued)).tick);
        assert!(of(None, &sent, Some(&theirs)).tick);
        assert!(of(None, &sent, None).tick);
        assert!(!of(None, &theirs, None).tick);
    }
}
