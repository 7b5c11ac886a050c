//! Frames that nobody should send: those of the contract, broken in all ways,
//! read by the Concierge's adapter and by a session in mid-chat.
//!
//! Reading one must end, without a panic and without more in the result than
//! was in the frame; and whatever a session has read, it goes on: a message of
//! the visitor arrives or visibly fails.

use concierge_core::backend::Backend;
use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::{Action, Conversation, RowState, Slot};
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::world::{World, text_of};

const CORPUS: [&str; 6] = [
    include_str!("../../core/tests/fixtures/concierge/answer_envelopes.jsonl"),
    include_str!("../../core/tests/fixtures/concierge/answers.jsonl"),
    include_str!("../../core/tests/fixtures/concierge/events.jsonl"),
    include_str!("../../core/tests/fixtures/concierge/message_shapes.jsonl"),
    include_str!("../../core/tests/fixtures/concierge/requests.jsonl"),
    include_str!("../../core/tests/fixtures/concierge/init_answer.json"),
];

/// Frames that one session is given.
const FRAMES_A_SESSION: u64 = 200;
/// No store of a session is larger than this, in bytes.
const LARGEST_STORE: usize = 200_000;

/// Gives one session many broken frames. The seed decides which.
///
/// # Panics
/// When something does not hold that must.
pub fn torture(seed: u64) {
    let mut dice = Dice::new(seed);
    let corpus = corpus();
    let mut world = World::with_seed(seed);
    world.input(concierge_core::Input::Start);
    world.act(Action::OpenPanel);
    world.run(1_000);
    let mut adapter = adapter();
    for number in 0..FRAMES_A_SESSION {
        let frame = broken(&corpus, &mut dice);
        let read = adapter.decode(&frame);
        let shown = format!("{read:?}");
        // Debug writes one letter as up to ten, and names around it.
        assert!(
            shown.len() <= frame.len() * 10 + 2_000,
            "{} bytes became {}",
            frame.len(),
            shown.len()
        );
        if dice.roll(2) == 0 {
            world.forge(&frame);
        }
        if number % 40 == 0 {
            world.say(&format!("words {number}"));
            world.run(dice.roll(3_000));
        }
    }
    assert!(
        world.mirror.rows.len() as u64 <= FRAMES_A_SESSION * 60,
        "rows without end"
    );
    for slot in Slot::ALL {
        let size = world.store.get(&slot).map_or(0, String::len);
        assert!(size <= LARGEST_STORE, "{slot:?} grows without end: {size}");
    }
    goes_on(&mut world);
}

/// A chat that has heard everything still works.
fn goes_on(world: &mut World) {
    const LAST: &str = "Are you still there?";
    if !matches!(world.mirror.conversation, Conversation::Open(_)) {
        world.act(Action::StartConversation);
    }
    world.run(200_000);
    world.act(Action::Reconnect);
    world.say(LAST);
    world.run(300_000);
    let arrived = world.desk.texts().contains(&LAST);
    let failed = world
        .mirror
        .rows
        .iter()
        .any(|row| text_of(row) == LAST && matches!(row.state, RowState::Failed(_)));
    assert!(
        arrived || failed,
        "the last word is neither there nor failed"
    );
}

fn adapter() -> Concierge {
    Concierge::new(Settings {
        socket_url: "wss://socket.example.com/prod".into(),
        api_url: None,
        device_id: "web-1".into(),
        page_size: 20,
    })
}

fn corpus() -> Vec<&'static str> {
    let frames = CORPUS[..5].iter().flat_map(|text| text.lines());
    frames.chain([CORPUS[5]]).collect()
}

/// A frame of the contract with one to four things wrong with it.
fn broken(corpus: &[&str], dice: &mut Dice) -> String {
    let mut frame = corpus[dice.pick(corpus.len())].to_owned();
    for _ in 0..=dice.roll(4) {
        frame = match dice.roll(5) {
            0 | 1 => break_letters(&frame, dice),
            2 | 3 => break_values(&frame, dice),
            _ => {
                let other = corpus[dice.pick(corpus.len())];
                splice(&frame, other, dice)
            }
        };
    }
    frame
}

fn break_letters(frame: &str, dice: &mut Dice) -> String {
    const LETTERS: [char; 16] = [
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '\\',
        '-',
        '9',
        'e',
        'u',
        'ü',
        '\u{0}',
        '\u{10ffff}',
        ' ',
    ];
    let mut letters: Vec<char> = frame.chars().collect();
    if letters.is_empty() {
        return "{".into();
    }
    let place = dice.pick(letters.len());
    let letter = LETTERS[dice.pick(LETTERS.len())];
    match dice.roll(5) {
        0 => letters[place] = letter,
        1 => letters.truncate(place),
        2 => letters.insert(place, letter),
        3 => {
            letters.remove(place);
        }
        _ => {
            let again: Vec<char> = letters[place..].to_vec();
            letters.extend(again);
        }
    }
    letters.into_iter().collect()
}

/// The beginning of one frame and the end of another.
fn splice(frame: &str, other: &str, dice: &mut Dice) -> String {
    let cut = |text: &str, dice: &mut Dice| {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        if ends.is_empty() {
            0
        } else {
            ends[dice.pick(ends.len())]
        }
    };
    let (end, start) = (cut(frame, dice), cut(other, dice));
    [&frame[..end], &other[start..]].concat()
}

/// JSON that is well formed and wrong: other values, keys that are missing or
/// new, lists for objects.
fn break_values(frame: &str, dice: &mut Dice) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(frame) else {
        return break_letters(frame, dice);
    };
    let depth = dice.roll(5);
    break_value(&mut value, depth, dice);
    value.to_string()
}

fn break_value(value: &mut Value, depth: u64, dice: &mut Dice) {
    let next = match value {
        _ if depth == 0 => None,
        Value::Object(pairs) if !pairs.is_empty() => {
            let place = dice.pick(pairs.len());
            pairs.values_mut().nth(place)
        }
        Value::Array(items) if !items.is_empty() => {
            let place = dice.pick(items.len());
            items.get_mut(place)
        }
        _ => None,
    };
    match next {
        Some(next) => break_value(next, depth - 1, dice),
        None => *value = wrong(value, dice),
    }
}

fn wrong(value: &Value, dice: &mut Dice) -> Value {
    match dice.roll(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(i64::MAX),
        4 => json!(u64::MAX),
        5 => json!(1e300),
        6 => json!(0.5),
        7 => json!(""),
        8 => json!("x".repeat(5_000)),
        9 => json!("\u{0}\u{202e}ü😀\"\\"),
        10 => json!([value, value]),
        11 => {
            let mut nested = value.clone();
            for _ in 0..dice.roll(300) {
                nested = json!([nested]);
            }
            nested
        }
        12 => {
            let mut pairs = Map::new();
            for key in [
                "id",
                "chatSessionId",
                "messages",
                "chatMessage",
                "payload",
                "status",
            ] {
                pairs.insert(key.into(), value.clone());
            }
            Value::Object(pairs)
        }
        _ => json!(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::torture;

    #[test]
    fn three_hundred_sessions_survive_broken_frames() {
        for seed in 0..300 {
            torture(seed);
        }
    }
}
