//! The lines of a YAML text as the pieces that a layout moves: entries, comments, blank lines, markers.
//!
//! The text has been read already, so what is looked at here is only where things begin and end. What
//! may not be moved safely is [`Unsafe`], and then nothing of the file is.

mod block;
mod entry;

/// What stands on one line, or on several that stay together.
#[derive(Debug)]
pub enum Piece<'t> {
    /// A line of white space.
    Blank,
    /// A line that is all comment.
    Comment {
        /// Where its mark stands.
        column: usize,
        /// The comment, from its mark.
        text: &'t str,
    },
    /// `---` or `...`
    Marker {
        /// The marker.
        text: &'t str,
        /// The comment behind it.
        comment: Option<&'t str>,
    },
    /// Keys, dashes and a value.
    Entry(Entry<'t>),
}

/// Keys and dashes of a line, and the value behind them.
#[derive(Debug)]
pub struct Entry<'t> {
    /// Where the first thing stands.
    pub column: usize,
    /// Dashes and keys in the order in which they stand.
    pub heads: Vec<Head<'t>>,
    /// The value's first line.
    pub value: &'t str,
    /// The comment behind that line.
    pub comment: Option<&'t str>,
    /// The value's other lines.
    pub tail: Tail<'t>,
}

/// What makes a line part of a collection.
#[derive(Debug, Clone, Copy)]
pub struct Head<'t> {
    /// Where it stands.
    pub column: usize,
    /// Which collection.
    pub mark: Mark<'t>,
}

/// A dash or a key.
#[derive(Debug, Clone, Copy)]
pub enum Mark<'t> {
    /// `- `
    Dash,
    /// A key as it is written, without its colon.
    Key(&'t str),
}

/// The lines of a value below its first.
#[derive(Debug)]
pub enum Tail<'t> {
    /// There are none.
    None,
    /// A plain or quoted scalar or a flow collection goes on: white space at the front means nothing.
    Folded(Vec<&'t str>),
    /// The text of `|` or `>`.
    Block {
        /// Its lines.
        lines: Vec<&'t str>,
        /// How far its text is indented.
        indent: usize,
        /// How many columns deeper than its owner it must be, where its header says so.
        told: Option<usize>,
    },
}

/// A line that cannot be moved safely.
#[derive(Debug)]
pub struct Unsafe {
    /// The line, counted from 0.
    pub line: usize,
    /// What is in it.
    pub why: &'static str,
}

/// The pieces of `text`, in their order.
///
/// # Errors
/// The first line that cannot be moved safely.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Unsafe> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    if let Some(line) = lines.iter().position(|line| line.contains('\r')) {
        let why = "a carriage return stands within a line";
        return Err(Unsafe { line, why });
    }
    let mut scanner = Scanner {
        lines,
        at: 0,
        columns: Vec::new(),
        pieces: Vec::new(),
    };
    while let Some(line) = scanner.lines.get(scanner.at).copied() {
        scanner.line(line)?;
    }
    Ok(scanner.pieces)
}

struct Scanner<'t> {
    lines: Vec<&'t str>,
    at: usize,
    /// Where the dashes and keys stand that the current line is below of.
    columns: Vec<usize>,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Scanner<'t> {
    fn line(&mut self, line: &'t str) -> Result<(), Unsafe> {
        let content = line.trim_start_matches(' ');
        let column = line.len().saturating_sub(content.len());
        let trimmed = content.trim_end_matches([' ', '\t']);
        if trimmed.is_empty() {
            self.pieces.push(Piece::Blank);
        } else if trimmed.starts_with('#') {
            let text = trimmed;
            self.pieces.push(Piece::Comment { column, text });
        } else if trimmed.starts_with(['\t', '\u{feff}']) {
            return self.refuse("it is indented with something else than spaces");
        } else if column == 0 && trimmed.starts_with('%') {
            return self.refuse("directives are not laid out");
        } else if column == 0 && is_marker(trimmed) {
            return self.marker(trimmed);
        } else {
            return self.entry(line, column);
        }
        self.at = self.at.saturating_add(1);
        Ok(())
    }

    fn marker(&mut self, line: &'t str) -> Result<(), Unsafe> {
        let (text, rest) = line.split_at(3);
        let rest = rest.trim_start_matches([' ', '\t']);
        self.columns.clear();
        let comment = rest.starts_with('#').then_some(rest);
        self.pieces.push(Piece::Marker { text, comment });
        if comment.is_some() || rest.is_empty() {
            self.at = self.at.saturating_add(1);
        } else if rest.starts_with(['{', '[', '"', '\'']) {
            // The document gets a line of its own.
            if let Some(line) = self.lines.get_mut(self.at) {
                *line = rest;
            }
        } else {
            return self.refuse("a document begins behind its marker");
        }
        Ok(())
    }

    fn refuse<T>(&self, why: &'static str) -> Result<T, Unsafe> {
        let line = self.at;
        Err(Unsafe { line, why })
    }
}

fn is_marker(line: &str) -> bool {
    let rest = line
        .strip_prefix("---")
        .or_else(|| line.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Spaces at the front of a line.
pub fn indent(line: &str) -> usize {
    line.len()
        .saturating_sub(line.trim_start_matches(' ').len())
}
