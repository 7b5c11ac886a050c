//! `concierge-devserver`: the local server as a program.

mod arguments;

use std::io::Write;
use std::process::ExitCode;

use arguments::Asked;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match arguments::read(std::env::args().skip(1)) {
        Ok(Asked::Run(options)) => options,
        Ok(Asked::Help) => return say(arguments::HELP),
        Err(problem) => return fail(&problem),
    };
    let server = match concierge_devserver::start(options).await {
        Ok(server) => server,
        Err(error) => return fail(&error.to_string()),
    };
    say(&format!("listening on {}", server.url()));
    // Without a signal handler the program ends at the first signal anyway.
    let _ = tokio::signal::ctrl_c().await;
    server.stop().await;
    ExitCode::SUCCESS
}

/// Writes a line that a waiting program sees at once.
fn say(line: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(problem: &str) -> ExitCode {
    eprintln!("{problem}");
    ExitCode::FAILURE
}
