//! What the workers of one Envoy share: shared data, queues, metrics and the clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::headers::Headers;
use crate::split::Random;
use crate::status::Status;

/// One Envoy process; cloning gives another handle to the same one.
#[derive(Clone, Debug, Default)]
pub struct Process {
    inner: Arc<Mutex<Inner>>,
}

/// An `http_call` that the module dispatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callout {
    /// Token that the answer is delivered under.
    pub token: u32,
    /// The cluster it goes to.
    pub cluster: String,
    /// Request headers, pseudo-headers included.
    pub headers: Headers,
    /// Request body.
    pub body: Vec<u8>,
    /// Request trailers.
    pub trailers: Headers,
    /// Milliseconds until Envoy gives up.
    pub timeout_ms: u32,
}

#[derive(Debug)]
struct Inner {
    now: u64,
    data: BTreeMap<(String, Vec<u8>), (Vec<u8>, u32)>,
    last_cas: u32,
    queues: Vec<Queue>,
    metrics: BTreeMap<(u32, String), u64>,
    random: Random,
}

/// Processes that were begun: each draws other numbers.
static BEGUN: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct Queue {
    vm_id: String,
    name: Vec<u8>,
    items: VecDeque<Vec<u8>>,
}

/// 2026-01-01T00:00:00Z, so that a test's clock is a date and not 1970.
const EPOCH_NANOS: u64 = 1_767_225_600_000_000_000;

impl Default for Inner {
    fn default() -> Self {
        Self {
            now: EPOCH_NANOS,
            data: BTreeMap::new(),
            last_cas: 0,
            queues: Vec::new(),
            metrics: BTreeMap::new(),
            random: Random::seeded(BEGUN.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

impl Process {
    /// A fresh process at 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills bytes with what nobody could guess.
    pub(crate) fn draw(&self, bytes: &mut [u8]) {
        let mut inner = self.inner();
        for byte in bytes {
            *byte = inner.random.draw().to_le_bytes()[0];
        }
    }

    /// Nanoseconds since 1970 that the module reads.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.inner().now
    }

    /// Sets the clock, in nanoseconds since 1970.
    pub fn set_now(&self, nanos: u64) {
        self.inner().now = nanos;
    }

    /// Moves the clock on. Ticks that fall due run when their VM calls [`crate::Vm::run_due`].
    pub fn advance(&self, by: Duration) {
        let mut inner = self.inner();
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        inner.now = inner.now.saturating_add(nanos);
    }

    /// The value under `key` and its version.
    #[must_use]
    pub fn shared(&self, vm_id: &str, key: impl AsRef<[u8]>) -> Option<(Vec<u8>, u32)> {
        let key = (vm_id.to_owned(), key.as_ref().to_vec());
        self.inner().data.get(&key).cloned()
    }

    /// Bytes of all keys and values of a namespace.
    #[must_use]
    pub fn shared_bytes(&self, vm_id: &str) -> usize {
        let inner = self.inner();
        let own = inner.data.iter().filter(|((id, _), _)| id == vm_id);
        own.map(|((_, key), (value, _))| key.len() + value.len())
            .sum()
    }

    /// Stores a value. As in Envoy, `cas` 0 always wins and a `cas` for an absent key is ignored.
    ///
    /// # Errors
    /// `CasMismatch` when the key exists with another version.
    pub fn set_shared(
        &self,
        vm_id: &str,
        key: impl AsRef<[u8]>,
        value: impl Into<Vec<u8>>,
        cas: u32,
    ) -> Result<(), Status> {
        let key = (vm_id.to_owned(), key.as_ref().to_vec());
        let mut inner = self.inner();
        if let Some((_, current)) = inner.data.get(&key)
            && cas != 0
            && cas != *current
        {
            return Err(Status::CasMismatch);
        }
        inner.last_cas = inner.last_cas.checked_add(1).unwrap_or(1);
        let version = inner.last_cas;
        inner.data.insert(key, (value.into(), version));
        Ok(())
    }

    /// Value of a counter or gauge, or the number of records of a histogram, by raw name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<u64> {
        self.metrics().remove(name)
    }

    /// All metrics by raw name.
    #[must_use]
    pub fn metrics(&self) -> BTreeMap<String, u64> {
        let inner = self.inner();
        let named = inner.metrics.iter();
        named
            .map(|((_, name), value)| (name.clone(), *value))
            .collect()
    }

    pub(crate) fn define_metric(&self, kind: u32, name: &str) {
        self.inner()
            .metrics
            .entry((kind, name.to_owned()))
            .or_default();
    }

    pub(crate) fn update_metric(&self, kind: u32, name: &str, change: impl FnOnce(u64) -> u64) {
        let mut inner = self.inner();
        let value = inner.metrics.entry((kind, name.to_owned())).or_default();
        *value = change(*value);
    }

    pub(crate) fn metric_of(&self, kind: u32, name: &str) -> Option<u64> {
        self.inner().metrics.get(&(kind, name.to_owned())).copied()
    }

    pub(crate) fn register_queue(&self, vm_id: &str, name: &[u8]) -> u32 {
        if let Some(token) = self.resolve_queue(vm_id, name) {
            return token;
        }
        let mut inner = self.inner();
        inner.queues.push(Queue {
            vm_id: vm_id.to_owned(),
            name: name.to_vec(),
            items: VecDeque::new(),
        });
        u32::try_from(inner.queues.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn resolve_queue(&self, vm_id: &str, name: &[u8]) -> Option<u32> {
        let inner = self.inner();
        let own = |queue: &Queue| queue.vm_id == vm_id && queue.name == name;
        let index = inner.queues.iter().position(own)?;
        u32::try_from(index + 1).ok()
    }

    pub(crate) fn enqueue(&self, token: u32, item: Vec<u8>) -> Result<(), Status> {
        let mut inner = self.inner();
        let queue = inner.queue(token).ok_or(Status::NotFound)?;
        queue.items.push_back(item);
        Ok(())
    }

    pub(crate) fn dequeue(&self, token: u32) -> Result<Vec<u8>, Status> {
        let mut inner = self.inner();
        let queue = inner.queue(token).ok_or(Status::NotFound)?;
        queue.items.pop_front().ok_or(Status::Empty)
    }

    /// Items waiting in the queue behind `token`.
    #[must_use]
    pub fn queued(&self, token: u32) -> usize {
        self.inner()
            .queue(token)
            .map_or(0, |queue| queue.items.len())
    }
}

impl Inner {
    fn queue(&mut self, token: u32) -> Option<&mut Queue> {
        let index = usize::try_from(token).ok()?.checked_sub(1)?;
        self.queues.get_mut(index)
    }
}
