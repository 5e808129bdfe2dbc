//! What one name of shared data holds: the books of all keys that fall into it, in bytes.
use super::lent::Lent;
use callgate_model::{Count, MicroUsd, Timestamp};

/// The entries of a slot. Those that are over are dropped when it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    id: Id,
    /// When it may be dropped, in nanoseconds since 1970.
    until: u64,
    book: Book,
}

/// The first half of the SHA-256 of a key: nobody finds two keys with the same one.
pub(crate) type Id = [u8; 16];

/// What is kept under a key.
#[derive(Clone, Debug)]
pub(crate) enum Book {
    /// Calls: the latest instant of each bunch, and how many they are.
    Counts(Vec<(u64, u32)>),
    /// Money, in millionths of a dollar.
    Spent(i64),
    /// When a run began.
    Begun(u64),
    /// What calls of a run left: when, and the members of a record of evidence, oldest first.
    Past(Vec<(u64, String)>),
    /// Units that the control plane has lent.
    Lent(Lent),
}

/// How an encoded slot begins; no other version was ever written.
const VERSION: u8 = 1;
/// Bytes of a slot, at most. More than ten times what a busy counter needs.
const MOST: usize = 16 << 10;
/// Bunches that a window is counted in.
const BUNCHES: u64 = 64;

impl Slot {
    /// A slot without entries, as [`Slot::write`] has it.
    pub(crate) const EMPTY: [u8; 1] = [VERSION];

    /// Reads what [`Slot::write`] wrote; `None` for anything else.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let mut input = Input(rest);
        let mut entries = Vec::new();
        while !input.0.is_empty() {
            entries.push(Entry {
                id: input.take()?,
                until: input.number()?,
                book: input.book()?,
            });
        }
        (version == VERSION).then_some(Self { entries })
    }

    /// The bytes of the entries that are not over; `None` when they are too many.
    pub(crate) fn write(&self, now: u64) -> Option<Vec<u8>> {
        let mut out = Self::EMPTY.to_vec();
        for entry in self.entries.iter().filter(|entry| entry.until > now) {
            out.extend_from_slice(&entry.id);
            out.extend_from_slice(&entry.until.to_le_bytes());
            entry.book.write(&mut out)?;
        }
        (out.len() <= MOST).then_some(out)
    }

    /// The same bytes; what would go first makes room as long as there is too much.
    pub(crate) fn write_within(&mut self, now: u64) -> Option<Vec<u8>> {
        loop {
            let first = self.entries.iter().map(|entry| entry.until).min()?;
            if let Some(bytes) = self.write(now) {
                return Some(bytes);
            }
            self.entries.retain(|entry| entry.until > first);
        }
    }

    /// What is kept under a key.
    pub(crate) fn book(&self, id: &Id) -> Option<&Book> {
        let found = self.entries.iter().find(|entry| entry.id == *id);
        found.map(|entry| &entry.book)
    }

    /// Keeps a book under a key, until a time.
    pub(crate) fn keep(&mut self, id: Id, book: Book, until: u64) {
        self.entries.retain(|entry| entry.id != id);
        self.entries.push(Entry { id, until, book });
    }
}

impl Book {
    fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Counts(counts) => {
                out.push(0);
                out.extend_from_slice(&u16::try_from(counts.len()).ok()?.to_le_bytes());
                for (at, count) in counts {
                    out.extend_from_slice(&at.to_le_bytes());
                    out.extend_from_slice(&count.to_le_bytes());
                }
            }
            Self::Spent(amount) => {
                out.push(1);
                out.extend_from_slice(&amount.to_le_bytes());
            }
            Self::Begun(at) => {
                out.push(2);
                out.extend_from_slice(&at.to_le_bytes());
            }
            Self::Past(records) => {
                out.push(3);
                out.extend_from_slice(&u16::try_from(records.len()).ok()?.to_le_bytes());
                for (at, record) in records {
                    out.extend_from_slice(&at.to_le_bytes());
                    out.extend_from_slice(&u16::try_from(record.len()).ok()?.to_le_bytes());
                    out.extend_from_slice(record.as_bytes());
                }
            }
            Self::Lent(lent) => {
                out.push(4);
                lent.write(out)?;
            }
        }
        Some(())
    }
}

/// Counts one more call, unless `max` calls count within the window already. Calls close to each other
/// share a bunch, which counts until the last of them is over: never too few are counted.
pub(crate) fn add(counts: &mut Vec<(u64, u32)>, now: u64, window: u64, max: u64) -> bool {
    counts.retain(|(at, _)| at.saturating_add(window) > now);
    let counted = counts.iter().map(|(_, count)| u64::from(*count));
    if counted.fold(0, u64::saturating_add) >= max {
        return false;
    }
    let width = window.checked_div(BUNCHES).unwrap_or(0).max(1);
    let bunch = |at: u64| at.checked_div(width);
    match counts.last_mut() {
        // A clock that steps back leaves the later instant standing.
        Some((at, count)) if bunch(*at) >= bunch(now) && *count < u32::MAX => {
            *at = now.max(*at);
            *count = count.saturating_add(1);
        }
        _ => counts.push((now, 1)),
    }
    true
}

/// Takes back one call that was counted at `now`.
pub(crate) fn take_back(counts: &mut Vec<(u64, u32)>, now: u64) {
    let place = counts.iter().rposition(|(at, _)| *at <= now);
    let place = place.unwrap_or(counts.len().saturating_sub(1));
    if let Some((_, count)) = counts.get_mut(place) {
        *count = count.saturating_sub(1);
    }
    counts.retain(|(_, count)| *count > 0);
}

/// Puts one more record to those of a run: one that says the same as another takes its place, and the
/// oldest go when all of them are more than `most` bytes.
pub(crate) fn record(records: &mut Vec<(u64, String)>, now: u64, record: &str, most: usize) {
    records.retain(|(_, known)| known != record);
    records.push((now, record.to_owned()));
    let length =
        |records: &[(u64, String)]| records.iter().map(|(_, text)| text.len()).sum::<usize>();
    while length(records) > most {
        records.remove(0);
    }
}

/// Counted calls as policies see them.
pub(crate) fn counts(book: Option<&Book>) -> Option<Vec<Count>> {
    let count = |(at, count): &(u64, u32)| Count {
        at: Timestamp::from_unix_nanos(*at),
        count: u64::from(*count),
    };
    match book {
        None => Some(Vec::new()),
        Some(Book::Counts(counts)) => Some(counts.iter().map(count).collect()),
        Some(Book::Spent(_) | Book::Begun(_) | Book::Past(_) | Book::Lent(_)) => None,
    }
}

/// Money as policies see it.
pub(crate) fn spent(book: Option<&Book>) -> Option<MicroUsd> {
    match book {
        None => Some(MicroUsd(0)),
        Some(Book::Spent(amount)) => Some(MicroUsd(*amount)),
        Some(Book::Counts(_) | Book::Begun(_) | Book::Past(_) | Book::Lent(_)) => None,
    }
}

/// What a run has left, as policies see it: a JSON array of records.
pub(crate) fn past(book: Option<&Book>) -> Option<String> {
    match book {
        None => Some("[]".to_owned()),
        Some(Book::Past(records)) => {
            let records = records.iter().map(|(at, record)| {
                let at = Timestamp::from_unix_nanos(*at).to_string();
                // Every record has members of its own.
                let rest = record.strip_prefix('{').unwrap_or(record);
                ["{\"at\":\"", &at, "\",", rest].concat()
            });
            let records: Vec<String> = records.collect();
            Some(["[", &records.join(","), "]"].concat())
        }
        Some(Book::Counts(_) | Book::Spent(_) | Book::Begun(_) | Book::Lent(_)) => None,
    }
}

/// Bytes that are still to be read.
pub(super) struct Input<'b>(&'b [u8]);

impl Input<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn book(&mut self) -> Option<Book> {
        let [kind] = self.take()?;
        Some(match kind {
            0 => {
                let count = u16::from_le_bytes(self.take()?);
                let mut counts = Vec::with_capacity(usize::from(count));
                for _ in 0..count {
                    counts.push((self.number()?, u32::from_le_bytes(self.take()?)));
                }
                Book::Counts(counts)
            }
            1 => Book::Spent(i64::from_le_bytes(self.take()?)),
            2 => Book::Begun(self.number()?),
            3 => {
                let count = u16::from_le_bytes(self.take()?);
                let mut records = Vec::new();
                for _ in 0..count {
                    let at = self.number()?;
                    let length = usize::from(u16::from_le_bytes(self.take()?));
                    let (text, rest) = self.0.split_at_checked(length)?;
                    self.0 = rest;
                    records.push((at, core::str::from_utf8(text).ok()?.to_owned()));
                }
                Book::Past(records)
            }
            4 => Book::Lent(Lent::read(self)?),
            _ => return None,
        })
    }
}
