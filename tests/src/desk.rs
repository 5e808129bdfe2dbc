//! Where people approve: a small control plane's approvals, one for each call that is asked about.

use serde_json::{Value, json};

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No.
    Rejected,
    /// Nothing, in time.
    Expired,
}

/// All approvals that were ever asked for.
#[derive(Debug, Default)]
pub struct Desk {
    /// The questions, in order.
    pub asked: Vec<Value>,
    approvals: Vec<Approval>,
    approves_all: bool,
}

#[derive(Debug)]
struct Approval {
    /// What a ticket is bound to.
    binding: [Value; 4],
    verdict: Option<Verdict>,
    redeemed: bool,
}

impl Desk {
    /// Answers a POST: the status and the body.
    pub fn answer(&mut self, path: &str, body: &[u8]) -> (u16, String) {
        match path.strip_prefix("/api/v1/approvals") {
            Some("") => self.ask(body),
            Some(rest) => {
                let id = rest
                    .strip_prefix('/')
                    .and_then(|rest| rest.strip_suffix("/redeem"));
                self.redeem(id.unwrap_or_default())
            }
            None => (404, String::new()),
        }
    }

    /// The same call has the same approval until that is used up.
    fn ask(&mut self, body: &[u8]) -> (u16, String) {
        let question: Value = serde_json::from_slice(body).unwrap_or_default();
        let binding =
            ["policy", "identity", "tool", "args_digest"].map(|name| question[name].clone());
        self.asked.push(question);
        let known = |approval: &Approval| !approval.redeemed && approval.binding == binding;
        let found = self.approvals.iter().position(known);
        let number = found.unwrap_or_else(|| {
            self.approvals.push(Approval {
                binding,
                verdict: self.approves_all.then_some(Verdict::Approved),
                redeemed: false,
            });
            self.approvals.len() - 1
        });
        let status = match self.approvals[number].verdict {
            None => "pending",
            Some(Verdict::Approved) => "approved",
            Some(Verdict::Rejected) => "rejected",
            Some(Verdict::Expired) => "expired",
        };
        let url = format!("https://control.test/approvals/apr_{number}");
        let answer = json!({ "id": format!("apr_{number}"), "status": status, "url": url });
        (200, answer.to_string())
    }

    fn redeem(&mut self, id: &str) -> (u16, String) {
        match self.find(id) {
            Some(approval) if approval.verdict == Some(Verdict::Approved) && !approval.redeemed => {
                approval.redeemed = true;
                (200, "{}".to_owned())
            }
            Some(_) => (409, String::new()),
            None => (404, String::new()),
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Approval> {
        let number = id.strip_prefix("apr_")?.parse::<usize>().ok()?;
        self.approvals.get_mut(number)
    }

    /// Says something to a question.
    pub fn decide(&mut self, id: &str, verdict: Verdict) {
        if let Some(approval) = self.find(id) {
            approval.verdict = Some(verdict);
        }
    }

    /// From here on says yes to every question at once.
    pub fn approve_all(&mut self) {
        self.approves_all = true;
    }

    /// The approval that was asked for last.
    #[must_use]
    pub fn last_id(&self) -> String {
        format!("apr_{}", self.approvals.len().saturating_sub(1))
    }

    /// How many were taken back.
    #[must_use]
    pub fn redeemed(&self) -> usize {
        let redeemed = self.approvals.iter().filter(|approval| approval.redeemed);
        redeemed.count()
    }
}
