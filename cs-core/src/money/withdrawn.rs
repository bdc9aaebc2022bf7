//! Codes that ISO 4217 has withdrawn, which old data still has.

/// Withdrawn codes whose currency had no minor unit in the end.
const WHOLE: &[u8] = b"ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE ROL TPE TRL ";

/// Withdrawn codes whose currency had hundredths.
const HUNDREDTHS: &[u8] = b"AFA ANG ATS AYM AZM BGL CSD CYP DEM EEK FIM FRF GHC GWP IEP LTL LVL MRO MTL MZM NLG RUR \
SDD SIT SKK SRG STD TMM USS VEB VEF YUM ZMK ZWD ZWN ZWR ";

/// The decimals of the minor unit of a withdrawn currency, as the currency data of the JDK lists them.
pub(super) fn exponent(code: [u8; 3]) -> Option<u8> {
    let among = |list: &[u8]| list.chunks(4).any(|entry| entry.starts_with(&code));
    if among(HUNDREDTHS) { Some(2) } else { among(WHOLE).then_some(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawn_codes_are_whole_entries() {
        for list in [WHOLE, HUNDREDTHS] {
            assert!(list.chunks(4).all(|e| e.len() == 4 && e[3] == b' ' && e[..3].iter().all(u8::is_ascii_uppercase)));
            let codes: Vec<&[u8]> = list.chunks(4).collect();
            assert!(codes.is_sorted());
            // What is still listed elsewhere must not be listed here with another exponent.
            for code in codes {
                let text = std::str::from_utf8(&code[..3]).unwrap();
                assert!(iso_currency::Currency::from_code(text).is_none(), "{text}");
            }
        }
        assert_eq!(
            [*b"DEM", *b"ITL", *b"ANG", *b"ZZZ", *b"EM "].map(exponent),
            [Some(2), Some(0), Some(2), None, None]
        );
    }
}
