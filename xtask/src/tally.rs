//! Counts tests in the output of cargo's and wasm-bindgen's test runners.

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl Tally {
    /// Adds what a line such as this says:
    /// `test result: ok. 5 passed; 0 failed; 0 ignored; …`.
    pub fn see(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        for part in counts.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_programs_are_added() {
        let mut tally = Tally::default();
        tally.see("running 5 tests");
        tally.see("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        tally.see(
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 filtered out; finished in 1.20s",
        );
        assert_eq!(
            tally,
            Tally {
                passed: 7,
                failed: 3
            }
        );
    }
}
