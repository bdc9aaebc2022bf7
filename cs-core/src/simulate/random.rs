//! Draws by number: each is a function of the seed, the stream, the account and the number of the draw, and of nothing else.

#![allow(clippy::excessive_precision)] // coefficients as they were published

/// The odd constants by which counters step through all 64-bit numbers.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const DRAW_STEP: u64 = 0xD1B5_4A32_D192_ED03;

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A named source of draws; streams of other names do not touch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stream {
    key: u64,
}

impl Stream {
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let start = mix(seed.wrapping_add(STEP));
        Self { key: name.bytes().fold(start, |key, byte| mix(key.wrapping_add(STEP) ^ u64::from(byte))) }
    }

    pub(super) fn account(self, account: u64) -> Draws {
        Draws { key: mix(self.key.wrapping_add(account.wrapping_mul(STEP))) }
    }
}

/// The draws of one account in one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws {
    key: u64,
}

impl Draws {
    #[inline]
    fn bits(self, number: u64) -> u64 {
        mix(self.key.wrapping_add(number.wrapping_mul(DRAW_STEP)))
    }

    /// Evenly between 0 and 1, neither of which it reaches.
    #[inline]
    pub(super) fn uniform(self, number: u64) -> f64 {
        // 52 bits and a half: exact in a float.
        ((self.bits(number) >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// A whole number from `low` to `high`, both included.
    #[inline]
    pub(super) fn whole(self, number: u64, low: u32, high: u32) -> u32 {
        let width = u128::from(high.saturating_sub(low)) + 1;
        low + ((u128::from(self.bits(number)) * width) >> 64) as u32
    }

    /// A standard normal.
    #[inline]
    pub(super) fn normal(self, number: u64) -> f64 {
        quantile(self.uniform(number))
    }

    /// A count with the Poisson distribution; means are kept within [`LARGEST_MEAN`].
    pub(super) fn poisson(self, number: u64, mean: f64) -> u32 {
        let mean = mean.clamp(0.0, LARGEST_MEAN);
        let mut left = self.uniform(number);
        let mut chance = libm::exp(-mean);
        let mut count = 0;
        // Beyond so many the chances are below what a float can hold of 1.
        while left > chance && count < 2000 {
            left -= chance;
            count += 1;
            chance *= mean / f64::from(count);
        }
        count
    }
}

/// Means of counts are kept at or below this, where exp(−mean) is still a normal float.
pub(super) const LARGEST_MEAN: f64 = 500.0;

/// The quantile of the standard normal: Wichura's algorithm AS 241, good to 16 digits.
fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return ratio(&MIDDLE, r) * q;
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-libm::log(tail)).sqrt();
    let x = if r <= 5.0 { ratio(&NEAR, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -x } else { x }
}

/// The ratio of two polynomials, whose coefficients are listed from the highest power down.
#[inline]
fn ratio(&[over, under]: &[[f64; 8]; 2], r: f64) -> f64 {
    let value = |coefficients: [f64; 8]| coefficients.iter().fold(0.0, |sum, c| sum * r + c);
    value(over) / value(under)
}

const MIDDLE: [[f64; 8]; 2] = [
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_812_8e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
];

const NEAR: [[f64; 8]; 2] = [
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

const FAR: [[f64; 8]; 2] = [
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_8e-15,
        1.421_511_758_316_445_9e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixer_is_that_of_splitmix64() {
        // The first outputs of SplitMix64 from the seed 1234567, as the reference code prints them.
        let outputs = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        for (n, output) in (1u64..).zip(outputs) {
            assert_eq!(mix(1_234_567u64.wrapping_add(n.wrapping_mul(STEP))), output);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // statistics.NormalDist().inv_cdf of Python, which is the same algorithm.
        for (p, x) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_053_6),
            (0.1, -1.281_551_565_544_600_8),
            (1e-6, -4.753_424_308_822_899),
            (1e-15, -7.941_345_326_170_995),
        ] {
            assert!((quantile(p) - x).abs() <= 1e-14 * f64::abs(x), "{p}: {}", quantile(p));
        }
    }

    #[test]
    fn draws_depend_on_seed_stream_account_and_number() {
        let draw = |seed, name, account, number| Stream::new(seed, name).account(account).bits(number);
        let one = draw(7, "life", 3, 5);
        assert_eq!(one, draw(7, "life", 3, 5));
        for other in [draw(8, "life", 3, 5), draw(7, "lif", 3, 5), draw(7, "life", 4, 5), draw(7, "life", 3, 6)] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn wholes_and_counts_have_their_means() {
        let stream = Stream::new(1, "test");
        let draws: Vec<Draws> = (0..20_000).map(|account| stream.account(account)).collect();
        let mean = |value: &dyn Fn(Draws) -> f64| draws.iter().map(|d| value(*d)).sum::<f64>() / draws.len() as f64;
        // Four standard errors of each.
        assert!((mean(&|d| d.uniform(0)) - 0.5).abs() < 4.0 * (1.0 / 12.0f64 / 20_000.0).sqrt());
        assert!((mean(&|d| f64::from(d.whole(1, 3, 8))) - 5.5).abs() < 4.0 * (35.0 / 12.0f64 / 20_000.0).sqrt());
        assert!((mean(&|d| f64::from(d.poisson(2, 2.5))) - 2.5).abs() < 4.0 * (2.5f64 / 20_000.0).sqrt());
        assert!((mean(&|d| d.normal(3))).abs() < 4.0 / 20_000f64.sqrt());
        assert!((mean(&|d| d.normal(3) * d.normal(3)) - 1.0).abs() < 4.0 * (2.0f64 / 20_000.0).sqrt());
        // Draws of neighbouring accounts and numbers do not go together.
        let neighbours = |a: &dyn Fn(usize) -> f64, b: &dyn Fn(usize) -> f64| {
            (0..19_999).map(|i| (a(i) - 0.5) * (b(i) - 0.5)).sum::<f64>() / 19_999.0 * 12.0
        };
        let by_account = neighbours(&|i| draws[i].uniform(0), &|i| draws[i + 1].uniform(0));
        let by_number = neighbours(&|i| draws[i].uniform(0), &|i| draws[i].uniform(1));
        assert!(by_account.abs() < 4.0 / 20_000f64.sqrt() && by_number.abs() < 4.0 / 20_000f64.sqrt());
    }
}
