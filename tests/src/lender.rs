//! Who lends units to gateways: the leases of a small control plane, which never lends more than there are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What is lent, for all holders together.
#[derive(Debug, Default)]
pub struct Lender {
    /// The batches, in order; one that came again is there once.
    pub asked: Vec<Value>,
    holds: BTreeMap<String, Vec<Hold>>,
    answers: BTreeMap<String, String>,
    /// Units that were lent and not returned, of all keys.
    lent: u64,
}

#[derive(Debug)]
struct Hold {
    holder: String,
    units: u64,
    /// Until when they count, in milliseconds; `None` for ever.
    ends: Option<u64>,
}

impl Lender {
    /// Answers a batch at `now`, in milliseconds: the status and the body.
    pub fn answer(&mut self, key: &str, body: &[u8], now: u64) -> (u16, String) {
        if let Some(answer) = self.answers.get(key) {
            return (200, answer.clone());
        }
        let Ok(batch) = serde_json::from_slice::<Value>(body) else {
            return (400, String::new());
        };
        let holder = batch["holder"].as_str().unwrap_or_default();
        let wants = batch["leases"].as_array().cloned().unwrap_or_default();
        let leases: Vec<Value> = wants
            .iter()
            .map(|want| self.lend(holder, want, now))
            .collect();
        let answer = json!({ "leases": leases }).to_string();
        self.answers.insert(key.to_owned(), answer.clone());
        self.asked.push(batch);
        (200, answer)
    }

    fn lend(&mut self, holder: &str, want: &Value, now: u64) -> Value {
        let number = |name: &str| want[name].as_u64().unwrap_or(0);
        let (project, key) = (&want["project"], &want["key"]);
        let holds = self.holds.entry(format!("{project}{key}")).or_default();
        holds.retain(|hold| hold.ends.is_none_or(|end| end > now));
        // What would count for the shortest time is what comes back: the rest may have been used last.
        holds.sort_by_key(|hold| hold.ends.unwrap_or(u64::MAX));
        let mut returned = number("returned");
        for hold in holds.iter_mut().filter(|hold| hold.holder == holder) {
            let back = returned.min(hold.units);
            hold.units -= back;
            returned -= back;
            self.lent -= back;
        }
        let mut hold = |units: u64, ends: Option<u64>| {
            self.lent += units;
            let holder = holder.to_owned();
            holds.push(Hold {
                holder,
                units,
                ends,
            });
            holds.iter().map(|hold| hold.units).sum::<u64>()
        };
        let held = hold(number("owed"), None);
        let granted = number("want").min(number("limit").saturating_sub(held));
        let mut lease = json!({ "project": project, "key": key, "granted": granted });
        match want["window_seconds"].as_u64() {
            None => hold(granted, None),
            Some(window) => {
                let usable = (window * 100).max(1_000);
                lease["expires_in_ms"] = json!(usable);
                hold(granted, Some(now + usable + window * 1_000))
            }
        };
        let shown = holds.iter().filter(|hold| hold.units > 0).map(|hold| {
            let mut shown = json!({ "units": hold.units });
            if let Some(end) = hold.ends {
                shown["ends_in_ms"] = json!(end - now);
            }
            shown
        });
        lease["held"] = shown.collect();
        lease
    }

    /// Units that were lent and not returned, of all keys.
    #[must_use]
    pub fn lent(&self) -> u64 {
        self.lent
    }
}
