//! A child process with a log file: awaited by what it says, ended by its own handle.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long a process may take to get ready before the run is given up.
const READY: Duration = Duration::from_secs(60);
/// How often readiness is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A running child; dropping it ends it.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both outputs in `folder/<name>.log`.
    pub fn start(name: &'static str, command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file =
            File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child, log })
    }

    /// Asks `probe` until it answers; fails at once when the process ends, and at the deadline.
    pub fn wait_for<T>(
        &mut self,
        what: &str,
        mut probe: impl FnMut(&str) -> Option<T>,
    ) -> Result<T> {
        let deadline = deadline();
        loop {
            if let Some(answer) = probe(&self.log()) {
                return Ok(answer);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} ended with {status} before {what}\n{}",
                    self.name,
                    self.log()
                );
            }
            if is_past(deadline) {
                bail!(
                    "{} gave no {what} within {READY:?}\n{}",
                    self.name,
                    self.log()
                );
            }
            std::thread::sleep(POLL);
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either call fails only when the process is already gone.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A fresh folder for one run, removed when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder under `parent` that no other run of this or any other process uses.
    pub fn new(parent: &Path) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("run-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[expect(clippy::disallowed_methods, reason = "a tool waits in real time")]
fn deadline() -> Instant {
    Instant::now() + READY
}

#[expect(clippy::disallowed_methods, reason = "a tool waits in real time")]
fn is_past(deadline: Instant) -> bool {
    Instant::now() >= deadline
}
