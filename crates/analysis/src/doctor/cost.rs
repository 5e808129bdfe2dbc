//! Policies that could together use up the gas of one decision.

use callgate_cel::{Known, Program, Value};

use super::{Examination, Proof, warning};
use crate::whole::{cel_of, of_family};

/// Tools that are looked at by name.
const TOOLS: usize = 256;

pub(super) fn examine(examination: &mut Examination<'_>) {
    let limits = examination.limits;
    let environment = callgate_engine::environment();
    let programs: Vec<(Program, u64)> = of_family(examination.release, cel_of)
        .filter_map(|(_, _, cel)| {
            let ast = callgate_cel::parse(&cel.expression, limits).ok()?;
            let program = callgate_cel::compile(&ast, environment, limits).ok()?;
            let gas = program.worst_case(environment, limits).gas();
            Some((program, gas))
        })
        .collect();
    let sum = |costs: &mut dyn Iterator<Item = u64>| costs.fold(0, u64::saturating_add);
    if sum(&mut programs.iter().map(|(_, gas)| *gas)) <= limits.gas {
        return;
    }
    let Some(slot) = environment.slot("request.tool.name") else {
        return;
    };
    let mut tools: Vec<&str> = programs
        .iter()
        .flat_map(|(p, _)| p.compared_texts(slot))
        .collect();
    callgate_json::sort_by(&mut tools, Ord::cmp);
    tools.dedup();
    tools.truncate(TOOLS);
    let named = tools
        .iter()
        .map(|name| (Some(*name), Known::Value(Value::String(name))));
    let cases = named.chain([(None, Known::OtherText)]);
    let mut worst: Option<(Option<&str>, u64, usize)> = None;
    for (tool, known) in cases {
        let mut activation = vec![Known::Unknown; environment.declarations().len()];
        if let Some(place) = activation.get_mut(slot.index()) {
            *place = known;
        }
        let judging = programs
            .iter()
            .filter(|(program, _)| program.always(&activation).is_none());
        let costs: Vec<u64> = judging.map(|(_, gas)| *gas).collect();
        let total = sum(&mut costs.iter().copied());
        if worst.is_none_or(|(_, most, _)| total > most) {
            worst = Some((tool, total, costs.len()));
        }
    }
    let Some((tool, total, count)) = worst.filter(|(_, total, _)| *total > limits.gas) else {
        return;
    };
    let what = match tool {
        Some(tool) => format!("calls of `{tool}`"),
        None => "calls of one tool".to_owned(),
    };
    let message = format!(
        "the {count} expressions that can matter for {what} cost up to {total} gas together, and a decision has {}",
        limits.gas
    );
    let diagnostic = warning("doctor.cost", None, message);
    let help = "a call large enough is denied; `callgate check --costs` shows what each costs";
    examination.add(None, diagnostic.with_help(help), Proof::Proved);
}
