//! Markdown, as far as people use it in a chat: paragraphs, line breaks, strong,
//! emphasis, strike, code, links, pictures, lists, quotes, headings. All else,
//! HTML above all, is text.
//!
//! What is read is told to a [`Sink`], element by element, and never becomes
//! HTML. A text of whatever kind takes time in proportion to its length: of
//! each kind of mark at most one waits for its end, brackets lie on a stack,
//! and every search ahead is short.

use concierge_core::text::trim;

use super::links::{address, is_link};

/// What receives a text, element by element.
pub(super) trait Sink {
    /// An element begins: its tag; of a link its address, of an ordered list the
    /// number of its first item.
    fn open(&mut self, tag: &'static str, value: &str);
    /// The element that began last ends.
    fn close(&mut self);
    /// Text, as it is.
    fn text(&mut self, text: &str);
    /// A picture: what it shows, and its address, which nobody has looked at.
    fn image(&mut self, alt: &str, url: &str);
}

/// Reads a whole text.
pub(super) fn read(text: &str, sink: &mut dyn Sink) {
    blocks(text, 0, sink);
}

/// What a text says, without its marks.
pub(super) fn plain(text: &str) -> String {
    struct Plain(String);
    impl Sink for Plain {
        fn open(&mut self, tag: &'static str, _: &str) {
            if matches!(tag, "p" | "li" | "pre" | "blockquote") && !self.0.ends_with(['\n', ' ']) {
                self.0.push('\n');
            }
            if tag == "li" {
                self.0.push_str("- ");
            }
        }
        fn close(&mut self) {}
        fn text(&mut self, text: &str) {
            self.0.push_str(text);
        }
        fn image(&mut self, alt: &str, _: &str) {
            self.0.push_str(alt);
        }
    }
    let mut plain = Plain(String::new());
    read(text, &mut plain);
    trim(&plain.0).to_owned()
}

// ---- Blocks ----

/// How deep lists and quotes lie in each other; what is deeper is text.
const DEPTH: u8 = 3;

fn blocks(text: &str, depth: u8, sink: &mut dyn Sink) {
    let lines: Vec<&str> = text.lines().collect();
    let mut paragraph = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let bare = line.trim_start_matches(' ');
        let rest = &lines[at..];
        let is_nested = depth < DEPTH;
        let used = if let Some(fence) = fence(bare) {
            flush(&mut paragraph, sink);
            code(rest, fence, sink)
        } else if is_nested && bare.starts_with('>') {
            flush(&mut paragraph, sink);
            quote(rest, depth, sink)
        } else if is_rule(bare) {
            flush(&mut paragraph, sink);
            sink.open("hr", "");
            sink.close();
            1
        } else if let Some(mark) = Mark::of(line).filter(|_| is_nested) {
            flush(&mut paragraph, sink);
            list(rest, mark, depth, sink)
        } else {
            match heading(bare) {
                Some(title) => {
                    flush(&mut paragraph, sink);
                    sink.open("p", "");
                    sink.open("strong", "");
                    inline(title, sink);
                    sink.close();
                    sink.close();
                }
                None if bare.is_empty() => flush(&mut paragraph, sink),
                None => {
                    if !paragraph.is_empty() {
                        paragraph.push('\n');
                    }
                    paragraph.push_str(bare);
                }
            }
            1
        };
        at += used;
    }
    flush(&mut paragraph, sink);
}

fn flush(paragraph: &mut String, sink: &mut dyn Sink) {
    if !paragraph.is_empty() {
        sink.open("p", "");
        inline(paragraph, sink);
        sink.close();
        paragraph.clear();
    }
}

/// The three marks of a block of code that begins here.
fn fence(line: &str) -> Option<&'static str> {
    ["```", "~~~"]
        .into_iter()
        // One that ends on its own line is code in a text.
        .find(|fence| line.starts_with(fence) && !line[3..].bytes().any(|it| it == b'`'))
}

/// Each of these gives how many lines it has used.
fn code(lines: &[&str], fence: &str, sink: &mut dyn Sink) -> usize {
    let is_end = |line: &&str| line.trim_start_matches(' ').starts_with(fence);
    let inside = lines.iter().skip(1).take_while(|line| !is_end(line));
    let inside: Vec<&str> = inside.copied().collect();
    sink.open("pre", "");
    sink.open("code", "");
    sink.text(&inside.join("\n"));
    sink.close();
    sink.close();
    inside.len() + 2
}

fn quote(lines: &[&str], depth: u8, sink: &mut dyn Sink) -> usize {
    let quoted = |line: &&str| {
        let rest = line.trim_start_matches(' ').strip_prefix('>')?;
        Some(rest.strip_prefix(' ').unwrap_or(rest).to_owned())
    };
    let inside: Vec<String> = lines.iter().map_while(quoted).collect();
    sink.open("blockquote", "");
    blocks(&inside.join("\n"), depth + 1, sink);
    sink.close();
    inside.len()
}

/// The mark of a list's item.
#[derive(Clone, Copy)]
struct Mark<'a> {
    /// Blanks before it.
    indent: usize,
    /// Letters up to what the item says.
    offset: usize,
    /// Empty of one without a number.
    number: &'a str,
}

impl<'a> Mark<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let indent = indent(line);
        let bare = line.get(indent..)?;
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = bare.split_at_checked(digits).filter(|_| digits < 10)?;
        let (mark, rest) = (after.bytes().next()?, after.get(1..)?);
        let is_mark = match mark {
            b'-' | b'*' | b'+' => number.is_empty(),
            b'.' | b')' => !number.is_empty(),
            _ => false,
        };
        (is_mark && rest.starts_with(' ')).then_some(Self {
            indent,
            offset: indent + digits + 2,
            number,
        })
    }
}

fn list(lines: &[&str], first: Mark<'_>, depth: u8, sink: &mut dyn Sink) -> usize {
    let is_ordered = |mark: &Mark<'_>| !mark.number.is_empty();
    let tag = if is_ordered(&first) { "ol" } else { "ul" };
    let mut offset = first.offset;
    let mut item = String::new();
    let mut after_blank = false;
    let mut used = 0;
    sink.open(tag, first.number);
    for line in lines {
        let deep = indent(line);
        if deep == line.len() {
            after_blank = true;
            item.push('\n');
        } else if let Some(mark) = Mark::of(line)
            .filter(|mark| is_ordered(mark) == is_ordered(&first) && mark.indent < first.indent + 2)
        {
            if used > 0 {
                entry(&mut item, depth, sink);
            }
            offset = mark.offset;
            item.push_str(&line[mark.offset..]);
            after_blank = false;
        } else if deep >= first.indent + 2 || !(after_blank || begins_block(line)) {
            item.push('\n');
            item.push_str(&line[deep.min(offset)..]);
            after_blank = false;
        } else {
            break;
        }
        used += 1;
    }
    entry(&mut item, depth, sink);
    sink.close();
    used
}

fn entry(item: &mut String, depth: u8, sink: &mut dyn Sink) {
    sink.open("li", "");
    blocks(item, depth + 1, sink);
    sink.close();
    item.clear();
}

/// Whether this cannot go on with the paragraph before it.
fn begins_block(line: &str) -> bool {
    let bare = line.trim_start_matches(' ');
    fence(bare).is_some()
        || bare.starts_with('>')
        || heading(bare).is_some()
        || Mark::of(line).is_some()
}

fn indent(line: &str) -> usize {
    line.bytes().take_while(|letter| *letter == b' ').count()
}

/// What a heading says.
fn heading(line: &str) -> Option<&str> {
    let level = line.bytes().take_while(|letter| *letter == b'#').count();
    let rest = line.get(level..)?;
    let title = trim(rest.trim_end_matches('#'));
    ((1..=6).contains(&level) && rest.starts_with(' ') && !title.is_empty()).then_some(title)
}

/// Three marks of one kind or more, and nothing else.
fn is_rule(line: &str) -> bool {
    let Some(mark) = line.bytes().next() else {
        return false;
    };
    let count = line.bytes().filter(|letter| *letter == mark).count();
    let is_all = line.bytes().all(|letter| letter == mark || letter == b' ');
    matches!(mark, b'-' | b'*' | b'_') && count > 2 && is_all
}

// ---- In a paragraph ----

/// A piece of a paragraph.
enum Token<'a> {
    Text(&'a str),
    Open(&'static str),
    Link(&'a str),
    Close,
    Code(&'a str),
    Address(&'a str),
    Image(String, &'a str),
}

/// The marks that stand around something: the letter, how often, the element.
const MARKS: [(u8, usize, &str); 5] = [
    (b'*', 2, "strong"),
    (b'*', 1, "em"),
    (b'_', 2, "strong"),
    (b'_', 1, "em"),
    (b'~', 2, "del"),
];

/// How far an address and its title reach at most, in bytes.
const ADDRESS: usize = 2_000;
const TITLE: usize = 200;
/// How deep the brackets in an address lie.
const BRACKETS: u32 = 8;

struct Reader<'a> {
    text: &'a str,
    /// Where we are.
    at: usize,
    /// From here on nothing is told yet.
    from: usize,
    tokens: Vec<Token<'a>>,
    /// Of each kind of mark, the token that waits for its end.
    open: [Option<usize>; MARKS.len()],
    /// The tokens of brackets, and whether a picture's.
    brackets: Vec<(usize, bool)>,
    /// No run of one, two, three backticks is ahead.
    no_code: [bool; 3],
}

fn inline(text: &str, sink: &mut dyn Sink) {
    let mut reader = Reader {
        text,
        at: 0,
        from: 0,
        tokens: Vec::new(),
        open: [None; MARKS.len()],
        brackets: Vec::new(),
        no_code: [false; 3],
    };
    while let Some(letter) = reader.letter(reader.at) {
        match letter {
            b'\\' => reader.escape(),
            b'`' => reader.code(),
            b'*' | b'_' | b'~' => reader.mark(letter),
            b'!' if reader.letter(reader.at + 1) == Some(b'[') => reader.bracket(2),
            b'[' => reader.bracket(1),
            b']' => reader.unbracket(),
            _ if letter.is_ascii_alphabetic() => reader.word(),
            _ => reader.at += 1,
        }
    }
    reader.flush();
    tell(&reader.tokens, sink);
}

impl<'a> Reader<'a> {
    fn letter(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn before(&self) -> Option<u8> {
        self.letter(self.at.checked_sub(1)?)
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Tells what stands before this place.
    fn flush(&mut self) {
        let text = self.slice(self.from, self.at);
        if !text.is_empty() {
            self.tokens.push(Token::Text(text));
        }
        self.from = self.at;
    }

    fn skip(&mut self, to: usize) {
        self.at = to;
        self.from = to;
    }

    /// A backslash: the mark after it is a letter.
    fn escape(&mut self) {
        let next = self.letter(self.at + 1);
        if next.is_some_and(|next| next.is_ascii_punctuation() || next == b'\n') {
            self.flush();
            self.from = self.at + 1;
            self.at += 2;
        } else {
            self.at += 1;
        }
    }

    fn run(&self, letter: u8) -> usize {
        let rest = self.text.bytes().skip(self.at);
        rest.take_while(|it| *it == letter).count()
    }

    fn code(&mut self) {
        let length = self.run(b'`');
        let start = self.at + length;
        let found = match self.no_code.get(length - 1) {
            Some(false) => self.end_of_code(start, length),
            Some(true) | None => None,
        };
        let Some(end) = found else {
            if let Some(none) = self.no_code.get_mut(length - 1) {
                *none = true;
            }
            self.at = start;
            return;
        };
        self.flush();
        let code = self.slice(start, end);
        // Blanks that keep backticks apart.
        let inner = code.strip_prefix(' ').and_then(|it| it.strip_suffix(' '));
        let inner = inner.filter(|it| !it.is_empty()).unwrap_or(code);
        self.tokens.push(Token::Code(inner));
        self.skip(end + length);
    }

    /// Where the next run of so many backticks begins.
    fn end_of_code(&self, from: usize, length: usize) -> Option<usize> {
        let mut run = 0;
        let rest = self.text.bytes().enumerate().skip(from);
        for (at, letter) in rest {
            if letter == b'`' {
                run += 1;
            } else if run == length {
                return Some(at - length);
            } else {
                run = 0;
            }
        }
        (run == length).then(|| self.text.len() - length)
    }

    fn mark(&mut self, letter: u8) {
        let length = self.run(letter);
        let (before, after) = (self.before(), self.letter(self.at + length));
        let is_blank = |it: Option<u8>| it.is_none_or(|it| it <= b' ');
        let in_word = |it: Option<u8>| {
            letter == b'_' && it.is_some_and(|it| it.is_ascii_alphanumeric() || it > 127)
        };
        let opens = !is_blank(after) && !in_word(before);
        let closes = !is_blank(before) && !in_word(after);
        if length > 3 || (letter == b'~' && length != 2) {
            self.at += length;
            return;
        }
        self.flush();
        let kinds = || (0..MARKS.len()).filter(move |kind| MARKS[*kind].0 == letter);
        let has = |kind: &usize| length == 3 || MARKS[*kind].1 == length;
        let mut left = length;
        if closes {
            // What was opened last ends first.
            for kind in kinds().rev().filter(has) {
                if self.close(kind) {
                    left -= MARKS[kind].1;
                }
            }
        }
        for kind in kinds().filter(has) {
            let size = MARKS[kind].1;
            if opens && left >= size && self.open[kind].is_none() {
                self.open[kind] = Some(self.tokens.len());
                let text = self.slice(self.at, self.at + size);
                self.tokens.push(Token::Text(text));
                left -= size;
            }
        }
        let end = self.at + length;
        self.from = end - left;
        self.at = end;
    }

    /// Ends what stands between two marks. Nothing that began inside goes on.
    fn close(&mut self, kind: usize) -> bool {
        let Some(start) = self.open[kind].filter(|start| start + 1 < self.tokens.len()) else {
            return false;
        };
        self.tokens[start] = Token::Open(MARKS[kind].2);
        self.tokens.push(Token::Close);
        self.drop_marks(start);
        while self.brackets.last().is_some_and(|(at, _)| *at > start) {
            self.brackets.pop();
        }
        true
    }

    /// Marks from this token on wait no more.
    fn drop_marks(&mut self, from: usize) {
        for open in &mut self.open {
            *open = open.filter(|at| *at < from);
        }
    }

    fn bracket(&mut self, length: usize) {
        self.flush();
        self.brackets.push((self.tokens.len(), length == 2));
        self.at += length;
        self.flush();
    }

    fn unbracket(&mut self) {
        let target = match self.brackets.last() {
            Some(_) if self.letter(self.at + 1) == Some(b'(') => self.target(self.at + 2),
            Some(_) | None => None,
        };
        let (Some((start, is_image)), Some((url, end))) = (self.brackets.pop(), target) else {
            self.at += 1;
            return;
        };
        if !is_image && !is_link(url) {
            self.at += 1;
            return;
        }
        self.flush();
        self.drop_marks(start);
        if is_image {
            let mut alt = String::new();
            for token in self.tokens.drain(start..).skip(1) {
                if let Token::Text(text) | Token::Code(text) | Token::Address(text) = token {
                    alt.push_str(text);
                }
            }
            self.tokens.push(Token::Image(alt, url));
        } else {
            self.tokens[start] = Token::Link(url);
            self.tokens.push(Token::Close);
            // There is no link in a link.
            self.brackets.clear();
        }
        self.skip(end);
    }

    /// The address that begins here, and where what belongs to it ends.
    fn target(&self, start: usize) -> Option<(&'a str, usize)> {
        let mut depth = 0;
        let mut at = start;
        let url = loop {
            let letter = self.letter(at).filter(|_| at - start < ADDRESS)?;
            match letter {
                b')' if depth == 0 => return Some((self.slice(start, at), at + 1)),
                b')' => depth -= 1,
                b'(' if depth == BRACKETS => return None,
                b'(' => depth += 1,
                _ if letter <= b' ' => break self.slice(start, at),
                _ => {}
            }
            at += 1;
        };
        let skip_blanks = |at: usize| {
            let rest = self.text.bytes().skip(at).take(TITLE);
            at + rest.take_while(|letter| *letter <= b' ').count()
        };
        at = skip_blanks(at);
        if let Some(quote @ (b'"' | b'\'')) = self.letter(at) {
            let mut rest = self.text.bytes().skip(at + 1).take(TITLE);
            at = skip_blanks(at + 2 + rest.position(|letter| letter == quote)?);
        }
        (self.letter(at) == Some(b')')).then_some((url, at + 1))
    }

    /// A word, which may be an address by itself.
    fn word(&mut self) {
        let begins = !self.before().is_some_and(|it| it.is_ascii_alphanumeric());
        let found = address(self.slice(self.at, self.text.len())).filter(|_| begins);
        let Some(mut url) = found else {
            self.at += 1;
            return;
        };
        // The bracket before it ends before it does.
        if !self.brackets.is_empty()
            && let Some(end) = url.bytes().position(|letter| letter == b']')
        {
            url = url.get(..end).unwrap_or(url);
        }
        self.flush();
        if is_link(url) {
            self.tokens.push(Token::Address(url));
        } else {
            self.tokens.push(Token::Text(url));
        }
        self.skip(self.at + url.len());
    }
}

/// Text that lies in pieces is told in one.
fn tell(tokens: &[Token<'_>], sink: &mut dyn Sink) {
    let mut text = String::new();
    let mut depth = 0;
    let mut link = None;
    for token in tokens {
        match token {
            Token::Text(more) => text.push_str(more),
            Token::Address(more) if link.is_some() => text.push_str(more),
            Token::Image(alt, _) if link.is_some() => text.push_str(alt),
            Token::Open(_)
            | Token::Link(_)
            | Token::Close
            | Token::Code(_)
            | Token::Address(_)
            | Token::Image(..) => {
                if !text.is_empty() {
                    sink.text(&text);
                    text.clear();
                }
            }
        }
        match token {
            Token::Open(tag) => {
                depth += 1;
                sink.open(tag, "");
            }
            Token::Link(url) => {
                depth += 1;
                link = Some(depth);
                sink.open("a", url);
            }
            Token::Close => {
                link = link.filter(|link| *link != depth);
                depth -= 1;
                sink.close();
            }
            Token::Code(code) => {
                sink.open("code", "");
                sink.text(code);
                sink.close();
            }
            Token::Address(url) if link.is_none() => {
                sink.open("a", url);
                sink.text(url);
                sink.close();
            }
            Token::Image(alt, url) if link.is_none() => sink.image(alt, url),
            Token::Text(_) | Token::Address(_) | Token::Image(..) => {}
        }
    }
    if !text.is_empty() {
        sink.text(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Sink, plain, read};

    /// Writes what it is told as tags.
    #[derive(Default)]
    struct Written(String, Vec<&'static str>);

    impl Sink for Written {
        fn open(&mut self, tag: &'static str, value: &str) {
            let value = if value.is_empty() {
                String::new()
            } else {
                format!(" {value}")
            };
            self.0.push_str(&format!("<{tag}{value}>"));
            self.1.push(tag);
        }
        fn close(&mut self) {
            let tag = self.1.pop().expect("something is open");
            self.0.push_str(&format!("</{tag}>"));
        }
        fn text(&mut self, text: &str) {
            self.0.push_str(&text.replace('<', "&lt;"));
        }
        fn image(&mut self, alt: &str, url: &str) {
            self.0.push_str(&format!("<img {url}>{alt}</img>"));
        }
    }

    fn written(text: &str) -> String {
        let mut sink = Written::default();
        read(text, &mut sink);
        assert!(sink.1.is_empty(), "all that begins ends: {text}");
        sink.0
    }

    /// What a paragraph holds.
    fn line(text: &str) -> String {
        let all = written(text);
        let inner = all
            .strip_prefix("<p>")
            .and_then(|it| it.strip_suffix("</p>"));
        inner.unwrap_or(&all).to_owned()
    }

    #[test]
    fn marks_become_elements() {
        for (text, expected) in [
            (
                "Hi Nok, **which** order?",
                "Hi Nok, <strong>which</strong> order?",
            ),
            (
                "*a* _b_ __c__ ~~d~~",
                "<em>a</em> <em>b</em> <strong>c</strong> <del>d</del>",
            ),
            ("***a***", "<strong><em>a</em></strong>"),
            ("**bold *both***", "<strong>bold <em>both</em></strong>"),
            ("`a **b**` ``c`d``", "<code>a **b**</code> <code>c`d</code>"),
            ("one\ntwo", "one\ntwo"),
            (
                "2 * 3 * 4, snake_case_name, a_b",
                "2 * 3 * 4, snake_case_name, a_b",
            ),
            (r"\*not\* \[a\](b) \\", r"*not* [a](b) \"),
            ("**open", "**open"),
            ("*a **b* c**", "<em>a **b</em> c**"),
            ("``", "``"),
            ("a ****", "a ****"),
            ("# Title #", "<strong>Title</strong>"),
            ("#hash", "#hash"),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }

    #[test]
    fn links_lead_where_people_mean_to_go_and_nowhere_else() {
        for (text, expected) in [
            (
                "[a **b**](https://x.example/y_z)",
                "<a https://x.example/y_z>a <strong>b</strong></a>",
            ),
            ("[a](https://x/(y) \"title\").", "<a https://x/(y)>a</a>."),
            (
                "[a](mailto:a@b) [b](tel:1)",
                "<a mailto:a@b>a</a> <a tel:1>b</a>",
            ),
            (
                "see https://a.example/b_c_d, ok",
                "see <a https://a.example/b_c_d>https://a.example/b_c_d</a>, ok",
            ),
            (
                "**https://a.example**",
                "<strong><a https://a.example>https://a.example</a></strong>",
            ),
            ("[https://a](https://b)", "<a https://b>https://a</a>"),
            (
                "[a [b](https://c) d](https://e)",
                "[a <a https://c>b</a> d](<a https://e>https://e</a>)",
            ),
            (
                "*[a*](https://b)",
                "<em>[a</em>](<a https://b>https://b</a>)",
            ),
            ("[![alt](https://i)](https://b)", "<a https://b>alt</a>"),
            (
                "![a *b*](https://i.example/p.png)",
                "<img https://i.example/p.png>a b</img>",
            ),
            ("[](https://a)", "<a https://a></a>"),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
        for text in [
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a]( javascript:alert(1))",
            "[a](java\tscript:alert(1))",
            "[a](\u{1}javascript:alert(1))",
            "[a](&#106;avascript:alert(1))",
            "[a](javascript&colon;alert(1))",
            "[a](data:text/html,<script>alert(1)</script>)",
            "[a](vbscript:x)",
            "[a](//evil.example)",
            "[a](\\https:x)",
            "<a href='javascript:alert(1)'>a</a>",
            "<javascript:alert(1)>",
        ] {
            let all = written(text);
            assert!(!all.contains("<a "), "{text}: {all}");
        }
        assert_eq!(
            line("<script>alert(1)</script>"),
            "&lt;script>alert(1)&lt;/script>"
        );
    }

    #[test]
    fn blocks_are_set_apart() {
        for (text, expected) in [
            ("a\n\nb", "<p>a</p><p>b</p>"),
            (
                "- a\n- b\n  - c\n- d",
                "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li><li><p>d</p></li></ul>",
            ),
            (
                "3. a\n4. b\nlazy\n\nafter",
                "<ol 3><li><p>a</p></li><li><p>b\nlazy</p></li></ol><p>after</p>",
            ),
            (
                "> a\n> - b\n\nc",
                "<blockquote><p>a</p><ul><li><p>b</p></li></ul></blockquote><p>c</p>",
            ),
            (
                "```rust\nlet *a* = 1;\n\n<b>\n```\nafter",
                "<pre><code>let *a* = 1;\n\n&lt;b></code></pre><p>after</p>",
            ),
            ("```\nnever closed", "<pre><code>never closed</code></pre>"),
            ("---", "<hr></hr>"),
            ("-", "<p>-</p>"),
            ("", ""),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_hostile_takes_no_longer_than_what_is_not() {
        let start = std::time::Instant::now();
        for unit in [
            "*",
            "_",
            "**a",
            "[",
            "]",
            "![",
            "[](",
            "[](a \"",
            "](",
            "`",
            "`a``b",
            "~~",
            "> ",
            "- ",
            "  - a\n",
            "1. ",
            "https://a]",
            "[https://a",
            "tel:)",
            "https://a)",
            "\\",
            "* ",
            "# ",
            "*a_b~~c",
            "[a](https://b",
            "ä*",
        ] {
            let text = unit.repeat(100_000 / unit.len());
            written(&text);
            plain(&text);
        }
        let deep: String = (0..400)
            .map(|n| format!("{}- a\n", " ".repeat(n)))
            .collect();
        written(&deep);
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    #[test]
    fn plain_text_is_what_is_read_aloud() {
        assert_eq!(
            plain("Hi **Nok**\n\n- [one](https://a)\n- `two`\n\n![map](https://i)"),
            "Hi Nok\n- one\n- two\nmap"
        );
    }
}
