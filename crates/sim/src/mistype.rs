//! Values of wrong types, and texts that were cut off: what adapters must read
//! without harm.

use serde_json::{Value, json};

use crate::dice::Dice;

/// Puts something else in one place of a value, seldom in its outermost.
pub fn mistype(value: &mut Value, dice: &mut Dice) {
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(9.5e300),
        json!(""),
        json!("%"),
        json!("text"),
        json!("ü~~:-T 9"),
        json!("2026-99-99 99:99:99"),
        json!("9999-99-99 99:99:99"),
        json!([]),
        json!([null]),
        json!({}),
        json!([[{}]]),
        json!([[{"id": {}}]]),
    ];
    match value {
        Value::Array(items) if !items.is_empty() && dice.roll(4) > 0 => {
            let place = dice.pick(items.len());
            mistype(&mut items[place], dice);
        }
        Value::Object(pairs) if !pairs.is_empty() && dice.roll(8) > 0 => {
            let place = dice.pick(pairs.len());
            mistype(pairs.values_mut().nth(place).expect("a value"), dice);
        }
        _ => *value = others[dice.pick(others.len())].clone(),
    }
}

/// A value with one to three places mistyped in it, as a text, of which one in four
/// is cut off somewhere.
pub fn mistyped_text(value: &Value, dice: &mut Dice) -> String {
    let mut value = value.clone();
    for _ in 0..=dice.roll(3) {
        mistype(&mut value, dice);
    }
    let mut text = value.to_string();
    if dice.roll(4) == 0 {
        let mut end = dice.pick(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}
