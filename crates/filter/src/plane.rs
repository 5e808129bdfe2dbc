//! The control plane as the filter knows it: where it is, how it is asked, how patiently.
use crate::host::{self, HostError, Map};
use callgate_json::Value;
use callgate_model::{Digest, Fields, Reader};
use callgate_release::TrustedKeys;
use std::cell::Cell;

/// Where releases come from, records go, and approvals are kept.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    /// The cluster in Envoy's configuration.
    cluster: String,
    authority: String,
    /// What `authorization` says.
    bearer: Option<String>,
    /// Where the active release is.
    pub(crate) releases: String,
    /// Where records go.
    pub(crate) executions: String,
    /// Where approvals are asked for.
    pub(crate) approvals: String,
    /// Where exceptions are, if there are any.
    pub(crate) exceptions: Option<String>,
    /// Where units of what all gateways share are lent.
    pub(crate) leases: String,
    period_ms: u32,
    pub(crate) trusted: TrustedKeys,
    /// What tells this plane's names in shared data from those of others under the same `vm_id`.
    id: String,
    /// The number of the list of exceptions that was found last and is of no use.
    pub(crate) no_exceptions: Cell<Option<u64>>,
    /// The number of what was found and cannot follow what is in force: not to be read again and again.
    pub(crate) passed_over: Cell<Option<u64>>,
}

const FIELDS: [&str; 9] = [
    "cluster",
    "authority",
    "path",
    "executions_path",
    "approvals_path",
    "leases_path",
    "exceptions_path",
    "poll_ms",
    "token",
];
const RELEASES: &str = "/api/v1/releases/active";
const EXECUTIONS: &str = "/api/v1/executions";
const APPROVALS: &str = "/api/v1/approvals";
const LEASES: &str = "/api/v1/leases";
const LEAST_PERIOD: u64 = 100;
const DEFAULT_PERIOD: u32 = 1_000;
/// How long an answer may take, in milliseconds.
const PATIENCE: u32 = 5_000;
const MILLISECOND: u64 = 1_000_000;
/// Doublings of the period after failures, at most: half a minute at the default.
const BACK_OFF: u32 = 5;

impl ControlPlane {
    /// Reads `control_plane`; the keys are those that releases are believed by.
    pub(crate) fn read(
        reader: &mut Reader,
        fields: Fields<'_>,
        trusted: Option<&TrustedKeys>,
    ) -> Option<Option<Self>> {
        let Some(value) = fields.get("control_plane") else {
            return Some(None);
        };
        let what = "`control_plane`";
        let own = reader.fields(value, what, &FIELDS)?;
        let cluster = reader.required(own, "cluster", what)?;
        let cluster = reader.string(cluster, "`cluster`")?;
        let mut text = |key: &str, otherwise: &str| match own.get(key) {
            None => Some(otherwise.to_owned()),
            Some(value) => reader.string(value, key).map(str::to_owned),
        };
        let authority = text("authority", cluster)?;
        let releases = text("path", RELEASES)?;
        let executions = text("executions_path", EXECUTIONS)?;
        let approvals = text("approvals_path", APPROVALS)?;
        let leases = text("leases_path", LEASES)?;
        let exceptions = text("exceptions_path", "")?;
        let token = text("token", "")?;
        let period_ms = match own.get("poll_ms") {
            None => Some(DEFAULT_PERIOD),
            Some(value) => match reader.count(value, "`poll_ms`")? {
                period if period < LEAST_PERIOD => {
                    let message = "`poll_ms` must be 100 or more".to_owned();
                    reader.error("WRONG_VALUE", value, message, None);
                    None
                }
                period => Some(u32::try_from(period).unwrap_or(u32::MAX)),
            },
        };
        let Some(trusted) = trusted else {
            let message =
                "`control_plane` needs `trusted_keys`: a release is believed by its signatures";
            reader.error("MISSING_FIELD", value, message.to_owned(), None);
            return None;
        };
        let keys = fields.get("trusted_keys").map_or("", Value::raw);
        let id = [value.raw(), keys].concat();
        Some(Some(Self {
            id: Digest::of(id.as_bytes()).to_text(),
            cluster: cluster.to_owned(),
            authority,
            bearer: own.get("token").map(|_| ["Bearer ", &token].concat()),
            releases,
            executions,
            approvals,
            exceptions: Some(exceptions).filter(|path| !path.is_empty()),
            leases,
            period_ms: period_ms?,
            trusted: trusted.clone(),
            passed_over: Cell::new(None),
            no_exceptions: Cell::new(None),
        }))
    }

    /// Asks for `path`, with `more` as one more header; with a body something is posted there. The answer
    /// comes under the number that this gives.
    pub(crate) fn ask(
        &self,
        path: &str,
        more: Option<(&str, &str)>,
        body: Option<&[u8]>,
    ) -> Result<u32, HostError> {
        let mut headers = vec![
            (":method", if body.is_some() { "POST" } else { "GET" }),
            (":path", path),
            (":authority", self.authority.as_str()),
            ("accept", "application/json"),
        ];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        if let Some(bearer) = &self.bearer {
            headers.push(("authorization", bearer));
        }
        headers.extend(more);
        host::http_call(&self.cluster, &headers, body.unwrap_or_default(), PATIENCE)
    }

    /// How often a VM looks, in milliseconds: more often than one asks, so that all take a release over
    /// soon after it was found, and often enough for who waits for an approval.
    pub(crate) fn tick_ms(&self) -> u32 {
        let quarter = self.period_ms.checked_div(4).unwrap_or(0);
        quarter.clamp(50, 1_000)
    }

    /// How long to wait after so many failures in a row, in nanoseconds.
    pub(crate) fn wait(&self, failures: u32) -> u64 {
        let period = u64::from(self.period_ms).saturating_mul(MILLISECOND);
        period.saturating_mul(1u64.wrapping_shl(failures.min(BACK_OFF)))
    }

    /// When to ask next: later after each failure, and not all gateways at once.
    pub(crate) fn next(&self, failures: u32) -> u64 {
        let now = host::now().unwrap_or(0);
        let wait = self.wait(failures);
        // The clock's last digits are as good as any dice for this.
        let spread = wait.checked_div(8).unwrap_or(0).max(1);
        let less = now.checked_rem(spread).unwrap_or(0);
        now.saturating_add(wait.saturating_sub(less))
    }

    /// How long a VM's word that it asks holds: until its answer came, and it asked again.
    pub(crate) fn word(&self, wait: u64) -> u64 {
        wait.saturating_mul(2).saturating_add(patience())
    }

    /// The longest that a word holds.
    pub(crate) fn longest_word(&self) -> u64 {
        self.word(self.wait(BACK_OFF))
    }

    /// The name of something of a project in shared data: no project takes what another waits for.
    pub(crate) fn key(&self, what: &str, project: Option<&str>) -> String {
        let project = project.unwrap_or_default();
        ["callgate.polled.", what, ".", &self.id, ".", project].concat()
    }

    /// Where records go, and as whom: who says the same has the same records to send.
    pub(crate) fn destination(&self) -> String {
        let bearer = self.bearer.as_deref().unwrap_or_default();
        [&self.cluster, &self.authority, &self.executions, bearer].join("\n")
    }

    /// Where units are lent, and as whom.
    pub(crate) fn lender(&self) -> String {
        let bearer = self.bearer.as_deref().unwrap_or_default();
        [&self.cluster, &self.authority, &self.leases, bearer].join("\n")
    }
}

/// How long an answer may take, in nanoseconds.
pub(crate) fn patience() -> u64 {
    u64::from(PATIENCE).saturating_mul(MILLISECOND)
}

/// The status of the answer that is being delivered; 0 when there is none.
pub(crate) fn status() -> u16 {
    let headers = host::headers(Map::CalloutResponse).unwrap_or_default();
    let lines = headers.lines();
    let status = callgate_wire::Headers::new(&lines).one(":status");
    let status = status.ok().flatten();
    status.and_then(|status| status.parse().ok()).unwrap_or(0)
}
