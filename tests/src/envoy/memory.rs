//! How much memory the filter's VMs hold, read from the kernel's map of the Envoy process.

use anyhow::{Context as _, Result};

/// V8 reserves so much address space behind every wasm memory, so that no index needs a check.
const GUARD_BYTES: u64 = 7 << 30;

/// The bytes of each linear memory: the writable part directly before a guard region.
pub fn linear_memories(process: u32) -> Result<Vec<u64>> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let regions = maps
        .lines()
        .map(region)
        .collect::<Option<Vec<_>>>()
        .context("unreadable map")?;
    let pairs = regions.iter().zip(regions.iter().skip(1));
    let memories = pairs.filter(|(memory, guard)| {
        memory.writable
            && !guard.writable
            && memory.end == guard.start
            && guard.end - guard.start > GUARD_BYTES
    });
    Ok(memories
        .map(|(memory, _)| memory.end - memory.start)
        .collect())
}

struct Region {
    start: u64,
    end: u64,
    writable: bool,
}

fn region(line: &str) -> Option<Region> {
    let mut words = line.split(' ');
    let (start, end) = words.next()?.split_once('-')?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some(Region {
        start: hex(start)?,
        end: hex(end)?,
        writable: words.next()?.starts_with("rw"),
    })
}
