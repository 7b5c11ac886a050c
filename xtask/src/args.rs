//! The command line's options, as sentences when they are wrong.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};

use crate::error::{Error, Result};

/// One word of the command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Word {
    /// `--name`; its value, if it has one, is asked for with [`Args::port`] or
    /// [`Args::number`].
    Flag(String),
    /// Anything that is not an option.
    Value(String),
}

/// Reads a command's arguments one by one.
pub struct Args {
    parser: Parser,
    command: &'static str,
}

impl Args {
    pub fn new(command: &'static str, arguments: &[OsString]) -> Self {
        Self {
            parser: Parser::from_args(arguments.iter().cloned()),
            command,
        }
    }

    /// The next word, or `None` at the end.
    pub fn next(&mut self) -> Result<Option<Word>> {
        let word = match self.parser.next() {
            Ok(word) => word,
            Err(error) => return Err(self.wrong(&error.to_string())),
        };
        Ok(word.map(|word| match word {
            Arg::Long(name) => Word::Flag(format!("--{name}")),
            Arg::Short(letter) => Word::Flag(format!("-{letter}")),
            Arg::Value(value) => Word::Value(value.to_string_lossy().into_owned()),
        }))
    }

    /// The value of the flag just read, as a port number.
    pub fn port(&mut self) -> Result<u16> {
        let value = self.parser.value().and_then(|value| value.parse::<u16>());
        match value {
            // The bucket listens on the port after it.
            Ok(port @ 1..=65534) => Ok(port),
            Ok(port) => Err(self.wrong(&format!("{port} cannot be used as a port"))),
            Err(error) => Err(self.wrong(&error.to_string())),
        }
    }

    /// The value of the flag just read, as a number.
    pub fn number(&mut self) -> Result<u64> {
        let value = self.parser.value().and_then(|value| value.parse::<u64>());
        value.map_err(|error| self.wrong(&error.to_string()))
    }

    /// The value of the flag just read, which is one of these words.
    pub fn one_of(&mut self, words: &[&str]) -> Result<String> {
        let value = self.parser.value();
        let value = value.map_err(|error| self.wrong(&error.to_string()))?;
        let value = value.to_string_lossy().into_owned();
        if words.contains(&value.as_str()) {
            return Ok(value);
        }
        Err(self.wrong(&format!("`{value}` is none of {}", words.join(", "))))
    }

    /// The error for a word that the command does not know.
    pub fn unknown(&self, word: &Word) -> Error {
        match word {
            Word::Flag(name) => self.wrong(&format!("there is no option `{name}`")),
            Word::Value(value) => self.wrong(&format!("`{value}` is one word too many")),
        }
    }

    /// Refuses any argument: for commands that take none.
    pub fn none(mut self) -> Result<()> {
        match self.next()? {
            None => Ok(()),
            Some(word) => Err(self.unknown(&word)),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        let command = self.command;
        Error::Usage(format!(
            "cargo xtask {command}: {what}. `cargo xtask {command} --help` lists the options."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Args {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Args::new("demo", &words)
    }

    #[test]
    fn a_port_is_read_after_its_flag() {
        let mut args = args(&["--port", "9000", "--release"]);
        assert_eq!(args.next(), Ok(Some(Word::Flag("--port".into()))));
        assert_eq!(args.port(), Ok(9000));
        assert_eq!(args.next(), Ok(Some(Word::Flag("--release".into()))));
        assert_eq!(args.next(), Ok(None));
    }

    #[test]
    fn a_port_that_is_none_is_refused_with_a_sentence() {
        for bad in ["0", "65535", "70000", "http", ""] {
            let mut args = args(&["--port", bad]);
            args.next().unwrap();
            let Err(Error::Usage(message)) = args.port() else {
                panic!("{bad:?} must be refused");
            };
            assert!(message.starts_with("cargo xtask demo: "), "{message}");
        }
    }

    #[test]
    fn a_flag_without_its_value_is_refused() {
        let mut args = args(&["--port"]);
        args.next().unwrap();
        assert!(matches!(args.port(), Err(Error::Usage(_))));
    }

    #[test]
    fn commands_without_options_refuse_them() {
        assert!(args(&[]).none().is_ok());
        assert!(args(&["--x"]).none().is_err());
        assert!(args(&["x"]).none().is_err());
        assert!(args(&["--x=1"]).none().is_err());
    }
}
