//! JSON as the adapters see it, in a type and a reader that cost the wasm
//! little. `serde_json` reads floats and keeps objects in trees, and brings
//! their tables along; nothing on these wires needs either. Texts are cut with
//! `split_at_checked`, because a slice that may panic brings tables too.

use crate::text;

/// A JSON value. Keys keep their order; of doubled keys the first one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A whole number; fractions are cut off.
    Int(i64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

static NULL: Json = Json::Null;

impl Json {
    /// Reads a text. `None` when it is not JSON.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader {
            rest: text,
            depth: 0,
        };
        let value = reader.value()?;
        reader.take("");
        reader.rest.is_empty().then_some(value)
    }

    /// The value under a key of an object, unless it is not there or null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(pairs) = self else {
            return None;
        };
        let pair = pairs.iter().find(|(name, _)| name == key);
        pair.map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// The value under a key, or null.
    pub(crate) fn at(&self, key: &str) -> &Self {
        self.get(key).unwrap_or(&NULL)
    }

    const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) const fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    pub(crate) const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self {
            Some(items)
        } else {
            None
        }
    }
}

/// JSON written element by element: of a tree of values each element costs
/// stores, an allocation and a drop, all of them in the program.
#[derive(Default)]
pub struct Writer(String);

/// An object as JSON.
pub fn object(write: impl FnOnce(&mut Writer)) -> String {
    let mut out = Writer::default();
    out.object(write);
    out.done()
}

impl Writer {
    /// What has been written.
    #[must_use]
    pub fn done(self) -> String {
        self.0
    }

    /// Begins a list.
    pub fn open(&mut self) {
        self.put("[");
    }

    /// Ends a list.
    pub fn close(&mut self) {
        self.0.push(']');
    }

    /// Begins an object.
    pub fn open_object(&mut self) {
        self.put("{");
    }

    /// Ends an object.
    pub fn close_object(&mut self) {
        self.0.push('}');
    }

    /// An object, as an element of a list or under a key.
    pub fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.open_object();
        write(self);
        self.close_object();
    }

    /// A list, as an element of a list or under a key.
    pub fn list(&mut self, write: impl FnOnce(&mut Self)) {
        self.open();
        write(self);
        self.close();
    }

    /// A whole number.
    pub fn number(&mut self, number: i64) {
        self.put("");
        text::push_digits(number, &mut self.0);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.put("");
        write_text(text, &mut self.0);
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.put(if value { "true" } else { "false" });
    }

    /// A text, or null.
    pub fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.put("null"),
        }
    }

    /// The key of what comes next.
    pub fn key(&mut self, key: &str) {
        self.text(key);
        self.0.push(':');
    }

    /// A text under a key, if there is one.
    pub fn pair(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.key(key);
            self.text(text);
        }
    }

    /// A number under a key, if there is one.
    pub fn pair_number(&mut self, key: &str, number: Option<i64>) {
        if let Some(number) = number {
            self.key(key);
            self.number(number);
        }
    }

    /// What is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.put(json);
    }

    /// What begins an element, after a comma unless it is the first one.
    fn put(&mut self, start: &str) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.0.push(',');
        }
        self.0.push_str(start);
    }
}

/// A string literal (RFC 8259, section 7).
fn write_text(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    let mut rest = text;
    // Most texts are plain as a whole, and some are long.
    while let Some(place) = rest.bytes().position(is_marked)
        && let Some((plain, marked)) = rest.split_at_checked(place)
        && let Some((mark, after)) = marked.split_at_checked(1)
    {
        out.push_str(plain);
        rest = after;
        match mark {
            "\n" => out.push_str("\\n"),
            "\r" => out.push_str("\\r"),
            "\t" => out.push_str("\\t"),
            "\"" | "\\" => {
                out.push('\\');
                out.push_str(mark);
            }
            control => {
                for code in control.bytes().map(usize::from) {
                    out.push_str("\\u00");
                    out.push(char::from(HEX[code >> 4]));
                    out.push(char::from(HEX[code & 15]));
                }
            }
        }
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether this byte of a text cannot stand for itself.
const fn is_marked(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Deeper values than this are not read: no wire needs them, and each level
/// takes stack.
const DEEPEST: u32 = 64;

/// A reader of RFC 8259 that is at `rest`.
struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Takes this text, if it comes next after white space.
    fn take(&mut self, text: &str) -> Option<()> {
        while let [b' ' | b'\n' | b'\r' | b'\t', ..] = self.rest.as_bytes() {
            self.rest = self.rest.get(1..)?;
        }
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn value(&mut self) -> Option<Json> {
        if self.take("{").is_some() {
            return self.nested(Self::object);
        }
        if self.take("[").is_some() {
            return self.nested(Self::list);
        }
        if self.take("\"").is_some() {
            return self.text().map(Json::Text);
        }
        for (word, value) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            if self.take(word).is_some() {
                return Some(value);
            }
        }
        self.number()
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Json>) -> Option<Json> {
        self.depth += 1;
        let value = if self.depth > DEEPEST {
            None
        } else {
            read(self)
        };
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Option<Json> {
        let mut pairs = Vec::new();
        if self.take("}").is_some() {
            return Some(Json::Object(pairs));
        }
        loop {
            self.take("\"")?;
            let key = self.text()?;
            self.take(":")?;
            pairs.push((key, self.value()?));
            if self.take(",").is_none() {
                self.take("}")?;
                return Some(Json::Object(pairs));
            }
        }
    }

    fn list(&mut self) -> Option<Json> {
        let mut items = Vec::new();
        if self.take("]").is_some() {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(",").is_none() {
                self.take("]")?;
                return Some(Json::List(items));
            }
        }
    }

    /// What stands before the closing quote.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let end = self.rest.bytes().position(is_marked)?;
            let (plain, rest) = self.rest.split_at_checked(end)?;
            text.push_str(plain);
            let mut letters = rest.chars();
            let mark = letters.next()?;
            self.rest = letters.as_str();
            match mark {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next()?;
        self.rest = letters.as_str();
        Some(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                // Half of a pair that has no other half says nothing.
                let pair = matches!(unit, 0xd800..=0xdbff) && self.rest.starts_with("\\u");
                if !pair {
                    return Some(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                self.rest = self.rest.get(2..)?;
                let low = self.unit()?;
                let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                let whole = matches!(low, 0xdc00..=0xdfff)
                    .then(|| char::from_u32(code))
                    .flatten();
                whole.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits
            .chars()
            .try_fold(0, |unit, digit| Some(unit << 4 | digit.to_digit(16)?))
    }

    fn number(&mut self) -> Option<Json> {
        let is_part = |letter: char| matches!(letter, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let end = self
            .rest
            .find(|letter| !is_part(letter))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        whole(number).map(Json::Int)
    }
}

/// The whole part of a decimal number; the nearest there is when it is too large.
fn whole(number: &str) -> Option<i64> {
    let (mantissa, exponent) = text::cut(number, b"eE").unwrap_or((number, "0"));
    let (sign, digits) = mantissa
        .strip_prefix('-')
        .map_or((1, mantissa), |rest| (-1, rest));
    let (whole, fraction) = text::cut(digits, b".").unwrap_or((digits, ""));
    let exponent = i32::try_from(text::number(exponent)?).ok()?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let length = i32::try_from(whole.len()).ok()?.saturating_add(exponent);
    let mut value: i64 = 0;
    let mut digits = whole.bytes().chain(fraction.bytes());
    for _ in 0..length.min(20) {
        let digit = digits.next().map_or(0, |byte| i64::from(byte - b'0'));
        value = value.saturating_mul(10).saturating_add(sign * digit);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_also_by_others() {
        const TEXT: &str = "a \"quote\" \\ \n\r\t\u{1} ü 🛎";
        let text = object(|out| {
            out.pair("text", Some(TEXT));
            out.pair("none", None);
            out.pair_number("number", Some(-1_795_161_600_000));
            out.key("yes");
            out.bool(true);
            out.key("nothing");
            out.maybe(None);
            out.key("list");
            out.list(|out| {
                out.number(1);
                out.text("2");
                out.list(|_| {});
                out.object(|out| out.pair_number("a", Some(1)));
                out.bool(false);
            });
            out.key("given");
            out.raw("{\"b\":1.5}");
            out.key("object");
            out.object(|_| {});
        });
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            theirs,
            serde_json::json!({
                "text": TEXT,
                "number": -1_795_161_600_000_i64,
                "yes": true,
                "nothing": null,
                "list": [1, "2", [], {"a": 1}, false],
                "given": {"b": 1.5},
                "object": {},
            })
        );
        let ours = Json::parse(&text).unwrap();
        assert_eq!(ours.at("text").as_str(), Some(TEXT));
        assert_eq!(ours.at("number").as_int(), Some(-1_795_161_600_000));
        assert_eq!(ours.at("list").as_list().map(<[Json]>::len), Some(5));
    }

    #[test]
    fn numbers_of_all_kinds_become_whole() {
        for (text, number) in [
            ("7", 7),
            ("-7", -7),
            ("1795161600000.75", 1_795_161_600_000),
            ("1.7951616e12", 1_795_161_600_000),
            ("18446744073709551615", i64::MAX),
            ("1e300", i64::MAX),
        ] {
            assert_eq!(Json::parse(text), Some(Json::Int(number)), "{text}");
        }
    }

    /// The same value as `serde_json` reads it.
    fn of(theirs: &serde_json::Value) -> Json {
        use serde_json::Value;
        match theirs {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Int(
                number
                    .as_i64()
                    .unwrap_or_else(|| number.as_f64().map_or(0, |number| number as i64)),
            ),
            Value::String(text) => Json::Text(text.clone()),
            Value::Array(items) => Json::List(items.iter().map(of).collect()),
            Value::Object(pairs) => Json::Object(
                pairs
                    .iter()
                    .map(|(key, value)| (key.clone(), of(value)))
                    .collect(),
            ),
        }
    }

    #[test]
    fn texts_put_together_at_random_are_read_as_serde_json_reads_them() {
        const PIECES: [&str; 30] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\"",
            "\"\\u00e9\"",
            "\"\\ud83d\\ude00\"",
            "\"\\n\\t\\\"\"",
            "null",
            "true",
            "false",
            "0",
            "-1",
            "17",
            "1.5",
            "-2e3",
            "1e-2",
            " ",
            "\n",
            "\"ü\"",
            "\"\\x\"",
            "nul",
            "\u{1}",
            "[1,2]",
            "{\"k\":1}",
            "\"",
            "\\",
        ];
        let mut random = crate::random::Random::new(11);
        let (mut read, mut refused) = (0, 0);
        for _ in 0..200_000 {
            let length = 1 + random.below(7);
            let text: String = (0..length)
                .map(|_| PIECES[usize::try_from(random.below(30)).unwrap()])
                .collect();
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(theirs) => {
                    assert_eq!(Json::parse(&text), Some(of(&theirs)), "{text}");
                    read += 1;
                }
                // Of numbers more is read here, such as leading zeros.
                Err(_) if text.contains(|letter: char| letter.is_ascii_digit()) => {}
                Err(_) => {
                    assert_eq!(Json::parse(&text), None, "{text}");
                    refused += 1;
                }
            }
        }
        assert!(
            read > 1_000 && refused > 1_000,
            "{read} read, {refused} refused"
        );
    }

    #[test]
    fn what_is_not_json_is_nothing() {
        for text in ["", "{", "[1,]", "nul", "{\"a\" 1}", "\"\u{1}", "1 2"] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)), None);
    }
}
