//! Quantiles of the normal distribution.

use std::f64::consts::{PI, SQRT_2};

const A: [f64; 6] = [
    -3.969_683_028_665_376e1,
    2.209_460_984_245_205e2,
    -2.759_285_104_469_687e2,
    1.383_577_518_672_69e2,
    -3.066_479_806_614_716e1,
    2.506_628_277_459_239,
];
const B: [f64; 6] = [
    -5.447_609_879_822_406e1,
    1.615_858_368_580_409e2,
    -1.556_989_798_598_866e2,
    6.680_131_188_771_972e1,
    -1.328_068_155_288_572e1,
    1.0,
];
const C: [f64; 6] = [
    -7.784_894_002_430_293e-3,
    -3.223_964_580_411_365e-1,
    -2.400_758_277_161_838,
    -2.549_732_539_343_734,
    4.374_664_141_464_968,
    2.938_163_982_698_783,
];
const D: [f64; 5] =
    [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];

/// The x below which the normal distribution has the probability p, for 0 < p ≤ ½.
///
/// # Formula
/// P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function"
/// (2003): a rational function, good to 1.2e-9, in the middle and another in the tail. One step of Halley on
/// Φ(x) − p, with Φ(x) = erfc(−x/√2)/2, then takes it to the last digits.
///
/// # Examples
/// p = 0.05 gives −1.6448536269514722, p = 0.025 gives −1.959963984540054.
pub(crate) fn lower_quantile(p: f64) -> f64 {
    const TAIL: f64 = 0.02425;
    let x = if p < TAIL {
        let q = libm::sqrt(-2.0 * libm::log(p));
        polynomial(&C, q) / polynomial(&D, q)
    } else {
        let q = p - 0.5;
        q * polynomial(&A, q * q) / polynomial(&B, q * q)
    };
    let error = 0.5 * libm::erfc(-x / SQRT_2) - p;
    let step = error * libm::sqrt(2.0 * PI) * libm::exp(x * x / 2.0);
    x - step / (1.0 + x * step / 2.0)
}

/// The polynomial with these coefficients, the highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_tables() {
        // Thirty digits of these are in any table of the normal distribution.
        for (p, x) in [
            (0.5, 0.0),
            (0.25, -0.674_489_750_196_081_7),
            (0.1, -1.281_551_565_544_600_4),
            (0.05, -1.644_853_626_951_472_2),
            (0.025, -1.959_963_984_540_054),
            (0.005, -2.575_829_303_548_901),
            (1e-3, -3.090_232_306_167_813_5),
            (1e-10, -6.361_340_902_404_056),
        ] {
            assert!((lower_quantile(p) - x).abs() <= 2e-15 * (1.0 + x.abs()), "{p}: {}", lower_quantile(p));
        }
    }

    #[test]
    fn the_quantile_undoes_the_distribution() {
        for i in 1..=2_000 {
            let p = f64::from(i) / 4_000.0;
            let back = 0.5 * libm::erfc(-lower_quantile(p) / SQRT_2);
            assert!((back - p).abs() <= 4e-16 + 4e-15 * p, "{p} comes back as {back}");
        }
    }
}
