//! Edits to CEL expressions: one node of the tree becomes another.

use callgate_cel::conditions::Conditions;
use callgate_cel::syntax::ast::{
    Ast, BinaryOperator, Literal, Name, NodeId, NodeKind, UnaryOperator,
};
use callgate_engine::environment;
use callgate_model::{Limits, Span};
use serde_json::Value;

use super::Edit;

/// A part of the source and what it becomes.
struct Change {
    span: Span,
    after: String,
    what: String,
}

/// Every edit to the expression of a CEL policy, and the other effect.
pub fn edits(document: &Value) -> Vec<Edit> {
    let spec = document.pointer("/spec");
    let source = spec.and_then(|spec| spec.get("expression")?.as_str());
    let (Some("CelPolicy"), Some(source)) = (document["kind"].as_str(), source) else {
        return Vec::new();
    };
    let Ok(ast) = callgate_cel::parse(source, &Limits::default()) else {
        return Vec::new();
    };
    let mut changes = conditions(source);
    changes.extend(ast.nodes().flat_map(|(id, _)| node(&ast, id)));
    changes.sort_by(|a, b| (a.span, &a.after).cmp(&(b.span, &b.after)));
    changes.dedup_by(|a, b| a.span == b.span && a.after == b.after);
    let mut edits: Vec<Edit> = changes
        .into_iter()
        .filter_map(|change| edit(document, source, change))
        .collect();
    edits.extend(other_effect(document));
    edits
}

fn edit(document: &Value, source: &str, change: Change) -> Option<Edit> {
    let (from, to) = (change.span.start as usize, change.span.end as usize);
    let (front, back) = (source.get(..from)?, source.get(to..)?);
    let edited = format!("{front}{}{back}", change.after);
    // The lines that the edit is on, before and after.
    let first = front.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let rest = back.find('\n').unwrap_or(back.len());
    let line = |text: &str| {
        let tail = text.len().saturating_sub(back.len().saturating_sub(rest));
        text.get(first..tail).unwrap_or_default().trim().to_owned()
    };
    let mut edited_document = document.clone();
    *edited_document.pointer_mut("/spec/expression")? = Value::String(edited.clone());
    Some(Edit {
        pointer: "/spec/expression".to_owned(),
        within: Some(change.span),
        what: change.what,
        before: line(source),
        after: line(&edited),
        document: edited_document,
    })
}

fn other_effect(document: &Value) -> Option<Edit> {
    let effect = document.pointer("/spec/effect")?.as_str()?;
    let other = if effect == "allow" { "deny" } else { "allow" };
    let mut edited = document.clone();
    *edited.pointer_mut("/spec/effect")? = Value::String(other.to_owned());
    Some(Edit {
        pointer: "/spec/effect".to_owned(),
        within: None,
        what: "the effect is the other one".to_owned(),
        before: format!("effect: {effect}"),
        after: format!("effect: {other}"),
        document: edited,
    })
}

/// Each condition the other way round.
fn conditions(source: &str) -> Vec<Change> {
    let conditions = Conditions::new(source, environment(), &Limits::default());
    let conditions = conditions.iter().flat_map(Conditions::decisions);
    let spans = conditions.flat_map(|decision| decision.conditions.iter().map(|c| c.span));
    let change = |span: Span| {
        let text = source.get(span.start as usize..span.end as usize)?;
        Some(Change {
            span,
            after: format!("!({text})"),
            what: "the condition is negated".to_owned(),
        })
    };
    spans.filter_map(change).collect()
}

fn node(ast: &Ast, id: NodeId) -> Vec<Change> {
    let node = ast.node(id);
    let text = |id: NodeId| ast.text(ast.node(id).span).to_owned();
    let whole = |after: String, what: &str| Change {
        span: node.span,
        after,
        what: what.to_owned(),
    };
    match &node.kind {
        NodeKind::Literal(literal) => constant(literal)
            .into_iter()
            .map(|after| whole(after, "the constant is another"))
            .collect(),
        NodeKind::Unary { operator, operand } => match operator {
            UnaryOperator::Not => vec![whole(text(*operand), "`!` is dropped")],
            UnaryOperator::Negate => vec![whole(text(*operand), "`-` is dropped")],
        },
        NodeKind::Binary {
            operator,
            operator_span,
            left,
            right,
        } => {
            let swap = |other: &BinaryOperator| Change {
                span: *operator_span,
                after: other.symbol().to_owned(),
                what: format!("`{}` becomes `{}`", operator.symbol(), other.symbol()),
            };
            let mut changes: Vec<Change> = others(*operator).iter().map(swap).collect();
            if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
                let dropped = format!("an operand of `{}` is dropped", operator.symbol());
                // Brackets, since what is around may bind tighter.
                changes.push(whole(format!("({})", text(*left)), &dropped));
                changes.push(whole(format!("({})", text(*right)), &dropped));
            }
            changes
        }
        NodeKind::Conditional {
            condition,
            then,
            otherwise,
        } => {
            let swapped = format!(
                "{} ? {} : {}",
                text(*condition),
                text(*otherwise),
                text(*then)
            );
            vec![whole(swapped, "the branches are swapped")]
        }
        NodeKind::Call {
            function, target, ..
        } => other_function(function, target.is_some()),
        NodeKind::Error
        | NodeKind::Ident { .. }
        | NodeKind::Select { .. }
        | NodeKind::Index { .. }
        | NodeKind::List(_)
        | NodeKind::Map(_)
        | NodeKind::Message { .. }
        | NodeKind::Group(_) => Vec::new(),
    }
}

/// What an operator may have been mistaken for.
fn others(operator: BinaryOperator) -> &'static [BinaryOperator] {
    use BinaryOperator as Is;
    match operator {
        Is::Or => &[Is::And],
        Is::And => &[Is::Or],
        Is::Equal => &[Is::NotEqual],
        Is::NotEqual => &[Is::Equal],
        Is::Less => &[Is::LessEqual, Is::GreaterEqual],
        Is::LessEqual => &[Is::Less, Is::Greater],
        Is::Greater => &[Is::GreaterEqual, Is::LessEqual],
        Is::GreaterEqual => &[Is::Greater, Is::Less],
        Is::Add => &[Is::Subtract],
        Is::Subtract => &[Is::Add],
        Is::Multiply => &[Is::Divide],
        Is::Divide | Is::Remainder => &[Is::Multiply],
        Is::In => &[],
    }
}

fn constant(literal: &Literal) -> Vec<String> {
    match literal {
        Literal::Null => Vec::new(),
        Literal::Bool(truth) => vec![(!truth).to_string()],
        Literal::Int(int) => {
            let neighbours = [int.checked_add(1), int.checked_sub(1)];
            neighbours
                .into_iter()
                .flatten()
                .map(|n| n.to_string())
                .collect()
        }
        Literal::Uint(uint) => {
            let neighbours = [uint.checked_add(1), uint.checked_sub(1)];
            neighbours
                .into_iter()
                .flatten()
                .map(|n| format!("{n}u"))
                .collect()
        }
        Literal::Double(double) => {
            vec![format!("{:?}", double + 1.0), format!("{:?}", double - 1.0)]
        }
        Literal::String(text) => vec![Value::String(format!("{text}~")).to_string()],
        Literal::Bytes(_) => Vec::new(),
    }
}

/// What a function or macro may have been mistaken for.
fn other_function(function: &Name, method: bool) -> Vec<Change> {
    let others: &[&str] = match &*function.text {
        "all" if method => &["exists"],
        "exists" if method => &["all"],
        "exists_one" | "existsOne" if method => &["exists"],
        "startsWith" | "endsWith" => &["contains"],
        "contains" if method => &["startsWith"],
        _ => &[],
    };
    let change = |other: &&str| Change {
        span: function.span,
        after: (*other).to_owned(),
        what: format!("`{}` becomes `{other}`", function.text),
    };
    others.iter().map(change).collect()
}
