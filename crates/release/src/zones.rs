//! Time zones as tables of offsets: a release carries those it needs, so that every host agrees.

use callgate_json::{NumberClass, Value, Writer};
use callgate_model::Reader;

/// The offsets of one time zone over some decades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// IANA name.
    pub name: String,
    /// Unix seconds and the offset to UTC in seconds from then on; sorted. The first is where the
    /// table begins.
    pub offsets: Vec<(i64, i32)>,
    /// Unix seconds where the table ends.
    pub until: i64,
}

/// The zone that needs no table.
pub const UTC: &str = "UTC";

impl Zone {
    /// The offset to UTC in seconds; `None` outside of the table.
    pub fn offset(&self, unix_seconds: i64) -> Option<i32> {
        if unix_seconds >= self.until {
            return None;
        }
        let after = self
            .offsets
            .partition_point(|(from, _)| *from <= unix_seconds);
        let (_, offset) = self.offsets.get(after.checked_sub(1)?)?;
        Some(*offset)
    }

    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("offsets").begin_array();
        for (from, offset) in &self.offsets {
            w.begin_array()
                .int(*from)
                .int(i64::from(*offset))
                .end_array();
        }
        w.end_array().key("until").int(self.until).end_object();
    }

    fn read(reader: &mut Reader, name: &str, value: Value<'_>) -> Option<Self> {
        let what = "a time zone";
        let fields = reader.fields(value, what, &["offsets", "until"])?;
        let offsets = reader.required(fields, "offsets", what)?;
        let until = reader.required(fields, "until", what)?;
        let pair = |value: Value<'_>| {
            let mut pair = value.as_array()?.iter();
            let (from, offset) = (integer(pair.next()?)?, integer(pair.next()?)?);
            Some((
                from,
                i32::try_from(offset).ok().filter(|o| o.abs() < 100_000)?,
            ))
        };
        let pairs = reader.array(offsets, "`offsets`")?.iter().map(pair);
        let pairs: Option<Vec<(i64, i32)>> = pairs.collect();
        let sorted = |pairs: &Vec<(i64, i32)>| pairs.is_sorted_by(|(a, _), (b, _)| a < b);
        let (Some(offsets), Some(until)) = (pairs.filter(sorted), integer(until)) else {
            let message =
                format!("the table of time zone `{name}` is not sorted pairs of integers");
            reader.error("WRONG_VALUE", value, message, None);
            return None;
        };
        Some(Self {
            name: name.to_owned(),
            offsets,
            until,
        })
    }
}

fn integer(value: Value<'_>) -> Option<i64> {
    match value.as_number()?.class() {
        NumberClass::Int(int) => Some(int),
        _ => None,
    }
}

/// Reads the `zones` of a release.
pub(crate) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Vec<Zone>> {
    let zones = reader.object(value, "`zones`")?.sorted();
    let zones = zones.map(|(name, value)| Zone::read(reader, name, value));
    zones.collect()
}

/// The tables that `names` need, sorted by name, each once.
///
/// # Errors
/// The first name that is no time zone.
#[cfg(feature = "zones")]
pub fn resolve<'n>(names: impl Iterator<Item = &'n str>) -> Result<Vec<Zone>, &'n str> {
    let names: std::collections::BTreeSet<&str> = names.filter(|name| *name != UTC).collect();
    let zones = names.into_iter().map(|name| named(name).ok_or(name));
    zones.collect()
}

/// 2020-01-01 and 2060-01-01: no release is older, and none should be in force later.
#[cfg(feature = "zones")]
const SPAN: (i64, i64) = (1_577_836_800, 2_840_140_800);

#[cfg(feature = "zones")]
fn named(name: &str) -> Option<Zone> {
    let (from, until) = SPAN;
    let offsets = callgate_cel::zone_offsets(name, from, until)?;
    Some(Zone {
        name: name.to_owned(),
        offsets,
        until,
    })
}

#[cfg(all(test, feature = "zones"))]
mod tests {
    use super::*;

    /// Another implementation, over the same database.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn by_jiff(name: &str) -> Zone {
        let (from, until) = SPAN;
        let zone = jiff::tz::TimeZone::get(name).unwrap();
        let start = jiff::Timestamp::from_second(from).unwrap();
        let mut offsets = vec![(from, zone.to_offset(start).seconds())];
        for transition in zone.following(start) {
            let at = transition.timestamp().as_second();
            if at >= until {
                break;
            }
            // A table has only what changes local time, not new abbreviations.
            let offset = transition.offset().seconds();
            if offsets.last().is_some_and(|(_, last)| *last != offset) {
                offsets.push((at, offset));
            }
        }
        Zone {
            name: name.to_owned(),
            offsets,
            until,
        }
    }

    #[test]
    fn every_zone_has_the_table_that_jiff_gives_it() {
        let mut seen = 0;
        for name in jiff::tz::db().available() {
            let name = name.as_str();
            assert_eq!(named(name), Some(by_jiff(name)), "{name}");
            seen += 1;
        }
        assert!(seen > 500, "{seen} zones");
        for wrong in ["Europe/Berln", "+01:00", "", "Europe"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_table_knows_summer_from_winter_and_its_own_end() {
        let zones = resolve(["Europe/Berlin", "UTC", "Europe/Berlin"].into_iter()).unwrap();
        let [berlin] = zones.as_slice() else {
            unreachable!("UTC needs no table: {zones:?}");
        };
        // 2026-03-29T01:00:00Z begins summer time (Directive 2000/84/EC).
        assert_eq!(berlin.offset(1_774_745_999), Some(3_600));
        assert_eq!(berlin.offset(1_774_746_000), Some(7_200));
        assert_eq!(berlin.offset(SPAN.0 - 1), None);
        assert_eq!(berlin.offset(SPAN.1), None);
        assert_eq!(resolve(["Europe/Berln"].into_iter()), Err("Europe/Berln"));
    }
}
