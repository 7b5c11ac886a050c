//! Chance from a seed, apart from the core's own.

/// A row of rolls that its seed decides.
pub struct Dice(u64);

impl Dice {
    /// Dice that roll as this seed says.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1))
    }

    /// A number in `0..sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        // An LCG of Knuth's; its high bits are good enough for dice.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// A place in a list of this length.
    pub fn pick(&mut self, length: usize) -> usize {
        let sides = u64::try_from(length).expect("a short list");
        usize::try_from(self.roll(sides)).expect("a place in it")
    }
}
