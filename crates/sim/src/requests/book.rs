//! What a server has: the messages of one conversation.

/// A message on a server.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// Whether the visitor wrote it.
    pub by_visitor: bool,
    /// What it says.
    pub text: String,
    /// The name and size of its file.
    pub file: Option<(String, u64)>,
    /// When it was written, in ms of the wall clock.
    pub at: i64,
    /// The id that the page gave it, where a system takes one.
    pub echo: Option<String>,
    /// The staff has taken it back.
    pub gone: bool,
}

impl Entry {
    /// What tells it from others: its text, or its file's name.
    #[must_use]
    pub fn said(&self) -> &str {
        self.file.as_ref().map_or(&self.text, |(name, _)| name)
    }
}

/// All messages, the oldest first.
#[derive(Debug, Default)]
pub struct Book {
    /// They.
    pub entries: Vec<Entry>,
    /// The conversation has begun.
    pub begun: bool,
    /// Tokens are refused, so many more times.
    pub refuses_token: u32,
    /// Up to which number the visitor has told to have seen messages.
    pub seen: u64,
}

impl Book {
    /// Adds a message.
    pub(crate) fn write(&mut self, by_visitor: bool, text: &str, at: i64) -> &mut Entry {
        let number = self.entries.len() as u64 + 1;
        // No two messages have one moment: servers count in microseconds.
        let at = (self.entries.last()).map_or(at, |last| at.max(last.at + 1));
        self.entries.push(Entry {
            number,
            by_visitor,
            text: text.into(),
            file: None,
            at,
            echo: None,
            gone: false,
        });
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }

    /// What the visitor has said, in order.
    #[must_use]
    pub fn visitor_said(&self) -> Vec<&str> {
        let own = self.entries.iter().filter(|entry| entry.by_visitor);
        own.map(Entry::said).collect()
    }

    /// Whether a token is refused now.
    pub(crate) fn refuses(&mut self) -> bool {
        let refuses = self.refuses_token > 0;
        self.refuses_token = self.refuses_token.saturating_sub(1);
        refuses
    }
}

/// `YYYY-MM-DD HH:MM:SS.ffffff`, with this between date and time.
pub(crate) fn stamp(at: i64, between: char) -> String {
    let (days, of_day) = (at.div_euclid(86_400_000), at.rem_euclid(86_400_000));
    // Days to a date, by the civil calendar (Howard Hinnant's algorithm).
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hours, minutes) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (seconds, ms) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}{between}{hours:02}:{minutes:02}:{seconds:02}.{ms:03}000")
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn a_moment_is_written_in_full() {
        assert_eq!(stamp(0, ' '), "1970-01-01 00:00:00.000000");
        assert_eq!(stamp(1_795_161_600_123, 'T'), "2026-11-20T08:00:00.123000");
        assert_eq!(stamp(951_782_400_000, ' '), "2000-02-29 00:00:00.000000");
    }
}
