//! `concierge-fuzz`: broken frames for the Concierge's adapter and session.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use concierge_sim::frames::torture;

const HELP: &str = "\
Usage: concierge-fuzz [--seconds N] [--seed S]

Gives sessions in mid-chat 200 broken frames each, for N seconds (default 60), with the
seeds from S on (default 0). A session that panics, grows without end or does not go on
stops it with its seed.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = [60, 0];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--seconds" => 0,
            "--seed" => 1,
            _ => {
                println!("{HELP}");
                return ExitCode::from(2);
            }
        };
        let Some(number) = words.next().and_then(|number| number.parse().ok()) else {
            eprintln!("`{word}` needs a number.");
            return ExitCode::from(2);
        };
        numbers[place] = number;
    }
    let [seconds, first] = numbers;
    let (begin, mut told) = (Instant::now(), Instant::now());
    let mut seed = first;
    while begin.elapsed() < Duration::from_secs(seconds) {
        if std::panic::catch_unwind(|| torture(seed)).is_err() {
            println!("Seed {seed} went wrong: cargo xtask fuzz --seconds 1 --seed {seed}");
            return ExitCode::FAILURE;
        }
        seed += 1;
        if told.elapsed() >= Duration::from_secs(10) {
            told = Instant::now();
            tell(seed - first, begin);
        }
    }
    tell(seed - first, begin);
    println!("All clean.");
    ExitCode::SUCCESS
}

fn tell(sessions: u64, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{sessions} sessions, {} frames, {seconds:.0} s",
        sessions * 200
    );
}
