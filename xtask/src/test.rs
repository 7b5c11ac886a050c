//! `cargo xtask test`: what the CI runs.

use std::{
    ffi::OsString,
    time::{Duration, Instant},
};

use crate::{
    args::{Args, Word},
    error::{Error, Result, failed},
    steps::{self, Step},
    tally::Tally,
};

pub const HELP: &str = "\
Usage: cargo xtask test [--list] [STEP...]

Runs all steps, or those that are named, in their order, and stops at the first that fails.
Installs what is missing. The last line of a run without failures is `N passed, 0 failed`,
where N counts the tests that ran.

  --list   list the steps";

pub fn run(arguments: &[OsString]) -> Result<()> {
    let all = steps::all();
    match Request::parse(arguments, &all)? {
        Request::List => {
            for step in all {
                println!("{:<14}{}", step.name, step.title);
            }
            Ok(())
        }
        Request::Run(steps) => run_steps(&steps),
    }
}

/// What the command line asks for.
enum Request {
    /// Name the steps.
    List,
    /// Run these.
    Run(Vec<&'static Step>),
}

impl Request {
    fn parse(arguments: &[OsString], all: &[&'static Step]) -> Result<Self> {
        let mut names = Vec::new();
        let mut args = Args::new("test", arguments);
        while let Some(word) = args.next()? {
            match word {
                Word::Flag(name) if name == "--list" => return Ok(Self::List),
                Word::Flag(_) => return Err(args.unknown(&word)),
                Word::Value(name) => names.push(name),
            }
        }
        if let Some(name) = names.iter().find(|n| all.iter().all(|s| s.name != **n)) {
            return Err(Error::Usage(format!(
                "There is no step `{name}`. `cargo xtask test --list` lists the steps."
            )));
        }
        let chosen = |step: &&Step| names.is_empty() || names.iter().any(|n| n == step.name);
        Ok(Self::Run(all.iter().copied().filter(chosen).collect()))
    }
}

/// What a step came to.
struct Outcome {
    name: &'static str,
    tally: Tally,
    time: Duration,
}

fn run_steps(steps: &[&Step]) -> Result<()> {
    let mut outcomes = Vec::new();
    for step in steps {
        println!("\n=== {}: {} ===", step.name, step.title);
        let start = Instant::now();
        let mut tally = Tally::default();
        let result = (step.run)(&mut tally);
        let time = start.elapsed();
        outcomes.push(Outcome {
            name: step.name,
            tally,
            time,
        });
        if let Err(error) = result {
            println!("\n{}", table(&outcomes));
            return failed(format!(
                "The step `{name}` ({title}) failed after {time}: {error}\n\
                 `cargo xtask test {name}` runs it alone.",
                name = step.name,
                title = step.title,
                time = clock(time),
            ));
        }
        println!("--- {}: {}", step.name, clock(time));
    }
    let mut sum = Tally::default();
    outcomes.iter().for_each(|outcome| sum.add(outcome.tally));
    println!("\n{}\n", table(&outcomes));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(())
}

/// A line a step: name, tests, time.
fn table(outcomes: &[Outcome]) -> String {
    let line = |name: &str, tests: &str, time: Duration| {
        format!("{name:<14}{tests:>8}{:>12}\n", clock(time))
    };
    let mut table = format!("{:<14}{:>8}{:>12}\n", "step", "tests", "time");
    for Outcome { name, tally, time } in outcomes {
        let tests = match tally.passed + tally.failed {
            0 => "-".to_owned(),
            tests => tests.to_string(),
        };
        table.push_str(&line(name, &tests, *time));
    }
    let total = outcomes.iter().map(|outcome| outcome.time).sum();
    table.push_str(&line("all", "", total));
    table.trim_end().to_owned()
}

/// `4.2 s`, `3 min 07 s`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Request> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Request::parse(&words, &steps::all())
    }

    #[test]
    fn without_names_all_steps_run() {
        let Ok(Request::Run(steps)) = parse(&[]) else {
            panic!("must run");
        };
        assert_eq!(steps.len(), steps::all().len());
    }

    #[test]
    fn named_steps_run_in_the_order_of_the_list() {
        let Ok(Request::Run(steps)) = parse(&["core", "fmt"]) else {
            panic!("must run");
        };
        let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names, ["fmt", "core"]);
    }

    #[test]
    fn an_unknown_step_is_named() {
        let Err(Error::Usage(message)) = parse(&["fmt", "frmat"]) else {
            panic!("`frmat` must be refused as a wrong use");
        };
        assert!(message.contains("`frmat`"), "{message}");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(clock(Duration::from_millis(4210)), "4.2 s");
        assert_eq!(clock(Duration::from_secs(187)), "3 min 07 s");
    }
}
