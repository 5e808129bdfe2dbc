//! Block scalars: the text below `|` and `>`.

use super::{Entry, Scanner, Tail, Unsafe, indent};

impl<'t> Scanner<'t> {
    pub(super) fn block(&self, entry: &mut Entry<'t>, value: &'t str) -> Result<(), Unsafe> {
        let blank = [' ', '\t'];
        let value = value.trim_end_matches(blank);
        let (header, comment) = value.split_once(blank).unwrap_or((value, ""));
        entry.value = header;
        entry.comment = Some(comment.trim_start_matches(blank)).filter(|text| !text.is_empty());
        let Some(owner) = self.owner(entry) else {
            return self.refuse("a document is a block of text");
        };
        let told = header.chars().find_map(|mark| mark.to_digit(10));
        let told = told.and_then(|told| usize::try_from(told).ok());
        let first = self.below().find(|line| !is_blank(line)).map_or(0, indent);
        // Where there is no text, no white space is text either.
        let found = if first > owner { first } else { usize::MAX };
        let indent_of_text = told.map_or(found, |told| owner.saturating_add(told));
        let mut lines: Vec<&str> = Vec::new();
        let belongs = |line: &&str| is_blank(line) || indent(line) >= indent_of_text;
        lines.extend(self.below().take_while(belongs));
        // Without `+` blank lines at the end are no text.
        while !header.contains('+')
            && lines
                .last()
                .is_some_and(|line| is_empty(line, indent_of_text))
        {
            lines.pop();
        }
        entry.tail = Tail::Block {
            lines,
            indent: indent_of_text,
            told,
        };
        Ok(())
    }
}

fn is_blank(line: &str) -> bool {
    line.trim_start_matches(' ').is_empty()
}

/// Spaces that go further than the indentation are text.
fn is_empty(line: &str, indent: usize) -> bool {
    is_blank(line) && line.len() <= indent
}
