//! Many histories, on many threads.

use std::any::Any;
use std::ops::Range;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::history;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// Seeds that a thread takes at a time.
const HANDFUL: u64 = 16;

/// A history in which something did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What did not hold, and where it was found.
    pub sentence: String,
}

/// Lives the histories of these seeds. `tell` hears every few seconds how many
/// have been lived.
///
/// # Errors
/// The failure of the lowest seed among those that were lived.
pub fn soak(
    seeds: Range<u64>,
    threads: usize,
    tell: impl Fn(u64, Duration) + Sync,
) -> Result<(), Failure> {
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    let next = AtomicU64::new(seeds.start);
    let lived = AtomicU64::new(0);
    let begin = Instant::now();
    let work = |is_teller: bool| {
        let mut told = Instant::now();
        loop {
            let first = next.fetch_add(HANDFUL, Ordering::Relaxed);
            let has_failed = failure.lock().is_ok_and(|failure| failure.is_some());
            if first >= seeds.end || has_failed {
                return;
            }
            for seed in first..seeds.end.min(first.saturating_add(HANDFUL)) {
                if let Err(sentence) = live(seed) {
                    keep_lowest(&failure, Failure { seed, sentence });
                    return;
                }
                lived.fetch_add(1, Ordering::Relaxed);
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
    failure.into_inner().ok().flatten().map_or(Ok(()), Err)
}

/// One history; the sentence of what did not hold.
fn live(seed: u64) -> Result<u64, String> {
    panic::catch_unwind(|| history::live(seed)).map_err(|cause| sentence(&*cause))
}

fn keep_lowest(kept: &Mutex<Option<Failure>>, failure: Failure) {
    if let Ok(mut kept) = kept.lock()
        && kept.as_ref().is_none_or(|kept| failure.seed < kept.seed)
    {
        *kept = Some(failure);
    }
}

/// What a panic says.
fn sentence(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
        .to_owned()
}

/// Does it while panics print nothing: their sentences are told by the caller.
fn in_silence(act: impl FnOnce()) {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    act();
    panic::set_hook(loud);
}
