//! Expressions that hold only for calls that have what calls of their kind do not have.

use callgate_model::Span;
use callgate_release::CelEffect;

use super::truth::Looked;
use super::{Examination, Proof, warning};
use crate::outcome::Outcomes;

/// What gateways put into calls: tools into tool calls, models and prompts into requests to models.
const PHASES: &str = r#"
(request.kind == "tool_call" || !has(request.tool.name) && !has(request.tool.server))
&& (request.kind in ["chat_completion", "embedding"] || !has(request.model) && request.prompt == [])
"#;

/// Looks at an expression that can be true.
pub(super) fn examine(examination: &mut Examination<'_>, looked: &mut Looked<'_>) {
    let phases = looked.question.expression(PHASES);
    let formulas = &mut looked.question.formulas;
    let comes = formulas.comes(looked.expression.truth, Outcomes::TRUE);
    let goal = formulas.all([looked.expression.applies, comes, phases]);
    if !examination.never(&looked.question, goal) {
        return;
    }
    let name = &looked.policy.name;
    let what = match looked.cel.effect {
        CelEffect::Deny => "denies",
        CelEffect::Allow => "allows",
    };
    let end = u32::try_from(looked.cel.expression.len()).unwrap_or(u32::MAX);
    let message = format!(
        "`{name}` {what} no call of a gateway: it asks for what calls of that kind do not have"
    );
    let diagnostic = warning("doctor.absent_in_phase", Some(Span::new(0, end)), message);
    let help = "tools are in a `tool_call` only, `request.model` and `request.prompt` in a `chat_completion` or an `embedding`";
    examination.add(
        Some(looked.expression.policy),
        diagnostic.with_help(help),
        Proof::Proved,
    );
}
