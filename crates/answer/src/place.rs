//! Bytes here, UTF-16 units in JavaScript: both ways, for one text.

use callgate_model::Span;

/// A place as JavaScript and people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// UTF-16 units before it.
    pub offset: u64,
    /// From 1.
    pub line: u64,
    /// UTF-16 units in the line, from 1.
    pub column: u64,
}

/// A text with a mark at every so many bytes, so that no place is counted from the start.
pub struct Places<'t> {
    text: &'t str,
    /// The place at each multiple of `STRIDE` bytes, or at the character that begins before it.
    marks: Vec<(usize, Place)>,
}

/// Bytes between marks.
const STRIDE: usize = 1_024;

const START: Place = Place {
    offset: 0,
    line: 1,
    column: 1,
};

impl<'t> Places<'t> {
    /// The places of a text.
    pub fn of(text: &'t str) -> Self {
        let mut marks = vec![(0, START)];
        let (mut at, mut place) = (0usize, START);
        while let Some(end) = at.checked_add(STRIDE).filter(|end| *end <= text.len()) {
            let end = text.floor_char_boundary(end);
            place = walk(place, text.get(at..end).unwrap_or_default());
            marks.push((end, place));
            at = end;
        }
        Self { text, marks }
    }

    /// The place of a byte; of the character's first one, when it stands within one.
    pub fn at(&self, byte: u32) -> Place {
        let byte = self.text.floor_char_boundary(byte as usize);
        let after = self.marks.partition_point(|(at, _)| *at <= byte);
        let mark = self.marks.get(after.saturating_sub(1));
        let (from, place) = mark.copied().unwrap_or((0, START));
        walk(place, self.text.get(from..byte).unwrap_or_default())
    }

    /// Both ends of a span, widened to whole characters.
    pub fn range(&self, span: Span) -> (Place, Place) {
        let end = self
            .text
            .ceil_char_boundary(span.end.max(span.start) as usize);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        (self.at(span.start), self.at(end))
    }

    /// The byte that so many UTF-16 units stand before; the text's end, when there are fewer.
    pub fn byte(&self, offset: u32) -> u32 {
        let offset = u64::from(offset);
        let after = self.marks.partition_point(|(_, at)| at.offset <= offset);
        let mark = self.marks.get(after.saturating_sub(1));
        let (mut byte, place) = mark.copied().unwrap_or((0, START));
        let mut units = place.offset;
        for character in self.text.get(byte..).unwrap_or_default().chars() {
            units = units.saturating_add(character.len_utf16() as u64);
            if units > offset {
                break;
            }
            byte = byte.saturating_add(character.len_utf8());
        }
        u32::try_from(byte).unwrap_or(u32::MAX)
    }
}

fn walk(from: Place, text: &str) -> Place {
    text.chars().fold(from, |place, character| {
        let offset = place.offset.saturating_add(character.len_utf16() as u64);
        match character {
            '\n' => Place {
                offset,
                line: place.line.saturating_add(1),
                column: 1,
            },
            _ => Place {
                offset,
                column: place.column.saturating_add(character.len_utf16() as u64),
                ..place
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_as_strings_of_javascript_do() {
        let text = "a\u{e9}\n\u{1f600}b".to_owned() + &"x\u{e9}".repeat(2_000);
        let places = Places::of(&text);
        let place = |byte| {
            let Place {
                offset,
                line,
                column,
            } = places.at(byte);
            (offset, line, column)
        };
        assert_eq!(place(0), (0, 1, 1));
        // Within the two bytes of `é`.
        assert_eq!(place(2), (1, 1, 2));
        assert_eq!(place(4), (3, 2, 1));
        assert_eq!(place(8), (5, 2, 3));
        let all = text
            .char_indices()
            .map(|(byte, _)| u32::try_from(byte).unwrap());
        for byte in all {
            let offset = u32::try_from(places.at(byte).offset).unwrap();
            assert_eq!(places.byte(offset), byte);
        }
        assert_eq!(places.byte(u32::MAX) as usize, text.len());
        // Between the two halves of a pair: the character they are of.
        assert_eq!(places.byte(4), 4);
    }
}
