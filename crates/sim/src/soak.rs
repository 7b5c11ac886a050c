//! Many histories, on many threads.

use std::any::Any;
use std::cell::Cell;
use std::ops::Range;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::history;
use crate::requests::{self, System};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// Seeds that a thread takes at a time.
const HANDFUL: u64 = 16;

/// Whose histories.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The Concierge's, in up to so many tabs.
    Concierge(usize),
    /// Of a system whose calls are requests.
    Requests(System),
}

impl Kind {
    fn live(self, seed: u64, is_loud: bool) -> u64 {
        match self {
            Self::Concierge(tabs) if is_loud => history::print(seed, tabs),
            Self::Concierge(tabs) => history::live(seed, tabs),
            Self::Requests(system) => {
                requests::history::live(system, seed, is_loud);
                0
            }
        }
    }
}

/// A history in which something did not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What did not hold.
    pub sentence: String,
    /// Where in the source that was found.
    pub place: String,
}

thread_local! {
    /// Where the last panic of this thread was.
    static PLACE: Cell<String> = const { Cell::new(String::new()) };
}

/// Lives the histories of these seeds until one fails or, if `all` is set,
/// through all failures. `tell` hears every few seconds how many were lived.
/// Returns the failures by their seeds.
pub fn soak(
    seeds: Range<u64>,
    kind: Kind,
    threads: usize,
    all: bool,
    tell: impl Fn(u64, Duration) + Sync,
) -> Vec<Failure> {
    let failures: Mutex<Vec<Failure>> = Mutex::new(Vec::new());
    let next = AtomicU64::new(seeds.start);
    let lived = AtomicU64::new(0);
    let begin = Instant::now();
    let work = |is_teller: bool| {
        let mut told = Instant::now();
        loop {
            let first = next.fetch_add(HANDFUL, Ordering::Relaxed);
            let is_over = !all && failures.lock().is_ok_and(|failures| !failures.is_empty());
            if first >= seeds.end || is_over {
                return;
            }
            for seed in first..seeds.end.min(first.saturating_add(HANDFUL)) {
                lived.fetch_add(1, Ordering::Relaxed);
                if let Err(failure) = live(seed, kind, false) {
                    if let Ok(mut failures) = failures.lock() {
                        failures.push(failure);
                    }
                    if !all {
                        return;
                    }
                }
            }
            if is_teller && told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                tell(lived.load(Ordering::Relaxed), begin.elapsed());
            }
        }
    };
    in_silence(|| {
        thread::scope(|scope| {
            let work = &work;
            for number in 0..threads.max(1) {
                scope.spawn(move || work(number == 0));
            }
        });
    });
    tell(lived.load(Ordering::Relaxed), begin.elapsed());
    let mut failures = failures.into_inner().unwrap_or_default();
    failures.sort_unstable();
    failures
}

/// Lives one history and prints every input and effect.
///
/// # Errors
/// What did not hold.
pub fn print(seed: u64, kind: Kind) -> Result<u64, Failure> {
    let mut told = Ok(0);
    in_silence(|| told = live(seed, kind, true));
    told
}

fn live(seed: u64, kind: Kind, is_loud: bool) -> Result<u64, Failure> {
    panic::catch_unwind(|| kind.live(seed, is_loud)).map_err(|cause| Failure {
        seed,
        sentence: sentence(&*cause),
        place: PLACE.take(),
    })
}

/// What a panic says.
fn sentence(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
        .to_owned()
}

/// Does it while panics print nothing: the caller tells what they said.
fn in_silence(act: impl FnOnce()) {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|panic| {
        PLACE.set(
            panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default(),
        );
    }));
    act();
    panic::set_hook(loud);
}
