//! Texts in a row, as somebody reads them one after the other.

/// Texts with nothing between them, and where each goes over into the next.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: String,
    borders: Vec<Border>,
}

/// Where a text begins that is not the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Border {
    pub(super) cut: usize,
    /// Where the one before it begins.
    before: usize,
    /// Where it ends, as far as it is in the row.
    pub(super) end: usize,
    pub(super) of: Of,
}

/// Which item of a list a text is of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// It is the item.
    Item(usize),
    /// It is the item's `text`.
    Member(usize),
}

/// Bytes of a long text on each side of a border: what it says elsewhere it says alone.
const SIDE: usize = 2_048;
/// Bytes on each side of a border that are looked at again: an account number with its spaces has 42.
const NEAR: usize = 64;
/// Bytes on each side of a border up to which what has no white space is looked at again.
const FAR: usize = 512;

impl Row {
    /// Adds a text. One that is long ends a row, which is given back, and begins another.
    pub(super) fn add(&mut self, text: &str, of: Of) -> Option<Self> {
        let is_long = text.len() > SIDE.saturating_mul(2);
        let head = match is_long {
            true => text.floor_char_boundary(SIDE),
            false => text.len(),
        };
        let cut = self.text.len();
        self.text.push_str(text.get(..head).unwrap_or_default());
        if cut > 0 && head > 0 {
            let before = self.borders.last().map_or(0, |border| border.cut);
            let end = self.text.len();
            self.borders.push(Border {
                cut,
                before,
                end,
                of,
            });
        }
        if !is_long {
            return None;
        }
        let tail = text.ceil_char_boundary(text.len().saturating_sub(SIDE));
        let next = Self {
            text: text.get(tail..).unwrap_or_default().to_owned(),
            borders: Vec::new(),
        };
        Some(core::mem::replace(self, next))
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn borders(&self) -> &[Border] {
        &self.borders
    }

    /// What stands around a border, up to the end of its text, and where that begins; and the same from where
    /// the text before it begins, if that is nearer.
    pub(super) fn around(&self, border: &Border) -> [Option<(usize, &str)>; 2] {
        let is_solid = |byte: &&u8| !byte.is_ascii_whitespace();
        let bytes = |from: usize, to: usize| self.text.as_bytes().get(from..to).unwrap_or_default();
        let near = border.cut.saturating_sub(NEAR);
        let run = bytes(border.cut.saturating_sub(FAR), near).iter().rev();
        let from = near.saturating_sub(run.take_while(is_solid).count());
        let near = border.cut.saturating_add(NEAR).min(border.end);
        let far = border.cut.saturating_add(FAR).min(border.end);
        let run = bytes(near, far).iter().take_while(is_solid).count();
        let from = self.text.floor_char_boundary(from);
        let to = self.text.ceil_char_boundary(near.saturating_add(run));
        let view = |from: usize| Some((from, self.text.get(from..to)?));
        let is_nearer = border.before > from;
        [view(from), view(border.before).filter(|_| is_nearer)]
    }
}
