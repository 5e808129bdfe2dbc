//! Where the values built during an evaluation live.

use core::cell::Cell;

use bumpalo::Bump;

use crate::error::ErrorCode;
use crate::value::Value;

/// Memory for one evaluation, given back all at once. The bound counts what values take in the
/// abstract (bytes of text, 24 per list element, 48 per map entry), so that it is the same on every host.
#[derive(Debug)]
pub struct Arena {
    bump: Bump,
    limit: usize,
    used: Cell<usize>,
}

/// Memory kept from one evaluation to the next.
const KEPT: usize = 1_048_576;
/// Elements a list has room for when its first is added.
const LEAST_ROOM: usize = 4;

/// Bytes that an element of a built list counts for.
pub(crate) const ELEMENT: usize = 24;

impl Arena {
    /// An empty arena that holds at most `limit` bytes.
    pub fn new(limit: u32) -> Self {
        Self {
            bump: Bump::new(),
            limit: limit as usize,
            used: Cell::new(0),
        }
    }

    /// Forgets everything, keeping the memory for the next evaluation unless it is much.
    pub fn reset(&mut self) {
        if self.bump.allocated_bytes() > KEPT {
            self.bump = Bump::new();
        } else {
            self.bump.reset();
        }
        self.used.set(0);
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Bytes left.
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.used.get())
    }

    fn reserve(&self, bytes: usize) -> Result<(), ErrorCode> {
        let used = self.used.get().saturating_add(bytes);
        if used > self.limit {
            return Err(ErrorCode::MemoryExhausted);
        }
        self.used.set(used);
        Ok(())
    }

    /// Copies text into the arena.
    ///
    /// # Errors
    /// [`ErrorCode::MemoryExhausted`] when the bound is reached.
    pub fn text(&self, text: &str) -> Result<&str, ErrorCode> {
        self.reserve(text.len())?;
        Ok(self.bump.alloc_str(text))
    }

    /// Copies bytes into the arena.
    ///
    /// # Errors
    /// [`ErrorCode::MemoryExhausted`] when the bound is reached.
    pub fn bytes(&self, bytes: &[u8]) -> Result<&[u8], ErrorCode> {
        self.reserve(bytes.len())?;
        Ok(self.bump.alloc_slice_copy(bytes))
    }

    /// The concatenation of two texts.
    pub(crate) fn concat(&self, left: &str, right: &str) -> Result<&str, ErrorCode> {
        self.reserve(left.len().saturating_add(right.len()))?;
        let mut text = bumpalo::collections::String::with_capacity_in(
            left.len().saturating_add(right.len()),
            &self.bump,
        );
        text.push_str(left);
        text.push_str(right);
        Ok(text.into_bump_str())
    }

    /// Copies one value into the arena.
    pub(crate) fn value<'a>(&'a self, value: Value<'a>) -> Result<&'a Value<'a>, ErrorCode> {
        self.reserve(ELEMENT)?;
        Ok(self.bump.alloc(value))
    }

    /// `count` values to be set by index.
    pub(crate) fn values<'a>(&'a self, count: usize) -> Result<&'a mut [Value<'a>], ErrorCode> {
        self.reserve(count.saturating_mul(ELEMENT))?;
        Ok(self.bump.alloc_slice_fill_copy(count, Value::Null))
    }

    /// A list that grows; the room it takes is counted, whether elements fill it or not.
    pub(crate) fn list<T: Copy>(&self, capacity: usize) -> Building<'_, T> {
        Building {
            items: bumpalo::collections::Vec::new_in(&self.bump),
            room: 0,
            wanted: capacity.min(64),
            arena: self,
        }
    }
}

/// A slice of the arena while it grows.
pub(crate) struct Building<'a, T> {
    items: bumpalo::collections::Vec<'a, T>,
    /// Elements that are counted.
    room: usize,
    /// Elements to make room for with the first.
    wanted: usize,
    arena: &'a Arena,
}

impl<'a, T: Copy> Building<'a, T> {
    pub(crate) fn push(&mut self, item: T) -> Result<(), ErrorCode> {
        let length = self.items.len();
        if length >= self.room {
            let room = match self.room {
                0 if self.wanted > 0 => self.wanted,
                room => room.saturating_mul(2).max(LEAST_ROOM),
            };
            let more = room.saturating_sub(self.room);
            self.arena
                .reserve(more.saturating_mul(size_of_item::<T>()))?;
            self.items.reserve_exact(room.saturating_sub(length));
            self.room = room;
        }
        self.items.push(item);
        Ok(())
    }

    pub(crate) fn items_mut(&mut self) -> &mut [T] {
        &mut self.items
    }

    pub(crate) fn finish(self) -> &'a [T] {
        self.items.into_bump_slice()
    }
}

/// What an item counts for: values and pairs of values count alike on 32 and 64 bit hosts.
const fn size_of_item<T>() -> usize {
    if size_of::<T>() > size_of::<Value<'_>>() {
        ELEMENT.saturating_mul(2)
    } else {
        ELEMENT
    }
}
