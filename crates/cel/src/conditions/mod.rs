//! Which conditions an expression is made of, and which of them decided an outcome: for MC/DC coverage.
//!
//! A *decision* is a boolean expression that something turns on: the whole, the condition of a `?:`
//! among other values, the body of a macro. Its *conditions* are the parts between `&&`, `||`, `!`
//! and the boolean `?:`. A condition *decides* when the outcome were another with the opposite truth
//! and everything else as it is; what does not decide is masked. (Masking MC/DC: Chilenski, *An
//! investigation of three forms of the modified condition decision coverage criterion*, 2001;
//! CAST-10.) Failing is an outcome of its own, and `&&` and `||` absorb failures as CEL says.

mod tree;
mod watch;

pub use watch::{Conditions, Seen};

use callgate_model::Span;

use crate::syntax::ast::NodeId;
use tree::Tree;

/// A truth, or `None` for what failed or was no truth.
pub type Truth = Option<bool>;

/// A boolean expression that something turns on.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Where it stands in the source.
    pub span: Span,
    /// Its conditions in source order.
    pub conditions: Vec<Condition>,
    tree: Tree,
    /// The decision, and its condition, that this one stands within.
    within: Option<(usize, usize)>,
    /// What is gone through for it, innermost last.
    ranges: Vec<Range>,
}

/// A part of a decision that has no parts.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// Where it stands in the source.
    pub span: Span,
    node: NodeId,
}

/// What a macro goes through.
#[derive(Debug, Clone)]
struct Range {
    node: NodeId,
    variables: Vec<Box<str>>,
    visits: Visits,
}

/// What a macro's variables stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visits {
    /// Each element, or key; of two variables the first is the place or key.
    Elements,
    /// The value itself, `cel.bind`.
    Value,
    /// What an optional holds.
    Optional,
}

impl Decision {
    /// What the decision comes to with these truths of its conditions.
    pub fn outcome(&self, truths: &[Truth]) -> Truth {
        self.tree.outcome(truths)
    }

    /// Whether the outcome were another if this condition had the opposite truth. What failed
    /// has no opposite.
    pub fn decides(&self, truths: &[Truth], condition: usize) -> bool {
        let mut turned = truths.to_vec();
        match turned.get_mut(condition) {
            Some(Some(truth)) => *truth = !*truth,
            _ => return false,
        }
        self.outcome(&turned) != self.outcome(truths)
    }
}

#[cfg(test)]
mod tests;
