//! What a client sees of the decision on its message, beside the record.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// What a client sees of the decision on its message.
#[derive(Debug)]
pub struct Seen {
    /// The header of that name.
    pub decision: String,
    /// The response's body.
    pub body: Vec<u8>,
}

impl Seen {
    /// Compares with the record: decision, policy, codes and remediation are the same.
    ///
    /// # Errors
    /// They are not.
    pub fn agrees(&self, record: &str) -> Result<()> {
        let record: Value = serde_json::from_str(record)?;
        ensure!(
            record["decision"] == *self.decision,
            "`{}` is shown of {record}, with {:?}",
            self.decision,
            String::from_utf8_lossy(&self.body)
        );
        if matches!(self.decision.as_str(), "ALLOW" | "FLAG") {
            return Ok(());
        }
        let body: Value = serde_json::from_slice(&self.body)?;
        let data = &body["error"]["data"];
        let reasons = record["reasons"].as_array().context("reasons")?;
        let codes: Vec<&Value> = reasons.iter().map(|reason| &reason["code"]).collect();
        let pairs = [
            (&data["policy"], &record["deciding"]["policy"]),
            (&data["reasons"], &json!(codes)),
            (&data["remediation"], &record["remediation"]),
        ];
        for (shown, recorded) in pairs {
            ensure!(shown == recorded, "{shown} is shown of {recorded}");
        }
        Ok(())
    }
}
