//! The second half of a decision: whether a response may reach the caller, and what of it is blanked.

use callgate_cel::{ErrorCode, Gas};
use callgate_json::Value;
use callgate_model::{
    Call, Code, Delta, Kind, Reason, Record, Remediation, State, Status, Timestamp,
};

use crate::asked::Asked;
use crate::family::{dlp, output};
use crate::method::{self, Standing};
use crate::verdict::Verdict;
use crate::{CompiledRelease, Scratch};

/// What a response has to hold against: the output rules and DLP policies that covered the call. It
/// is taken down when the call is decided and outlives it; the release it came from judges by it.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Indices of rule sets with output rules, in the order of the release.
    pub(crate) outputs: Vec<usize>,
    /// Indices of DLP policies, each with whether it covers the call for certain.
    pub(crate) dlp: Vec<(usize, bool)>,
    /// Whose call it was.
    pub(crate) agent: String,
    /// Whether the request was the protocol's own: what answers it is no output of a call.
    pub(crate) protocol: bool,
}

/// What a server sends back, in the parts that policies look at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Response<'a> {
    /// What the call came to: the `result` of a JSON-RPC response.
    pub result: Option<Value<'a>>,
    /// Why it came to nothing: the `error` of a JSON-RPC response.
    pub error: Option<Value<'a>>,
    /// What a message of the server beside its response carries: `params`.
    pub params: Option<Value<'a>>,
    /// A part of what comes in several: its texts are looked through, but how much it is and in which
    /// form is nothing that can be said of it.
    pub part: Option<Value<'a>>,
    /// The `id` of a message, unless it is the caller's own.
    pub id: Option<Value<'a>>,
    /// The `method` of a message.
    pub method: Option<Value<'a>>,
    /// Whether it answers the very request that the duty is of.
    pub own: bool,
}

/// A judged response.
#[derive(Debug)]
pub struct JudgedResponse<'r> {
    /// What was decided and why; it consumes nothing.
    pub record: Record<'r>,
    /// What to put in place of values before the response goes on; none when it may not.
    pub blanked: Vec<Blanked>,
}

/// A JSON value of the response and the one that takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blanked {
    /// Its first byte in the text of the response.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// What stands there instead.
    pub text: String,
}

impl Duty {
    /// What the response to `call` has to hold against; `None` when nobody looks at it. Requests of the
    /// protocol have one, too: whatever a server says may come in their responses.
    pub fn of(
        release: &CompiledRelease,
        call: &Call<'_>,
        state: &State<'_>,
        now: Timestamp,
    ) -> Option<Self> {
        let asked = Asked::new(release, call, state, now);
        let duty = Self {
            outputs: output::applying(&asked),
            dlp: dlp::looking_at_responses(&asked),
            agent: asked.agent().to_owned(),
            protocol: is_of_protocol(release, call),
        };
        (!duty.outputs.is_empty() || !duty.dlp.is_empty()).then_some(duty)
    }

    /// Whether the request was the protocol's own: what answers it is no output of a call.
    pub fn is_of_protocol(&self) -> bool {
        self.protocol
    }

    /// Whether an output rule says how much a response may be, or in which form: that takes all of it.
    pub fn takes_all(&self, release: &CompiledRelease) -> bool {
        output::take_all(release, self)
    }

    /// Judges a response by `release`, which must be the one the duty came from.
    pub fn judge<'r>(
        &self,
        release: &'r CompiledRelease,
        response: Response<'_>,
        scratch: &Scratch,
    ) -> JudgedResponse<'r> {
        let mut gas = Gas::new(scratch.gas);
        let mut verdict = Verdict::allow();
        let mut blanked = Vec::new();
        let judged = output::judge(release, self, response, &mut gas, &mut verdict)
            .and_then(|()| dlp::respond(release, self, response, &mut gas, &mut verdict));
        match judged {
            Ok(found) => blanked = found,
            Err(ErrorCode::MemoryExhausted) => verdict.add(Reason::bare(Code::MemoryExhausted)),
            Err(_) => verdict.add(Reason::bare(Code::GasExhausted)),
        }
        if verdict.is_denied() {
            blanked.clear();
        }
        let code = verdict.deciding.map(|deciding| deciding.code);
        let record = Record {
            decision: verdict.effect,
            status: Status::of(verdict.effect, code),
            release: Some(release.reference()),
            deciding: verdict.deciding,
            reasons: verdict.reasons,
            findings: verdict.findings,
            obligations: Vec::new(),
            exceptions: Vec::new(),
            remediation: Remediation::default(),
            delta: Delta::default(),
            gas: gas.used(),
            explanation: None,
        };
        JudgedResponse { record, blanked }
    }
}

fn is_of_protocol(release: &CompiledRelease, call: &Call<'_>) -> bool {
    let method = call.request.method.unwrap_or_default();
    let listed = &release.release().settings.mcp_methods;
    call.request.kind == Kind::McpRequest && method::standing(method, listed) == Standing::Protocol
}
