//! Where quoted scalars and flow collections end, perhaps some lines further down.

/// A line, counted from the one where it began, and the byte behind the end.
pub type End = (usize, usize);

/// The end of the quoted scalar or flow collection that `lines` begins with.
pub fn end(lines: &[&str], skipped: usize) -> Option<End> {
    let mut walk = Walk::default();
    for (index, line) in lines.iter().enumerate() {
        let from = if index == 0 { skipped } else { 0 };
        if let Some(at) = walk.line(line.get(from..)?) {
            return Some((index, from.saturating_add(at)));
        }
    }
    None
}

#[derive(Default)]
struct Walk {
    depth: usize,
    quote: Option<char>,
    /// The last character that is no white space.
    last: Option<char>,
    /// The one before it closed a quote or a bracket, so that a colon may stand right before a value.
    adjacent: bool,
}

impl Walk {
    /// The byte behind the end, if it is in this line.
    fn line(&mut self, line: &str) -> Option<usize> {
        let mut blank = true;
        let mut characters = line.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if let Some(quote) = self.quote {
                let next = characters.peek().map(|(_, next)| *next);
                let escaped = match quote {
                    '"' => character == '\\',
                    _ => character == quote && next == Some(quote),
                };
                if escaped {
                    characters.next();
                } else if character == quote {
                    self.quote = None;
                    if self.depth == 0 {
                        return Some(at.saturating_add(1));
                    }
                    self.see(character);
                }
                blank = false;
                continue;
            }
            match character {
                ' ' | '\t' => {
                    blank = true;
                    continue;
                }
                '#' if blank => return None,
                '"' | '\'' if self.begins_a_value(blank) => self.quote = Some(character),
                '[' | '{' => self.depth = self.depth.saturating_add(1),
                ']' | '}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at.saturating_add(1));
                    }
                }
                _ => {}
            }
            self.see(character);
            blank = false;
        }
        None
    }

    fn see(&mut self, character: char) {
        self.adjacent = matches!(self.last, Some('"' | '\'' | ']' | '}'));
        self.last = Some(character);
    }

    fn begins_a_value(&self, blank: bool) -> bool {
        match self.last {
            None | Some('[' | '{' | ',') => true,
            Some(':' | '?') => blank || self.adjacent,
            Some(_) => false,
        }
    }
}
