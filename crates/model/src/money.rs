//! Money as integers: micro-USD, so sums never round.

/// An amount in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    /// Reads a decimal such as `12`, `0.5` or `3.000001`: no sign, no exponent, at most six decimals.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let dotted = text.contains('.');
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return None;
        }
        if dotted && fraction.is_empty() {
            return None;
        }
        let whole = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?;
        let micro = format!("{fraction:0<6}").parse::<i64>().ok()?;
        whole.checked_add(micro).map(Self)
    }

    /// The amount in dollars as a decimal without trailing zeros: `3.5`, `12`.
    pub fn to_text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micro = self.0.unsigned_abs();
        let whole = micro.wrapping_div(1_000_000);
        let text = format!("{sign}{whole}.{:06}", micro.wrapping_rem(1_000_000));
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// The amount in dollars; the nearest double.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1_000_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimals_exactly() {
        let cases = [
            ("0", Some(0)),
            ("12", Some(12_000_000)),
            ("0.5", Some(500_000)),
            ("3.000001", Some(3_000_001)),
            ("3.0000001", None),
            ("-1", None),
            ("1e3", None),
            (".5", None),
            ("5.", None),
            ("", None),
            ("99999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(MicroUsd::parse(text), expected.map(MicroUsd), "{text:?}");
            if let Some(micro) = expected {
                assert_eq!(
                    MicroUsd::parse(&MicroUsd(micro).to_text()),
                    Some(MicroUsd(micro))
                );
            }
        }
    }
}
