//! Reads choices from bytes: what a fuzzer changes is then the choices, not the text.

use serde_json::{Value as Json, json};

/// Bytes that are used up; beyond their end all choices are the first one.
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// So many bytes, or as many as there are.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(count.min(self.0.len()));
        self.0 = tail;
        head
    }

    /// Eight bytes as a number.
    pub fn word(&mut self) -> u64 {
        self.take(8).iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
    }

    /// 0 to `count` − 1.
    pub fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count.max(1)
    }

    /// True for one byte in so many.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// A number as data has them: mostly small, sometimes at the ends of what floats can be.
    pub fn number(&mut self) -> f64 {
        const ODD: [f64; 14] = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            5e-324,
            1e300,
            -1e300,
            9_007_199_254_740_993.0,
            1e-12,
            1e12,
            100.0,
        ];
        match self.byte() {
            255 => f64::from_bits(self.word()),
            251..=254 => self.pick(&ODD),
            200..=250 => f64::from(self.byte()) / 7.0,
            small => f64::from(small) - 50.0,
        }
    }

    /// A number that a document can hold, mostly small.
    pub fn finite(&mut self) -> f64 {
        let number = self.number();
        if number.is_finite() { number } else { 1.0 }
    }

    /// Part of the way from one number to another, both ends included.
    pub fn between(&mut self, [low, high]: [f64; 2]) -> f64 {
        match self.byte() {
            255 => high,
            byte if byte < 200 => low + (high - low) * f64::from(byte % 41) / 40.0,
            byte => low + (high - low) * f64::from(byte) / 255.0,
        }
    }

    /// Numbers that rise.
    pub fn rising(&mut self, count: usize) -> Vec<f64> {
        let mut x = f64::from(self.byte()) - 60.0;
        let mut step = || {
            let here = x;
            x += if self.one_in(40) { 1e-9 } else { f64::from(self.byte() % 64 + 1) / 4.0 };
            here
        };
        (0..count).map(|_| step()).collect()
    }

    /// A text as data has them.
    pub fn text(&mut self) -> &'static str {
        self.pick(&["a", "b", "pro", "7", "-1", "", "default", "2026-01-01", "2026-10-31T08:00", "日本", "7.0", "x y"])
    }

    /// A day near 2026-01-01, or far away.
    pub fn day(&mut self) -> i32 {
        match self.byte() {
            250..=255 => self.word() as i32,
            near => 20_454 + i32::from(near),
        }
    }

    /// A day as documents write it.
    pub fn date(&mut self) -> Json {
        json!(format!("2026-{:02}-{:02}", 1 + self.below(12), 1 + self.below(28)))
    }
}
