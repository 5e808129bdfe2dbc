//! Header maps as the ABI writes them: a count, all lengths, then names and values, each NUL-ended.

/// Header lines in the host's encoding, checked once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    bytes: Vec<u8>,
    lines: Vec<(Range, Range)>,
}

type Range = std::ops::Range<usize>;

/// Bytes of one length field.
const FIELD: usize = 4;

impl Pairs {
    /// Checks the encoding; `None` when it is not one.
    pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let count = usize::try_from(field(&bytes, 0)?).ok()?;
        let lengths = count.checked_mul(2)?.checked_mul(FIELD)?;
        let mut at = lengths.checked_add(FIELD)?;
        if at > bytes.len() {
            return None;
        }
        let mut lines = Vec::with_capacity(count);
        for line in 0..count {
            let here = line.checked_mul(2)?.checked_add(1)?.checked_mul(FIELD)?;
            let name = part(&bytes, here, &mut at)?;
            let value = part(&bytes, here.checked_add(FIELD)?, &mut at)?;
            lines.push((name, value));
        }
        Some(Self { bytes, lines })
    }

    /// The lines in order.
    pub(crate) fn lines(&self) -> Vec<(&[u8], &[u8])> {
        let text = |range: &Range| self.bytes.get(range.clone()).unwrap_or_default();
        self.lines
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }
}

/// Where the next part lies, whose length stands at `field_at`.
fn part(bytes: &[u8], field_at: usize, at: &mut usize) -> Option<Range> {
    let length = usize::try_from(field(bytes, field_at)?).ok()?;
    let end = at.checked_add(length)?;
    let range = *at..end;
    bytes.get(range.clone())?;
    *at = end.checked_add(1)?;
    Some(range)
}

fn field(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(FIELD)?)?;
    Some(u32::from_le_bytes(field.try_into().ok()?))
}

/// Writes header lines for the host.
pub(crate) fn encode(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(0).to_le_bytes();
    bytes.extend(u32::try_from(lines.len()).unwrap_or(0).to_le_bytes());
    for (name, value) in lines {
        bytes.extend(length(name));
        bytes.extend(length(value));
    }
    for (name, value) in lines {
        for text in [name, value] {
            bytes.extend(text.as_bytes());
            bytes.push(0);
        }
    }
    bytes
}
