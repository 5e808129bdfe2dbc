//! A line of keys, dashes and a value, and the lines that belong to the value.

use super::{Entry, Head, Mark, Piece, Scanner, Tail, Unsafe, indent};
use crate::layout::{key, scalar};

impl<'t> Scanner<'t> {
    pub(super) fn entry(&mut self, line: &'t str, column: usize) -> Result<(), Unsafe> {
        let (heads, value) = self.heads(line, column)?;
        self.columns.retain(|open| *open < column);
        self.columns.extend(heads.iter().map(|head| head.column));
        let mut entry = Entry {
            column,
            heads,
            value: "",
            comment: None,
            tail: Tail::None,
        };
        match value.chars().next() {
            None => {}
            Some('#') => entry.comment = Some(value.trim_end_matches([' ', '\t'])),
            Some('"' | '\'' | '[' | '{') => self.closed(&mut entry, value)?,
            Some('|' | '>') => self.block(&mut entry, value)?,
            Some('&' | '*' | '!' | '%' | '@' | '`') => {
                return self.refuse("anchors, aliases and tags are not laid out");
            }
            Some(_) => self.plain(&mut entry, value),
        }
        let further = match &entry.tail {
            Tail::None => 0,
            Tail::Folded(lines) | Tail::Block { lines, .. } => lines.len(),
        };
        self.at = self.at.saturating_add(1).saturating_add(further);
        self.pieces.push(Piece::Entry(entry));
        Ok(())
    }

    /// Dashes and keys at the front of a line, and what follows them.
    fn heads(&self, line: &'t str, column: usize) -> Result<(Vec<Head<'t>>, &'t str), Unsafe> {
        let mut heads = Vec::new();
        let mut rest = line.get(column..).unwrap_or_default();
        loop {
            let column = line.len().saturating_sub(rest.len());
            let (mark, behind) = if let Some(behind) = sign(rest, '-') {
                (Mark::Dash, behind)
            } else if sign(rest, '?').is_some() || sign(rest, ':').is_some() {
                return self.refuse("keys behind `?` are not laid out");
            } else if let Some((key, behind)) = key::split(rest) {
                if key.starts_with(['&', '*', '!']) {
                    return self.refuse("anchors, aliases and tags are not laid out");
                }
                (Mark::Key(key), behind)
            } else {
                break;
            };
            heads.push(Head { column, mark });
            rest = behind.trim_start_matches(' ');
            if rest.trim_matches([' ', '\t']).is_empty() {
                rest = "";
            }
            if rest.starts_with('\t') {
                return self.refuse("a tab stands before the value");
            }
            if rest.is_empty() || matches!(mark, Mark::Key(_)) {
                break;
            }
        }
        Ok((heads, rest))
    }

    /// A quoted scalar or a flow collection.
    fn closed(&self, entry: &mut Entry<'t>, value: &'t str) -> Result<(), Unsafe> {
        let mut lines = vec![value];
        lines.extend(self.below());
        let Some((further, end)) = scalar::end(&lines, 0) else {
            return self.refuse("its end cannot be found");
        };
        let last = lines.get(further).copied().unwrap_or_default();
        let (text, rest) = last.split_at_checked(end).unwrap_or((last, ""));
        let rest = rest.trim_matches([' ', '\t']);
        if !(rest.is_empty() || rest.starts_with('#')) {
            return self.refuse("something follows the value");
        }
        if further == 0 {
            entry.value = text;
            entry.comment = Some(rest).filter(|rest| !rest.is_empty());
        } else {
            entry.value = value;
            let tail = lines.into_iter().skip(1).take(further);
            entry.tail = Tail::Folded(tail.collect());
        }
        Ok(())
    }

    fn plain(&self, entry: &mut Entry<'t>, value: &'t str) {
        let comment = key::comment(value);
        let (text, comment) = value.split_at(comment.unwrap_or(value.len()));
        let blank = [' ', '\t'];
        entry.value = text.trim_end_matches(blank);
        if !comment.is_empty() {
            entry.comment = Some(comment.trim_end_matches(blank));
            return;
        }
        // Without an owner the document is plain text, and each of its lines stands for itself.
        let Some(owner) = self.owner(entry) else {
            return;
        };
        let mut lines = Vec::new();
        let mut blanks = Vec::new();
        for line in self.below() {
            if line.trim_matches(blank).is_empty() {
                blanks.push(line);
                continue;
            }
            let content = line.trim_start_matches(blank);
            if indent(line) <= owner || content.starts_with('#') {
                break;
            }
            lines.append(&mut blanks);
            lines.push(line);
            if key::comment(line).is_some() {
                break;
            }
        }
        if !lines.is_empty() {
            entry.tail = Tail::Folded(lines);
        }
    }

    /// The column of the key or dash that the value of `entry` belongs to.
    pub(super) fn owner(&self, entry: &Entry<'t>) -> Option<usize> {
        let own = entry.heads.last().map(|head| head.column);
        own.or_else(|| self.columns.last().copied())
    }

    /// The lines below the current one.
    pub(super) fn below(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.lines.iter().skip(self.at.saturating_add(1)).copied()
    }
}

/// What follows `sign`, if the text begins with it as a sign of its own.
fn sign(text: &str, sign: char) -> Option<&str> {
    let rest = text.strip_prefix(sign)?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}
