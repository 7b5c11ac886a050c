//! What a command can end with besides success.

use std::{fmt, io, path::Path};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// The command line is wrong; the sentence says how. Exit code 2.
    Usage(String),
    /// The work could not be done; the sentence says why. Exit code 1.
    Failed(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Failed(message)) = self;
        f.write_str(message)
    }
}

/// A failure with its sentence.
pub fn failed<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::Failed(message.into()))
}

/// Turns an I/O error into a sentence: what was tried on which path.
pub fn io_error(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let place = format!("Cannot {verb} {}", path.display());
    move |error| Error::Failed(format!("{place}: {error}."))
}
