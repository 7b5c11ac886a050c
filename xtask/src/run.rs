//! Runs other programs; a failure becomes a sentence.

use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    process::{Child, Command, Stdio},
    thread,
};

use crate::error::{Error, Result, failed};

/// Runs to the end with our terminal. `what` starts the sentence of a failure:
/// "Formatting (cargo fmt) failed".
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    command.stdin(Stdio::null());
    let status = spawn(command)?.wait().map_err(lost(what))?;
    if status.success() {
        return Ok(());
    }
    failed(format!("{what} failed ({status})."))
}

/// Runs to the end and returns its standard output; its errors go to our terminal.
pub fn output(command: &mut Command, what: &str) -> Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let output = spawn(command)?.wait_with_output().map_err(lost(what))?;
    if !output.status.success() {
        return failed(format!("{what} failed ({}).", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end, prints its standard output and shows each line to `see`,
/// whether it succeeds or not.
pub fn watch(command: &mut Command, what: &str, mut see: impl FnMut(&str)) -> Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = spawn(command)?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n').map_while(|l| l.ok()) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
    }
    let status = child.wait().map_err(lost(what))?;
    if status.success() {
        return Ok(());
    }
    failed(format!("{what} failed ({status})."))
}

/// Gives it `input` and returns its standard output.
pub fn filter(command: &mut Command, input: &str, what: &str) -> Result<String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = spawn(command)?;
    let stdin = child.stdin.take();
    let input = input.to_owned();
    // A thread of its own: a program that writes before it has read all would
    // otherwise wait for us, and we for it.
    let writer = thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A program that ends early says why by its status.
            let _ = stdin.write_all(input.as_bytes());
        }
    });
    let output = child.wait_with_output().map_err(lost(what))?;
    let _ = writer.join();
    if !output.status.success() {
        return failed(format!("{what} failed ({}).", output.status));
    }
    String::from_utf8(output.stdout).or_else(|_| failed(format!("{what} gave no text.")))
}

/// Whether it runs and succeeds, in silence.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Its standard output if it runs and succeeds, in silence.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

/// Starts it; a program that does not exist is named.
pub fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| {
        let program = command.get_program().to_string_lossy();
        Error::Failed(if error.kind() == ErrorKind::NotFound {
            format!("The program `{program}` was not found.")
        } else {
            format!("The program `{program}` does not start: {error}.")
        })
    })
}

fn lost(what: &str) -> impl FnOnce(std::io::Error) -> Error {
    let what = what.to_owned();
    move |error| Error::Failed(format!("{what} was lost: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here"), "x").unwrap_err();
        assert!(error.to_string().contains("`no-such-program-here`"));
    }

    #[test]
    fn a_failure_says_what_failed() {
        let error = run(Command::new("false").arg("x"), "Nothing").unwrap_err();
        assert!(error.to_string().starts_with("Nothing failed"), "{error}");
    }

    #[test]
    fn a_filter_passes_more_than_a_pipe_holds() {
        let long = "x".repeat(1_000_000);
        assert_eq!(filter(&mut Command::new("cat"), &long, "cat"), Ok(long));
    }

    #[test]
    fn lines_are_seen_even_of_a_program_that_fails() {
        let mut seen = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two; exit 3"]);
        let result = watch(&mut command, "sh", |line| seen.push(line.to_owned()));
        assert!(result.is_err());
        assert_eq!(seen, ["one", "two"]);
    }
}
