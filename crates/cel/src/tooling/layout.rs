//! A pretty printer after Wadler: groups are laid out on one line if they fit, else broken.

/// A piece of a document.
#[derive(Debug, Clone)]
pub(super) enum Piece<'s> {
    /// Text without choice.
    Text(&'s str),
    /// A comment to the end of the line, on the line of what stands before it or on its own.
    Comment {
        /// Its text.
        text: &'s str,
        /// Whether it follows something on its line.
        trails: bool,
    },
    /// A space, unless a new line or a comment follows.
    Space,
    /// A space, or a new line in a broken group.
    Line,
    /// Nothing, or a new line in a broken group.
    Softline,
    /// Pieces set two columns further in.
    Indent(Vec<Piece<'s>>),
    /// Pieces that are broken together or not at all.
    Group(Vec<Piece<'s>>),
}

/// Columns of one level of indentation.
const STEP: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

/// The text of a document, no wider than `width` columns where there is a choice.
pub(super) fn print(pieces: &[Piece<'_>], width: usize) -> String {
    let mut printer = Printer {
        out: String::new(),
        column: 0,
        pending: None,
        space: false,
        width,
    };
    let mut open: Vec<Frame<'_>> = Vec::new();
    open.extend(pieces.iter().rev().map(|piece| (0, Mode::Broken, piece)));
    while let Some((indent, mode, piece)) = open.pop() {
        match piece {
            Piece::Text(text) => printer.text(text),
            Piece::Comment { text, trails } => printer.comment(text, *trails, indent),
            Piece::Space => printer.space = true,
            Piece::Line if mode == Mode::Flat => printer.space = true,
            Piece::Softline if mode == Mode::Flat => {}
            Piece::Line | Piece::Softline => printer.pending = Some(indent),
            Piece::Indent(inner) => {
                let deeper = indent.saturating_add(STEP);
                open.extend(inner.iter().rev().map(|piece| (deeper, mode, piece)));
            }
            Piece::Group(inner) => {
                let mode = if mode == Mode::Flat || printer.fits(inner, &open) {
                    Mode::Flat
                } else {
                    Mode::Broken
                };
                open.extend(inner.iter().rev().map(|piece| (indent, mode, piece)));
            }
        }
    }
    printer.out
}

type Frame<'p> = (usize, Mode, &'p Piece<'p>);

struct Printer {
    out: String,
    column: usize,
    /// A new line to begin before the next text, and its indentation.
    pending: Option<usize>,
    /// Whether a space is due before the next text.
    space: bool,
    width: usize,
}

impl Printer {
    fn text(&mut self, text: &str) {
        self.flush();
        if core::mem::take(&mut self.space) {
            self.out.push(' ');
            self.column = self.column.saturating_add(1);
        }
        self.out.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => columns(last),
            None => self.column.saturating_add(columns(text)),
        };
    }

    fn flush(&mut self) {
        if let Some(indent) = self.pending.take() {
            if !self.out.is_empty() {
                self.out.push('\n');
            }
            self.out.extend(core::iter::repeat_n(' ', indent));
            self.column = indent;
            self.space = false;
        }
    }

    fn comment(&mut self, text: &str, trails: bool, indent: usize) {
        if trails {
            let after = self.pending.take();
            self.space = true;
            self.text(text);
            self.pending = after.or(Some(indent));
        } else {
            self.pending = self.pending.or(Some(indent));
            self.text(text);
            self.pending = Some(indent);
        }
    }

    /// Whether a group, and what follows it up to the next place for a new line, fits on the line.
    fn fits(&self, group: &[Piece<'_>], after: &[Frame<'_>]) -> bool {
        let start = self.pending.unwrap_or(self.column);
        let Some(mut room) = self.width.checked_sub(start) else {
            return false;
        };
        let mut rest = after.iter().rev();
        let mut open: Vec<(Mode, &Piece<'_>)> = group
            .iter()
            .rev()
            .map(|piece| (Mode::Flat, piece))
            .collect();
        let mut inside = true;
        loop {
            let (mode, piece) = match open.pop() {
                Some(next) => next,
                None => match rest.next() {
                    None => return true,
                    Some((_, mode, piece)) => {
                        inside = false;
                        (*mode, *piece)
                    }
                },
            };
            let needed = match piece {
                // The first line of a text that has several is what has to fit.
                Piece::Text(text) => match text.split_once('\n') {
                    Some((first, _)) => return columns(first) <= room,
                    None => columns(text),
                },
                Piece::Comment { .. } => return !inside,
                Piece::Line | Piece::Softline if mode == Mode::Broken => return true,
                Piece::Line | Piece::Space => 1,
                Piece::Softline => 0,
                Piece::Indent(inner) | Piece::Group(inner) => {
                    let mode = if matches!(piece, Piece::Group(_)) {
                        Mode::Flat
                    } else {
                        mode
                    };
                    open.extend(inner.iter().rev().map(|piece| (mode, piece)));
                    0
                }
            };
            match room.checked_sub(needed) {
                Some(left) => room = left,
                None => return false,
            }
        }
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}
