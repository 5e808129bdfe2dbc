//! A question as an HTTP message to the filter, and what the filter leaves of its answer.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::Question;
use super::questions::PATH;

/// Who calls, as an authenticating filter in front would say it.
const IDENTITY: &str = "x-callgate-identity";

/// The task session, likewise.
const TASK: &str = "x-callgate-task";

/// The configuration of a filter that decides by a release and logs every record.
///
/// # Errors
/// None: a configuration is an object.
pub fn configuration(release: &str) -> Result<String> {
    let gateway = json!({
        "audit": { "log": true },
        "identity": { "source": "header", "header": IDENTITY },
        "routes": [{ "path": PATH, "kind": "mcp" }],
        // What it would count stays from one question to the next.
        "state": "none",
        "task": { "source": "header", "header": TASK },
    });
    // The release's own bytes: its digest is over numbers as they are written.
    let text = gateway.to_string();
    let rest = text.strip_prefix('{').context("an object")?;
    Ok(format!(r#"{{"release":{release},{rest}"#))
}

/// What is sent.
#[derive(Debug)]
pub struct Sent {
    /// Header lines; the path is [`PATH`], the method POST.
    pub headers: Vec<(&'static str, String)>,
    /// The MCP message.
    pub body: String,
}

/// The message that stands for a question of [`super::gateway`].
///
/// # Errors
/// The call is no JSON.
pub fn message(question: &Question) -> Result<Sent> {
    let call: Value = serde_json::from_str(&question.call)?;
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        (IDENTITY, ascii(&call["identity"])),
    ];
    if call["task"].is_object() {
        headers.push((TASK, ascii(&call["task"])));
    }
    let tool = &call["request"]["tool"];
    let mut params = json!({ "name": tool["name"] });
    if tool["args"].is_object() {
        params["arguments"] = tool["args"].clone();
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let body = body.to_string();
    Ok(Sent { headers, body })
}

/// JSON that may stand in a header.
fn ascii(value: &Value) -> String {
    let mut text = String::new();
    for unit in value.to_string().chars() {
        if (' '..='~').contains(&unit) {
            text.push(unit);
        } else {
            for half in unit.encode_utf16(&mut [0; 2]) {
                text += &format!("\\u{half:04x}");
            }
        }
    }
    text
}

/// A line that the filter logged of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// RFC 3339.
    pub at: String,
    /// Canonical JSON.
    pub record: String,
}

impl Told {
    /// The line, if it is one of a decision.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (_, line) = line.split_once(r#"callgate: {"at":""#)?;
        let (at, line) = line.split_once(r#"","id":"#)?;
        let (_, record) = line.split_once(r#","record":"#)?;
        Some(Self {
            at: at.to_owned(),
            record: record.strip_suffix('}')?.to_owned(),
        })
    }
}

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
