//! Quantiles of Student's t distribution.

/// The t below which Student's distribution with these degrees of freedom has the probability p, for ½ ≤ p < 1.
///
/// # Formula
/// P(T ≤ t) = 1 − I_x(ν/2, ½)/2 with x = ν/(ν + t²) and the regularised incomplete beta function, by its continued fraction
/// (Abramowitz and Stegun, 26.5.8 and 26.7.1); inverted by bisection.
///
/// # Examples
/// p = 0.95 and 10 degrees give 1.8124611228.
pub(crate) fn student_quantile(p: f64, degrees: f64) -> f64 {
    let above = |t: f64| 0.5 * beta(degrees / (degrees + t * t), degrees / 2.0, 0.5);
    let (mut low, mut high) = (0.0, 1.0);
    while above(high) > 1.0 - p && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if above(middle) > 1.0 - p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function I_x(a, b).
fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let log = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x);
    let front = libm::exp(log);
    // The fraction converges quickly on this side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction, by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let keep = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / keep(1.0 + even * d);
        c = keep(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / keep(1.0 + odd * d);
        c = keep(1.0 + odd / c);
        let step = d * c;
        result *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, three decimals.
        for (p, degrees, t) in [
            (0.95, 1.0, 6.314),
            (0.975, 2.0, 4.303),
            (0.95, 10.0, 1.812),
            (0.975, 11.0, 2.201),
            (0.99, 30.0, 2.457),
            (0.95, 100.0, 1.660),
        ] {
            assert!((student_quantile(p, degrees) - t).abs() < 5e-4, "{p} {degrees}");
        }
        // With one degree it is Cauchy's: tan(π(p − ½)).
        assert!((student_quantile(0.9, 1.0) - libm::tan(std::f64::consts::PI * 0.4)).abs() < 1e-12);
    }
}
