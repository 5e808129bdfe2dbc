//! Tokens that are signed for this gateway: the host says whether one holds, here is what it says.
use super::{Facts, Principal, TaskSession, Unknown, text};
use crate::http::Headers;
use callgate_json::{Document, Limits, Value};

/// What a token is presented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// To say who calls.
    Agent,
    /// To say within which task.
    Task,
}

/// The header that carries an agent's token.
#[derive(Clone, Debug)]
pub struct SignedToken {
    /// Its name in lower case.
    pub header: String,
    /// What stands before the token and a space, in either case: `Bearer`.
    pub scheme: Option<String>,
    /// Who calls without one.
    pub anonymous: Option<Principal>,
}

const TOKEN: &str = "configured for tokens";
/// The claim that names the caller.
const SUBJECT: &str = "/sub";

impl SignedToken {
    pub(super) fn establish(
        &self,
        headers: Headers<'_>,
        facts: &dyn Facts,
        limits: &Limits,
    ) -> Result<Principal, Unknown> {
        let value = text(headers, &self.header, TOKEN).map_err(Unknown::Wire)?;
        let Some(value) = value else {
            return self.anonymous.clone().ok_or(Unknown::Unauthenticated);
        };
        let token = match &self.scheme {
            None => value,
            Some(scheme) => {
                let presented = value.split_once(' ');
                let presented = presented.filter(|(said, _)| said.eq_ignore_ascii_case(scheme));
                presented.ok_or(Unknown::Unauthenticated)?.1
            }
        };
        let claims = read(facts.claims(Claimed::Agent, token)?, limits)?;
        let name = subject(&claims)?.to_owned();
        let typed =
            |name: &str, fits: fn(Value<'_>) -> bool| claims.root().pointer(name).is_none_or(fits);
        let is_texts = |value: Value<'_>| {
            let items = value.as_array();
            items.is_some_and(|items| items.iter().all(|item| item.as_str().is_some()))
        };
        if !typed("/labels", |value| value.as_object().is_some()) || !typed("/groups", is_texts) {
            return Err(Unknown::Unauthenticated);
        }
        Principal::new(&name, Some(claims)).ok_or(Unknown::Unauthenticated)
    }
}

/// The task of a token that is the caller's: nobody works with what was given to another.
pub(super) fn task(
    token: &str,
    facts: &dyn Facts,
    caller: &Principal,
    limits: &Limits,
) -> Result<TaskSession, Unknown> {
    let claims = read(facts.claims(Claimed::Task, token)?, limits)?;
    let task = claims.root().pointer("/task");
    match (subject(&claims)? == caller.identity().name, task) {
        (true, Some(task)) => {
            TaskSession::read(task.raw(), limits).map_err(|_| Unknown::Unauthenticated)
        }
        _ => Err(Unknown::Unauthenticated),
    }
}

fn read(claims: String, limits: &Limits) -> Result<Document<'static>, Unknown> {
    Document::parse_owned(claims.into_bytes(), limits).map_err(|_| Unknown::Unauthenticated)
}

fn subject<'c>(claims: &'c Document<'_>) -> Result<&'c str, Unknown> {
    let subject = claims.root().pointer(SUBJECT).and_then(Value::as_str);
    subject.ok_or(Unknown::Unauthenticated)
}
