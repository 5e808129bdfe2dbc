//! What every engine is asked: the expressions a to e, and a decision by many policies.

use crate::cases::{CASES, guarded, request};

/// A request and the expressions about it; the answer is whether all of them hold.
#[derive(Clone, Debug)]
pub struct Question {
    /// The expressions, of which a decision needs all.
    pub sources: Vec<String>,
    /// The call they are about, as JSON.
    pub request: String,
    /// The right answer, as a reader of the expressions finds it.
    pub holds: bool,
}

/// How many policies there are at once, each for one tool.
const POLICIES: [usize; 2] = [100, 10_000];

/// Every question's name, in the order of a table.
pub fn names() -> Vec<String> {
    let expressions = CASES.iter().map(|(name, ..)| (*name).to_owned());
    let policies = POLICIES.iter().map(usize::to_string);
    expressions.chain(policies).collect()
}

/// The question of a name.
pub fn question(name: &str) -> Option<Question> {
    let case = CASES.iter().find(|(case, ..)| *case == name);
    if let Some((name, source, recipients)) = case {
        return Some(Question {
            sources: vec![source()],
            request: request(*recipients),
            holds: *name != "d",
        });
    }
    let count = POLICIES
        .into_iter()
        .find(|count| count.to_string() == name)?;
    Some(Question {
        sources: (0..count).map(guarded).collect(),
        request: request(10).replace("get_issue", "tool_7"),
        holds: true,
    })
}
