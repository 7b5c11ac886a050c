//! How long to wait before the next try: full jitter under a doubling cap,
//! so that many clients that lost one server do not come back in one wave.

use crate::random::Random;
use crate::time::SECOND;

/// The shortest wait, so that a try that fails at once cannot spin.
const FLOOR: u64 = 200;
/// The cap before the first try of a row; it doubles with each.
const FIRST_CAP: u64 = SECOND;
/// The cap never grows beyond this (contract concierge 5.13).
const LAST_CAP: u64 = 30 * SECOND;

/// Milliseconds to wait before try number `attempt` (0 = the first again).
pub(crate) fn delay(attempt: u32, random: &mut Random) -> u64 {
    let cap = FIRST_CAP.saturating_mul(1 << attempt.min(10)).min(LAST_CAP);
    FLOOR + random.below(cap - FLOOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_anywhere_below_a_cap_that_doubles_to_thirty_seconds() {
        let mut random = Random::new(5);
        for (attempt, cap) in [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (40, 30)] {
            let waits: Vec<u64> = (0..500).map(|_| delay(attempt, &mut random)).collect();
            assert!(
                waits
                    .iter()
                    .all(|wait| (FLOOR..cap * SECOND).contains(wait))
            );
            let spread = waits.iter().max().unwrap() - waits.iter().min().unwrap();
            assert!(
                spread > cap * SECOND / 2,
                "attempt {attempt} spreads {spread} ms only"
            );
        }
    }
}
