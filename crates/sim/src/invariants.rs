//! What must hold at every moment, whatever happens, and what must hold when
//! all trouble is over. Each that is broken is a panic with a sentence.

use concierge_core::{Author, Conversation, Failure, Key, Row, RowState, Slot, Status, Uid};

use crate::desk::{GoneAs, Stored};
use crate::model::Model;
use crate::tab::{name_of, said};
use crate::world::World;

/// Tries to connect in ten seconds, for whatever reason.
const MOST_TRIES: usize = 25;

/// What holds at every moment.
///
/// Some more is checked where it happens: a message is stored before it goes
/// out, a route has one call at a time, a message is told to be seen once, what
/// is over changes nothing, frames fit (`World`); nothing is stored twice
/// (`Desk`); the visitor's messages keep their order (`Model`).
pub(crate) fn now(world: &World, model: &Model) {
    let shown = rows(world, model);
    nothing_is_lost(world, model, &shown);
    waiting_ends(world);
    tries_are_few(world);
    memory_is_bounded(world, model);
}

/// Rows have their own keys; those of the server stand above the others, in
/// its order, one a message, and show what it has; the others stand in the
/// order of writing and are in the store. Returns which words have a local row.
fn rows(world: &World, model: &Model) -> Vec<bool> {
    let mut keys: Vec<Key> = Vec::with_capacity(world.mirror.rows.len());
    let mut local = vec![false; model.words.len()];
    let mut last_id = 0;
    // Of those that were written in one tab; what two tabs say within some
    // milliseconds the leader hears in any order.
    let mut last_words = vec![None; world.tabs.len()];
    let mut has_local = false;
    let outbox = world.kept(world.number).get(&Slot::Outbox);
    for row in &world.mirror.rows {
        keys.push(row.key);
        if let Some(id) = &row.id {
            let id: u64 = id.0.parse().unwrap_or_else(|_| panic!("an id {id:?}"));
            assert!(
                !has_local,
                "a row of the server stands below one that is not"
            );
            assert_ne!(id, last_id, "two rows for one message");
            assert!(id > last_id, "rows are not in the server's order");
            last_id = id;
            let message = world.desk.message(id);
            shows(
                row,
                message.unwrap_or_else(|| panic!("a row of no message: {id}")),
            );
            let kept = format!("\"{id}\"");
            assert!(
                !matches!(row.state, RowState::Unsending(_))
                    || outbox.is_some_and(|outbox| outbox.contains(&kept)),
                "that {id} is being taken back is not stored"
            );
            continue;
        }
        let number = model.number_of(row);
        let number = number.unwrap_or_else(|| panic!("nobody wrote {}", said(row)));
        let last_word = last_words[model.words[number].tab].replace(number);
        assert!(
            last_word.is_none_or(|last| last < number),
            "rows are not in the order of writing"
        );
        has_local = true;
        local[number] = true;
        assert!(
            match row.state {
                RowState::Queued | RowState::Sending | RowState::Failed(_) => true,
                RowState::Uploading(_) => model.words[number].is_file(),
                _ => false,
            },
            "{} is {:?} and has no id",
            name_of(row),
            row.state
        );
        assert!(
            !model.words[number].is_file()
                || world.files.kept.contains(&uid_of(row))
                || world.store_refuses,
            "the bytes of {} are forgotten, and it is not sent",
            name_of(row)
        );
        let kept = format!("\"{number};");
        assert!(
            outbox.is_some_and(|outbox| outbox.contains(&kept)),
            "{} is not stored",
            said(row)
        );
    }
    keys.sort_unstable();
    assert!(
        keys.windows(2).all(|pair| pair[0] != pair[1]),
        "two rows with one key"
    );
    local
}

/// The uid of a file that is not on the server, which is called by it.
fn uid_of(row: &Row) -> Uid {
    Uid(name_of(row).to_owned())
}

/// A row shows what the server has, or had a while ago.
fn shows(row: &Row, message: &Stored) {
    let author = if message.by_visitor {
        Author::Me
    } else {
        Author::Them
    };
    assert_eq!(row.author, author, "{} has another author", message.text);
    if row.state == RowState::Unsent {
        assert!(message.gone, "{} was not taken back", message.text);
        assert_eq!(said(row), "", "what was taken back is still shown");
        return;
    }
    assert_eq!(said(row), message.text, "a row shows another message");
    assert!(
        row.state != RowState::Seen || message.seen || message.gone,
        "{} was not seen",
        message.text
    );
    assert!(
        !matches!(
            row.state,
            RowState::Queued | RowState::Sending | RowState::Failed(_)
        ),
        "{} has an id and is {:?}",
        message.text,
        row.state
    );
}

/// What was taken from the visitor is on the server or in a row.
fn nothing_is_lost(_world: &World, model: &Model, local: &[bool]) {
    for (word, is_local) in model.words.iter().zip(local) {
        assert!(
            *is_local || word.times > 0 || word.may_miss || word.hand.is_some(),
            "{} is lost",
            word.text
        );
    }
}

/// Whatever waits, something will come of it without the visitor; and when a
/// chat is over, nothing is on its way any more.
fn waiting_ends(world: &World) {
    let is_over = world.status() == Status::Ended && !world.is_busy();
    let is_sending = |row: &Row| row.state == RowState::Sending;
    assert!(
        !is_over || !world.mirror.rows.iter().any(is_sending),
        "a message is being sent for ever in a chat that is over"
    );
    let waits = |row: &Row| matches!(row.state, RowState::Queued | RowState::Sending);
    let is_left_to_a_person = matches!(
        world.status(),
        Status::Offline | Status::Ended | Status::Idle
    );
    if !is_left_to_a_person && world.mirror.rows.iter().any(waits) {
        assert!(
            world.deadline().is_some() || world.is_busy(),
            "nothing will happen any more"
        );
    }
}

fn tries_are_few(world: &World) {
    let is_recent = |at: &&u64| **at + 10_000 > world.time;
    let lately = world.tries.iter().rev().take_while(is_recent).count();
    assert!(
        lately <= MOST_TRIES,
        "{lately} tries to connect in ten seconds"
    );
}

/// Nothing grows beyond what was said.
fn memory_is_bounded(world: &World, model: &Model) {
    let messages = world.desk.messages.len();
    let rows = world.mirror.rows.len();
    assert!(
        rows <= messages + model.words.len(),
        "{rows} rows for {messages} messages"
    );
    let on_its_way = world.on_its_way();
    assert!(
        on_its_way <= 100 + 10 * messages,
        "{on_its_way} things are on their way"
    );
    let mut written = 0;
    for row in world.mirror.rows.iter().filter(|row| row.id.is_none()) {
        written += 600 + said(row).len();
    }
    let size = |slot| world.store.get(&slot).map_or(0, String::len);
    // What is not stored any more is as large as it was.
    if !world.store_refuses {
        assert!(
            size(Slot::Outbox) <= written + 100,
            "the outbox outgrows what waits"
        );
    }
    assert!(
        size(Slot::Conversation) <= 200,
        "the stored chat outgrows itself"
    );
    assert!(
        size(Slot::Visitor) <= 100,
        "the stored visitor outgrows itself"
    );
    assert!(
        size(Slot::Draft) <= 100,
        "the stored draft outgrows what is written"
    );
}

/// The number of the first message that is shown.
fn first_shown(world: &World) -> Option<u64> {
    let mut ids = world.mirror.rows.iter().filter_map(|row| row.id.as_ref());
    ids.next()?.0.parse().ok()
}

/// Whether the log shows the newest part of what the server has, without gaps.
/// A message that nobody could look up is shown as failed.
pub(crate) fn is_whole(world: &World) -> bool {
    let rows = &world.mirror.rows;
    let stored = world.desk.messages.iter().filter(|message| !message.gone);
    let on_server = rows.iter().filter(|row| row.id.is_some());
    // A page may have been a small one.
    if on_server.count() < stored.clone().count().min(5) {
        return false;
    }
    let failed = |it: &Stored| {
        let is_named = |row: &Row| it.uid.as_deref() == Some(name_of(row));
        let is_it = |row: &Row| said(row) == it.text || is_named(row);
        let is_failed = |row: &Row| matches!(row.state, RowState::Failed(_));
        rows.iter().any(|row| is_failed(row) && is_it(row))
    };
    let mut shown = rows
        .iter()
        .filter_map(|row| row.id.as_ref()?.0.parse().ok());
    let first = first_shown(world).unwrap_or(0);
    // What the staff writes elsewhere only raises the count (contract 5.7).
    let is_ours = |it: &&Stored| it.by_visitor || it.id <= world.desk.paged || is_heard(world);
    let mut expected = stored.filter(|it| it.id >= first).filter(is_ours);
    expected.all(|message| {
        (message.by_visitor && failed(message)) || shown.any(|id: u64| id == message.id)
    })
}

/// Whether the staff writes into the chat that the visitor has open.
pub(crate) fn is_heard(world: &World) -> bool {
    let Conversation::Open(id) = &world.mirror.conversation else {
        return false;
    };
    world.desk.open_session() == Some(&id.0)
}

/// Whether no row shows that something is under way.
pub(crate) fn nothing_waits(world: &World) -> bool {
    let waits = |row: &Row| {
        matches!(
            row.state,
            RowState::Queued | RowState::Uploading(_) | RowState::Sending | RowState::Unsending(_)
        )
    };
    !world.mirror.rows.iter().any(waits)
}

/// The count of unread messages is that of the messages of the staff which
/// neither the visitor has seen on this load nor the server heard of. One that
/// was taken back may count as long as nobody could tell that (see
/// [`missed_taking_back`]), or it stands for one above the first row: the
/// server's count is a number without names. So it is with one of which the
/// server was told in vain, as it seemed. One counts of which an earlier
/// session of the page told the server without hearing the answer.
pub(crate) fn unread(world: &World) {
    let is_shown = |it: &Stored| {
        let id = it.id.to_string();
        let is_it = |row: &Row| row.id.as_ref().is_some_and(|row| row.0 == id);
        let mut rows = world.mirror.rows.iter();
        rows.any(|row| is_it(row) && row.state == RowState::Received)
    };
    let is_told = |it: &Stored| it.seen && !(world.was_handed_on() && is_shown(it));
    let is_unread = |it: &&Stored| !it.by_visitor && !is_told(it) && !world.saw.contains(&it.id);
    let unread = world.desk.messages.iter().filter(is_unread);
    let there = unread.clone().filter(|it| !it.gone).count();
    let most = unread.filter(|it| !it.gone || is_shown(it)).count();
    let in_vain = world.saw.iter().filter(|id| world.gave_up_telling(**id));
    let is_gone = |id: &u64| (world.desk.messages.iter()).any(|it| it.id == *id && it.gone);
    let before = world.saw_before.difference(&world.saw);
    let doubtful = in_vain.count() + before.filter(|id| !is_gone(id)).count();
    let there = there.saturating_sub(doubtful);
    let count = world.mirror.unread as usize;
    assert!(
        (there..=most).contains(&count),
        "the count of unread messages is {count}, and there are {there} (or {most})"
    );
}

/// The staff sees that their messages were seen.
pub(crate) fn what_was_seen_is_told(world: &World) {
    for id in &world.saw {
        let message = world.desk.message(*id);
        assert!(
            message.is_none_or(|it| it.seen || it.gone),
            "message {id} was seen, and the staff is not told"
        );
    }
}

/// All tabs show what the one shows that leads, and that is the one in front.
pub(crate) fn tabs_agree(world: &World) {
    assert_eq!(
        world.leader(),
        Some(world.front()),
        "the tab that is looked at does not lead"
    );
    for tab in &world.tabs {
        assert_eq!(
            tab.mirror, world.mirror,
            "tab {} shows something else than tab {}, which leads",
            tab.number, world.number
        );
    }
}

/// What holds when all trouble is over and all is told.
pub(crate) fn at_the_end(world: &World, model: &Model) {
    assert_eq!(world.status(), Status::Online, "the chat is not online");
    let mut has_failed = false;
    for (number, word) in model.words.iter().enumerate() {
        let rows = world.mirror.rows.iter();
        let rows: Vec<&Row> = rows.filter(|row| word.is_in(row)).collect();
        let failed = rows
            .iter()
            .any(|row| matches!(row.state, RowState::Failed(_)));
        has_failed |= failed;
        let may_double = word.is_gone || word.is_forgotten;
        assert!(
            word.times <= 1 || may_double,
            "{} is {} times on the server",
            word.text,
            word.times
        );
        assert!(
            word.times >= 1 || failed || word.may_miss,
            "{} is lost",
            word.text
        );
        // Without metadata nothing tells that a failed message arrived after all.
        let doubled = u32::from(world.desk.drops_metadata && failed);
        let most = if may_double { word.times.max(1) } else { 1 } + doubled;
        assert!(
            rows.len() <= most as usize,
            "{number} has {} rows",
            rows.len()
        );
        // Its bytes are kept as long as it may be tried again. An old store brings
        // one back that had arrived, and its bytes were let go.
        let is_kept = world.files.kept.contains(&Uid(word.text.clone()));
        assert!(
            is_kept == (word.is_file() && failed)
                || word.is_forgotten
                || word.may_miss
                || (world.store_refuses && word.times > 0 && !is_kept),
            "the bytes of {} are kept: {is_kept}",
            word.text
        );
    }
    assert!(
        nothing_waits(world),
        "a message waits although nothing is in its way"
    );
    if !world.store_refuses {
        let kept = world.store.contains_key(&Slot::Outbox);
        assert_eq!(kept, has_failed, "the outbox is not what is failed");
    }
    let found = arrived_and_failed(world);
    assert!(found.is_none(), "{found:?} arrived and is shown as failed");
    // A page that is too large is never delivered, and what is on it not seen.
    if world.desk.oversize == 0 {
        assert!(
            is_whole(world),
            "there is a gap in the log, or too little of it"
        );
        let missed = missed_taking_back(world);
        assert!(
            missed.is_none(),
            "{missed:?} was taken back and is still shown"
        );
    }
}

/// A message that is shown as failed because nobody could tell whether it had
/// arrived, although it had, and the history was read since that can tell. A few
/// pages are read for it, which may be small; without metadata it is not known
/// again.
pub(crate) fn arrived_and_failed(world: &World) -> Option<&str> {
    let desk = &world.desk;
    if desk.drops_metadata || desk.oversize > 0 {
        return None;
    }
    let rows = world.mirror.rows.iter();
    let is_failed = |row: &&Row| row.state == RowState::Failed(Failure::Unconfirmed);
    let failed: Vec<&str> = rows.filter(is_failed).map(name_of).collect();
    let there = desk.messages.iter().rev().filter(|it| !it.gone);
    let mut last = there.filter(|it| it.id <= desk.paged_well).take(10);
    let is_it = |it: &&Stored| {
        let names = [Some(it.text.as_str()), it.uid.as_deref()];
        it.by_visitor && names.iter().flatten().any(|name| failed.contains(name))
    };
    last.find(is_it).map(|it| it.text.as_str())
}

/// A message that was taken back and is still shown. Whoever missed the event
/// sees it in the history of the next connection, as far as that is read: the
/// last messages always are. An event that overtakes its message names an
/// unknown id and tells nobody (contract 6, 17); that a row is not there shows
/// only between others of its chat (5.10), which were there when the history was
/// read: it is not read again because something was written below. Nor does a
/// session know of the rows that it takes over in which chat they were.
pub(crate) fn missed_taking_back(world: &World) -> Option<&str> {
    if !world.weather.is_in_order() {
        return None;
    }
    let messages = &world.desk.messages;
    let last = &messages[messages.len().saturating_sub(5)..];
    let is_missed = |(place, message): &(usize, &Stored)| {
        let is_read = |it: &Stored| it.id <= world.desk.paged;
        let is_mark = |it: &Stored| !it.gone && it.session == message.session && is_read(it);
        let is_between = last[..*place].iter().any(is_mark) && last[*place..].iter().any(is_mark);
        let id = message.id.to_string();
        let is_it = |row: &&Row| row.id.as_ref().is_some_and(|it| it.0 == id);
        let row = world.mirror.rows.iter().find(is_it);
        message.gone
            && row.is_some_and(|row| row.state != RowState::Unsent)
            && (world.desk.gone_as != GoneAs::Nothing || (is_between && !world.was_handed_on()))
    };
    let missed = last.iter().enumerate().find(is_missed);
    missed.map(|(_, message)| message.text.as_str())
}
