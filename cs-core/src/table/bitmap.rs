//! Validity and booleans as bits.

use crate::error::{Code, Issue, Result};

/// A view of bits, least significant first, that may start at any bit.
#[derive(Debug, Clone, Copy)]
pub struct Bitmap<'a> {
    bytes: &'a [u8],
    offset: usize,
    len: usize,
}

impl<'a> Bitmap<'a> {
    /// A view of `len` bits of `bytes`, starting at bit `offset`.
    ///
    /// # Errors
    /// `malformed_column` when `bytes` is too short.
    ///
    /// # Examples
    /// ```
    /// use cs_core::table::Bitmap;
    /// let bits = Bitmap::new(&[0b0000_1100], 2, 3)?;
    /// assert_eq!([bits.get(0), bits.get(1), bits.get(2)], [true, true, false]);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn new(bytes: &'a [u8], offset: usize, len: usize) -> Result<Self> {
        let enough = offset.checked_add(len).is_some_and(|end| end.div_ceil(8) <= bytes.len());
        if !enough {
            return Err(Issue::new(Code::MalformedColumn)
                .value(format!("a bitmap of {} bytes", bytes.len()))
                .expected(format!("{len} bits from bit {offset}"))
                .into());
        }
        // Keep offset below 8, so that reading eight bits needs two bytes at most.
        Ok(Self { bytes: &bytes[offset / 8..], offset: offset % 8, len })
    }

    /// The bytes, and the bit in them that is the first.
    pub(super) fn parts(self) -> (&'a [u8], usize) {
        (self.bytes, self.offset)
    }

    /// The number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bit `index`; false beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        let bit = self.offset + index;
        index < self.len && self.bytes.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
    }

    /// The eight bits from `index` on, the first in the lowest place; beyond the end the rest of the
    /// last byte shows through.
    #[inline]
    pub(crate) fn byte(&self, index: usize) -> u8 {
        let bit = self.offset + index;
        let (at, shift) = (bit / 8, bit % 8);
        let low = self.bytes.get(at).copied().unwrap_or(0);
        if shift == 0 {
            return low;
        }
        let high = self.bytes.get(at + 1).copied().unwrap_or(0);
        low >> shift | high << (8 - shift)
    }

    /// How many bits are false.
    pub fn count_false(&self) -> usize {
        (0..self.len).filter(|&i| !self.get(i)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_reads_the_same_bits() {
        let bits: Vec<bool> = (0..67).map(|i| i % 3 == 0 || i % 7 == 2).collect();
        for offset in 0..20 {
            let shifted: Vec<bool> = std::iter::repeat_n(true, offset).chain(bits.iter().copied()).collect();
            let bytes = crate::table::pack(&shifted, |bit| *bit).unwrap();
            let view = Bitmap::new(&bytes, offset, bits.len()).unwrap();
            for i in 0..bits.len() {
                assert_eq!(view.get(i), bits[i]);
                let byte = view.byte(i);
                for j in 0..8.min(bits.len() - i) {
                    assert_eq!(byte >> j & 1 == 1, bits[i + j], "offset {offset}, bit {i}+{j}");
                }
            }
            assert_eq!(view.count_false(), bits.iter().filter(|b| !**b).count());
        }
    }

    #[test]
    fn too_short_is_refused() {
        assert!(Bitmap::new(&[0], 1, 8).is_err());
        assert!(Bitmap::new(&[], usize::MAX, 2).is_err());
        assert!(Bitmap::new(&[], 0, 0).is_ok());
    }
}
