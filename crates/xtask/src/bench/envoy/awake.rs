//! Processors that are kept awake: on an idle machine they sleep between two requests, slow down, and everything takes
//! a multiple of its time.

use std::fmt;
use std::process::Child;
use std::thread;

use anyhow::{Context as _, Result};

use crate::say;

/// One busy process for each processor, of the lowest priority; they end with this.
pub struct Awake(Vec<Child>);

impl Awake {
    pub fn start() -> Result<Self> {
        let processors = thread::available_parallelism()?.get();
        // Should this program be killed, they end by themselves. They seldom look: the kernel stays idle.
        let script = format!(
            "while kill -0 {} 2>&-; do turn=0; while [ $turn -lt 1000000 ]; do turn=$((turn+1)); done; done",
            std::process::id()
        );
        let start = |_| {
            let mut busy = say::command("nice", &["-n", "19", "sh", "-c", &script]);
            busy.spawn().context("`nice` cannot be started")
        };
        (0..processors).map(start).collect::<Result<_>>().map(Self)
    }
}

impl fmt::Display for Awake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} busy processes of the lowest priority keep the processors awake meanwhile",
            self.0.len()
        )
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        for busy in &mut self.0 {
            // One that has ended needs no end.
            drop(busy.kill());
            drop(busy.wait());
        }
    }
}
