//! Loops over whole columns, in the widest registers that there are.

/// Does some work; where the processor has AVX2 it is compiled for that. What it calls must be inlined into it.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[target_feature(enable = "avx2")]
        fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        // SAFETY: the processor has AVX2, as just asked; the function is the same code as below.
        #[allow(unsafe_code)]
        return unsafe { with_avx2(work) };
    }
    work()
}

/// The least and the greatest value.
#[inline]
pub(crate) fn ends<T: Copy + Ord>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    Some(wide(|| values.iter().fold((first, first), |(least, most), value| (least.min(*value), most.max(*value)))))
}

/// Marks the values that are another than the one before; the first stays as it is.
#[inline]
pub(crate) fn mark_changes<T: Copy + PartialEq>(values: &[T], marks: &mut [bool]) {
    let (Some(after), Some(marks)) = (values.get(1..), marks.get_mut(1..)) else { return };
    wide(|| marks.iter_mut().zip(values).zip(after).for_each(|((mark, a), b)| *mark |= *a != *b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_changes_are_those_of_a_plain_loop() {
        let values: Vec<i64> = (0..100).map(|i| (i / 3) * 7_919 % 101 - 50).collect();
        assert_eq!(ends(&values), values.iter().min().copied().zip(values.iter().max().copied()));
        assert_eq!(ends::<i64>(&[]), None);
        let mut marks = vec![false; values.len()];
        marks[4] = true;
        mark_changes(&values, &mut marks);
        for at in 1..values.len() {
            assert_eq!(marks[at], at == 4 || values[at] != values[at - 1], "{at}");
        }
        assert!(!marks[0]);
        mark_changes::<u8>(&[], &mut []);
    }
}
