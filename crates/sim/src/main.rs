//! `concierge-sim`: many random histories, or one with its trace.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use concierge_sim::requests::System;
use concierge_sim::soak::{Failure, Kind, print, soak};

const HELP: &str = "\
Usage: concierge-sim [--histories N] [--seed S] [--system NAME] [--tabs N] [--threads T]
                     [--all] [--trace]

Lives N random histories of a chat (default 10000), with the seeds from S on (default 0),
on T threads (default: one a core). Prints the rate. At the first history in which
something does not hold that must, prints its seed, what did not hold and how to see it
again, and ends with 1.

  --system  concierge (default), onechat, voipbin (its first generation), talk
            (its second), or onesmile
  --tabs N  in up to so many tabs of one browser (default 1), with the Concierge
  --all     goes on after a failure, and tells each kind of failure once
  --trace   prints every input and every effect of the histories, with its time";

/// What the command line asks for.
struct Wish {
    histories: u64,
    seed: u64,
    system: Option<System>,
    tabs: usize,
    threads: usize,
    all: bool,
    trace: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "-h" || word == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match wish(&words) {
        Ok(wish) => run(&wish),
        Err(sentence) => {
            eprintln!("{sentence} `--help` lists the options.");
            ExitCode::from(2)
        }
    }
}

fn run(wish: &Wish) -> ExitCode {
    let seeds = wish.seed..wish.seed.saturating_add(wish.histories);
    let kind = wish
        .system
        .map_or(Kind::Concierge(wish.tabs), Kind::Requests);
    let failures = if wish.trace {
        seeds.filter_map(|seed| print(seed, kind).err()).collect()
    } else {
        soak(seeds, kind, wish.threads, wish.all, tell)
    };
    if failures.is_empty() {
        let Wish {
            histories, seed, ..
        } = wish;
        println!("{histories} histories from seed {seed}: all clean.");
        return ExitCode::SUCCESS;
    }
    for (count, failure) in kinds(&failures) {
        let Failure {
            seed,
            sentence,
            place,
        } = failure;
        let tabs = match (wish.system, wish.tabs) {
            (Some(system), _) => format!(" --system {}", system.name()),
            (None, 1) => String::new(),
            (None, tabs) => format!(" --tabs {tabs}"),
        };
        println!("\nHistory {seed} went wrong: {sentence}\n({place})");
        println!(
            "Again, with its trace: cargo xtask soak --histories 1 --seed {seed}{tabs} --trace"
        );
        if wish.all {
            println!("{count} histories went wrong there.");
        }
    }
    ExitCode::FAILURE
}

/// The first failure of each place, and how many there are.
fn kinds(failures: &[Failure]) -> Vec<(usize, &Failure)> {
    let mut kinds: BTreeMap<&str, (usize, &Failure)> = BTreeMap::new();
    for failure in failures {
        kinds.entry(&failure.place).or_insert((0, failure)).0 += 1;
    }
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_unstable_by_key(|(_, failure)| failure.seed);
    kinds
}

fn tell(lived: u64, time: Duration) {
    let rate = u128::from(lived) * 1_000 / time.as_millis().max(1);
    println!(
        "{lived} histories in {:.1} s, {rate} a second",
        time.as_secs_f64()
    );
}

fn wish(words: &[String]) -> Result<Wish, String> {
    let mut wish = Wish {
        histories: 10_000,
        seed: 0,
        system: None,
        tabs: 1,
        threads: thread::available_parallelism().map_or(1, |cores| cores.get()),
        all: false,
        trace: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--histories" => wish.histories = number(word, words.next())?,
            "--seed" => wish.seed = number(word, words.next())?,
            "--threads" => wish.threads = small(word, words.next())?,
            "--system" => wish.system = system(word, words.next())?,
            "--tabs" => wish.tabs = small(word, words.next())?,
            "--all" => wish.all = true,
            "--trace" => wish.trace = true,
            other => return Err(format!("There is no option `{other}`.")),
        }
    }
    Ok(wish)
}

/// A system by its name; `None` is the Concierge.
fn system(option: &str, value: Option<&String>) -> Result<Option<System>, String> {
    let value = value.map_or("", String::as_str);
    if value == "concierge" {
        return Ok(None);
    }
    let system = System::ALL
        .into_iter()
        .find(|system| system.name() == value);
    match system {
        Some(system) => Ok(Some(system)),
        None => Err(format!("`{option}` needs the name of a system.")),
    }
}

/// A number of things, of which there are not many.
fn small(option: &str, value: Option<&String>) -> Result<usize, String> {
    let number = number(option, value)?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX).clamp(1, 256))
}

fn number(option: &str, value: Option<&String>) -> Result<u64, String> {
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("`{option}` needs a number."))
}
