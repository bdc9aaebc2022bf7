//! Currencies and their minor units.

use super::withdrawn;
use crate::document::Node;
use crate::error::{Code, Issue, Result};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A currency: its code and how many decimals its minor unit is.
///
/// # Examples
/// ```
/// use cs_core::money::Currency;
/// let [yen, dinar] = [Currency::parse("JPY")?, Currency::parse("KWD")?];
/// assert_eq!((yen.exponent(), dinar.exponent()), (0, 3));
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// The currency of an ISO 4217 code.
    ///
    /// # Errors
    /// `unknown_currency`.
    pub fn parse(code: &str) -> Result<Self> {
        let unknown =
            || Issue::new(Code::UnknownCurrency).value(format!("{code:?}")).expected("a code such as JPY").into();
        Self::iso(code.as_bytes()).ok_or_else(unknown)
    }

    /// The currency of an ISO 4217 code, in use or withdrawn; codes without a minor unit, such as that of gold, count in whole units.
    pub(crate) fn iso(code: &[u8]) -> Option<Self> {
        let code: [u8; 3] = code.try_into().ok()?;
        let exponent = match iso_currency::Currency::from_code(std::str::from_utf8(&code).ok()?) {
            Some(known) => known.exponent().map_or(0, |exponent| u8::try_from(exponent).unwrap_or(0)),
            None => withdrawn::exponent(code)?,
        };
        Some(Self { code, exponent })
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Decimals of the minor unit: 2 for cents, 0 for the yen, 3 for fils.
    pub fn exponent(&self) -> u8 {
        self.exponent
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// The currencies that are known: those of ISO 4217 and those that a policy names, which take precedence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Currencies {
    overrides: BTreeMap<[u8; 3], u8>,
}

impl Currencies {
    /// Reads an object of exponents by code; what is wrong is reported.
    pub(crate) fn read(node: &Node<'_>) -> Self {
        let mut all = Self::default();
        for (code, node) in node.entries().unwrap_or_default() {
            let Some(exponent) = node.whole_in(0, 6) else { continue };
            if all.set(code, exponent as u8).is_none() {
                let issue = Issue::new(Code::UnknownCurrency).value(format!("{code:?}"));
                node.report(issue.expected("three capital letters"));
            }
        }
        all
    }

    /// Reads a code; what is wrong is reported.
    pub(crate) fn find(&self, node: &Node<'_>) -> Option<Currency> {
        let code = node.text()?;
        let found = self.get(code.as_bytes());
        if found.is_none() {
            let issue = Issue::new(Code::UnknownCurrency).value(format!("{code:?}"));
            node.report(issue.expected("a code of ISO 4217, or one of `currencies`"));
        }
        found
    }

    /// Names a currency and its exponent; `None` unless the code is three capital letters.
    pub(crate) fn set(&mut self, code: &str, exponent: u8) -> Option<()> {
        let code: [u8; 3] =
            code.as_bytes().try_into().ok().filter(|code: &[u8; 3]| code.iter().all(u8::is_ascii_uppercase))?;
        self.overrides.insert(code, exponent);
        Some(())
    }

    pub(crate) fn get(&self, code: &[u8]) -> Option<Currency> {
        let own = <[u8; 3]>::try_from(code).ok().and_then(|code| Some((code, *self.overrides.get(&code)?)));
        own.map(|(code, exponent)| Currency { code, exponent }).or_else(|| Currency::iso(code))
    }

    /// The codes that were named, with their exponents.
    pub(crate) fn named(&self) -> BTreeMap<String, u8> {
        self.overrides.iter().map(|(code, exponent)| (String::from_utf8_lossy(code).into_owned(), *exponent)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_those_of_the_standard() {
        for (code, exponent) in [("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4), ("EUR", 2), ("XAU", 0)] {
            assert_eq!(Currency::parse(code).unwrap().exponent(), exponent, "{code}");
        }
        for code in ["", "US", "usd", "USDT", "ZZZ", "ＵＳＤ"] {
            assert_eq!(Currency::parse(code).unwrap_err().code(), Code::UnknownCurrency, "{code}");
        }
        let mut own = Currencies::default();
        own.set("ZZZ", 5).unwrap();
        own.set("USD", 4).unwrap();
        assert_eq!(own.set("usd", 4), None);
        let exponent = |code: &[u8]| own.get(code).map(|currency| currency.exponent());
        assert_eq!(
            (exponent(b"ZZZ"), exponent(b"USD"), exponent(b"JPY"), exponent(b"AAA")),
            (Some(5), Some(4), Some(0), None)
        );
    }
}
