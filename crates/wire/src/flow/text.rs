//! One text as far as it has come: what of it has gone on, what may, and what is held.
use super::Seen;
use crate::error::WireError;

/// Bytes before what is held that stay in view: as many as hold any value but a private key or a token
/// without white space, of which all is held.
pub const LEAD: usize = 1_536;
/// Bytes at the end that are held at least, since a value with spaces in it may be growing there: an
/// account number with its spaces has 42, a card number 19.
pub const TAIL: usize = 64;
/// Bytes that are held at most because a value is growing there: no key or token has more.
const MOST: usize = 16_384;
/// How a private key begins and ends, of whichever kind.
const KEY: &str = "-----BEGIN";
const KEY_END: &str = "-----END";

#[derive(Debug)]
pub(super) struct Text {
    /// The choice or block that it belongs to.
    pub(super) of: u64,
    pub(super) name: String,
    /// Whether nothing more of it comes.
    pub(super) is_over: bool,
    /// What is in view of it.
    view: String,
    /// Where the view begins.
    start: usize,
    /// Up to where it has gone on.
    gone: usize,
    /// Up to where it may.
    safe: usize,
    /// Findings, by their places in the whole text.
    found: Vec<(usize, usize)>,
    /// Whether something is to be blanked.
    blanks: bool,
}

impl Text {
    pub(super) fn new(of: u64, name: &str) -> Self {
        Self {
            of,
            name: name.to_owned(),
            is_over: false,
            view: String::new(),
            start: 0,
            gone: 0,
            safe: 0,
            found: Vec::new(),
            blanks: false,
        }
    }

    pub(super) fn grow(&mut self, more: &str) {
        self.is_over = false;
        self.view.push_str(more);
    }

    /// The byte after the last that has come.
    pub(super) fn end(&self) -> usize {
        self.start.saturating_add(self.view.len())
    }

    pub(super) fn gone(&self) -> usize {
        self.gone
    }

    pub(super) fn safe(&self) -> usize {
        self.safe
    }

    /// Whether a value lies across `end`.
    pub(super) fn cuts(&self, end: usize) -> bool {
        self.found.iter().any(|(from, to)| *from < end && end < *to)
    }

    /// Looks at what is in view, if more of it might go on.
    pub(super) fn judge<E>(
        &mut self,
        look: &mut dyn FnMut(&str, &str) -> Result<Seen, E>,
    ) -> Result<(), E> {
        let limit = match self.is_over {
            true => self.end(),
            false => self.end().saturating_sub(self.tail()),
        };
        if limit <= self.safe {
            return Ok(());
        }
        let seen = look(&self.name, &self.view)?;
        let place = |at: usize| self.start.saturating_add(at);
        let found = seen
            .found
            .iter()
            .map(|(from, to)| (place(*from), place(*to)));
        self.found = found.collect();
        self.blanks = seen.blanked.is_some();
        // A value across the limit is held from where it begins, unless that has gone on already.
        let across = self
            .found
            .iter()
            .filter(|(from, to)| *from < limit && limit < *to);
        let begins = across.map(|(from, _)| *from).min();
        self.safe = begins.unwrap_or(limit).max(self.gone);
        Ok(())
    }

    /// Bytes at the end in which a value may be growing.
    fn tail(&self) -> usize {
        let run = self.view.bytes().rev();
        let run = run.take_while(u8::is_ascii_graphic).count();
        let key = self.view.rfind(KEY).filter(|at| {
            let rest = self.view.get(*at..).unwrap_or_default();
            !rest.contains(KEY_END)
        });
        let key = key.map_or(0, |at| self.view.len().saturating_sub(at));
        let growing = [run, key].into_iter().filter(|length| *length <= MOST);
        growing.max().unwrap_or(0).max(TAIL)
    }

    /// Lets the text go on up to `ends`; what goes on in place of it, if something is blanked.
    pub(super) fn go<E: From<WireError>>(
        &mut self,
        ends: usize,
        look: &mut dyn FnMut(&str, &str) -> Result<Seen, E>,
    ) -> Result<Option<String>, E> {
        let (from, to) = (
            self.gone.saturating_sub(self.start),
            ends.saturating_sub(self.start),
        );
        let instead = match self.blanks {
            false => None,
            true => self.blanked(from, to, look)?,
        };
        let held = self.view.len().saturating_sub(to);
        // What was blanked is not to be found again.
        if let Some(instead) = &instead {
            let before = self.view.get(..from).unwrap_or_default();
            let after = self.view.get(to..).unwrap_or_default();
            self.view = [before, instead, after].concat();
        }
        let shown = match &instead {
            Some(instead) => from.saturating_add(instead.len()),
            None => to,
        };
        self.keep(shown, held, ends);
        Ok(instead)
    }

    /// Keeps so much in view of what has gone on as may belong to what is held, which is the last `held`
    /// bytes of the view; `ends` is where that begins.
    fn keep(&mut self, shown: usize, held: usize, ends: usize) {
        let mut drop = shown.saturating_sub(LEAD.min(ends));
        while !self.view.is_char_boundary(drop) {
            drop = drop.saturating_add(1);
        }
        self.view.drain(..drop);
        let before = self.view.len().saturating_sub(held);
        self.start = ends.saturating_sub(before);
        self.gone = ends;
    }

    /// What is left of a part of the view when all that is to be blanked is.
    fn blanked<E: From<WireError>>(
        &self,
        from: usize,
        to: usize,
        look: &mut dyn FnMut(&str, &str) -> Result<Seen, E>,
    ) -> Result<Option<String>, E> {
        let view = self.view.get(..to).ok_or(WireError::Completion)?;
        let before = view.get(..from).ok_or(WireError::Completion)?;
        let Some(blanked) = look(&self.name, view)?.blanked else {
            return Ok(None);
        };
        // Of a value whose beginning has gone on nothing can be taken back.
        let rest = blanked.strip_prefix(before).ok_or(WireError::Completion)?;
        Ok(Some(rest.to_owned()))
    }
}
