//! The canonical layout: what is inside of something stands two columns further right.

mod flow;
mod lines;

use crate::layout::row::{Kind, Row};
use crate::layout::scan::{Entry, Mark, Piece};

/// Columns that a collection stands inside of the one around it.
const STEP: usize = 2;

/// The pieces as rows.
pub fn rows(pieces: &[Piece<'_>]) -> Vec<Row> {
    let mut layout = Layout::default();
    for piece in pieces {
        match piece {
            Piece::Blank => layout.waiting.push(Waiting::Blank),
            Piece::Comment { column, text } => layout.waiting.push(Waiting::Comment {
                column: *column,
                text,
            }),
            Piece::Marker { text, comment } => {
                layout.release(0, None);
                layout.open.clear();
                let mut text = (*text).to_owned();
                lines::remark(&mut text, *comment);
                layout.rows.push(Row::new(text, Kind::Marker));
            }
            Piece::Entry(entry) => layout.entry(entry),
        }
    }
    layout.release(0, None);
    layout.rows
}

#[derive(Default)]
struct Layout<'p> {
    rows: Vec<Row>,
    /// The collections that are open, from the outside.
    open: Vec<Block>,
    /// What stands above a line whose place is not known yet.
    waiting: Vec<Waiting<'p>>,
}

/// A mapping or sequence with a line for each of its entries.
struct Block {
    is_sequence: bool,
    /// The column where it stood.
    old: usize,
    /// The column where it stands.
    new: usize,
}

enum Waiting<'p> {
    Blank,
    Comment { column: usize, text: &'p str },
}

impl<'p> Layout<'p> {
    fn entry(&mut self, entry: &Entry<'p>) {
        let kept = self.kept(entry);
        let first = entry.heads.first();
        let continues = first.is_some_and(|head| {
            let block = self.open.get(kept.wrapping_sub(1));
            block.is_some_and(|block| {
                block.old == head.column && block.is_sequence == matches!(head.mark, Mark::Dash)
            })
        });
        let around = if continues {
            kept.saturating_sub(1)
        } else {
            kept
        };
        let new = self.inside(around);
        self.release(kept, Some((entry.column, new)));
        self.open.truncate(around);
        let mut column = new;
        for head in &entry.heads {
            self.open.push(Block {
                is_sequence: matches!(head.mark, Mark::Dash),
                old: head.column,
                new: column,
            });
            column = column.saturating_add(STEP);
        }
        let owner = self.open.last().map_or(0, |block| block.new);
        self.rows.extend(lines::of(entry, new, owner));
    }

    /// How many of the open collections stay open when `entry` comes.
    fn kept(&self, entry: &Entry<'_>) -> usize {
        let column = entry.column;
        let first = entry.heads.first().map(|head| head.mark);
        let stays = |block: &Block| match first {
            None => block.old < column,
            // A sequence may stand in the column of the key it belongs to; the next key ends it.
            Some(Mark::Key(_)) => block.old < column || (block.old == column && !block.is_sequence),
            Some(Mark::Dash) => block.old <= column,
        };
        let ended = self.open.iter().rev().take_while(|block| !stays(block));
        self.open.len().saturating_sub(ended.count())
    }

    /// The column of what stands inside of the first `around` open collections.
    fn inside(&self, around: usize) -> usize {
        let parent = around.checked_sub(1).and_then(|at| self.open.get(at));
        parent.map_or(0, |parent| parent.new.saturating_add(STEP))
    }

    /// Writes the comments that waited for the line at `next`, its column and where it goes.
    ///
    /// A comment stands with that line, unless it was indented like a collection that ends before it.
    fn release(&mut self, kept: usize, next: Option<(usize, usize)>) {
        for waiting in std::mem::take(&mut self.waiting) {
            let Waiting::Comment { column, text } = waiting else {
                self.rows.push(Row::new(String::new(), Kind::Blank));
                continue;
            };
            let ended = self.open.iter().skip(kept).rev();
            let mut inside = ended.filter(|block| block.old <= column);
            let above = next.is_some_and(|(next, _)| column <= next);
            let block = if above { None } else { inside.next() };
            let indent = match (block, next) {
                (Some(block), _) => block.new,
                (None, Some((_, new))) => new,
                (None, None) => 0,
            };
            let kind = if indent == 0 {
                Kind::Comment
            } else {
                Kind::Inner
            };
            let text = format!("{:indent$}{text}", "");
            self.rows.push(Row::new(text, kind));
        }
    }
}
