//! What an agent can do about a refusal, without learning what the policies say.

use callgate_json::Writer;

use crate::Code;

/// For the agent: what is missing, and when a retry makes sense.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remediation {
    /// What the call lacks, in words.
    pub missing_requirements: Vec<String>,
    /// Actions that have to succeed first.
    pub required_prior_actions: Vec<String>,
    /// What is wrong with the arguments.
    pub argument_violations: Vec<Violation>,
    /// When a retry can pass.
    pub retry_after_seconds: Option<u64>,
    /// Other actions that may be called, if the release discloses them.
    pub safe_alternatives: Option<Vec<String>>,
}

/// A part of the arguments that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON Pointer into the arguments.
    pub pointer: String,
    /// The keyword of the schema, or the kind of rule.
    pub keyword: String,
    /// What is expected, never what was found.
    pub message: String,
}

impl Remediation {
    pub(super) fn write(&self, code: Code, w: &mut Writer<'_>) {
        w.begin_object();
        w.key("argument_violations").begin_array();
        for violation in &self.argument_violations {
            w.begin_object().key("keyword").str(&violation.keyword);
            w.key("message").str(&violation.message);
            w.key("pointer").str(&violation.pointer).end_object();
        }
        w.end_array();
        texts(w, "missing_requirements", &self.missing_requirements);
        w.key("reason_code").str(code.as_str());
        w.key("recoverable").bool(code.is_recoverable());
        texts(w, "required_prior_actions", &self.required_prior_actions);
        w.key("retry_after_seconds");
        match self.retry_after_seconds {
            None => w.null(),
            Some(seconds) => w.uint(seconds),
        };
        if let Some(alternatives) = &self.safe_alternatives {
            texts(w, "safe_alternatives", alternatives);
        }
        w.end_object();
    }
}

impl Code {
    /// Whether the same agent can make the call pass: later, with other arguments, after other
    /// actions, or with an approval.
    pub fn is_recoverable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::OutsideWindow
                | Self::ArgumentConstraintViolated
                | Self::MissingEvidence
                | Self::StaleEvidence
                | Self::UngroundedArgument
                | Self::ApprovalRequired
                | Self::ResourceMissing
                | Self::ContextMissing
        )
    }
}

fn texts(w: &mut Writer<'_>, key: &str, texts: &[String]) {
    w.key(key).begin_array();
    for text in texts {
        w.str(text);
    }
    w.end_array();
}
