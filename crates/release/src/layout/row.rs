//! A line of the text that is written.

/// One line, without its line end.
#[derive(Debug)]
pub struct Row {
    /// What it says, indentation included.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

/// What a line is to those around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// White space that may go.
    Blank,
    /// A comment that is not indented.
    Comment,
    /// `---` or `...`
    Marker,
    /// The first line of a key of the document's mapping.
    Key(String),
    /// Anything else.
    Inner,
}

impl Row {
    /// A line of that kind.
    pub fn new(text: String, kind: Kind) -> Self {
        Self { text, kind }
    }
}

/// The rows as a text: at most one blank line in a row, none at its start and its end.
pub fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut is_blank = false;
    for row in rows {
        if row.kind == Kind::Blank {
            is_blank = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut is_blank) {
            text.push('\n');
        }
        text.push_str(&row.text);
        text.push('\n');
    }
    text
}
