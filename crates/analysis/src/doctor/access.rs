//! Accesses that fail where the attribute is absent, and decide the call by failing.

use callgate_model::{Code, Span};
use callgate_release::CelEffect;

use super::truth::Looked;
use super::whole::TOOL_CALL;
use super::{Examination, Proof, note, warning};
use crate::atom::Form;
use crate::formula::{AtomId, Formula, Id};
use crate::outcome::Outcomes;
use crate::place::Place;
use crate::realize::Example;
use crate::search::Found;

/// Looks at every place that the expression reads.
pub(super) fn examine(examination: &mut Examination<'_>, looked: &mut Looked<'_>) {
    let Some(alone) = examination.only(&[looked.expression.policy]) else {
        return;
    };
    let mut places: Vec<(Place, Vec<AtomId>)> = Vec::new();
    for id in looked.question.formulas.atoms(looked.expression.truth) {
        if let Some(place) = looked
            .question
            .atoms
            .get(id)
            .and_then(|atom| atom.place.clone())
        {
            match places.iter_mut().find(|(known, _)| *known == place) {
                Some((_, atoms)) => atoms.push(id),
                None => places.push((place, vec![id])),
            }
        }
    }
    callgate_json::sort_by(&mut places, |(a, _), (b, _)| a.cmp(b));
    for (place, atoms) in places {
        // The failure matters where the call would be decided otherwise if what fails were false.
        let guarded = guarded(looked, &atoms);
        let otherwise = match looked.cel.effect {
            CelEffect::Deny => Outcomes::FALSE,
            CelEffect::Allow => Outcomes::TRUE,
        };
        let tool_call = looked.question.expression(TOOL_CALL);
        let formulas = &mut looked.question.formulas;
        let fails = formulas.comes(looked.expression.truth, Outcomes::FAILS);
        let matters = formulas.comes(guarded, otherwise);
        let goal = formulas.all([looked.expression.applies, fails, matters]);
        let on_tools = formulas.all([goal, tool_call]);
        // An example that fails here and nowhere else says most.
        let alone_here = others_hold(looked, &atoms);
        let clear = looked.question.formulas.all([on_tools, alone_here]);
        let limits = examination.limits;
        let confirm = |example: &Example| {
            let judged = crate::judge::judge(&alone, example, limits);
            judged.is_some_and(|judged| judged.code == Some(Code::CelError))
                && crate::witness::lacks(&example.call, &place, limits)
        };
        let mut found = examination.search(&looked.question, clear, confirm);
        if !matches!(found, Found::Call(_)) {
            found = examination.search(&looked.question, on_tools, confirm);
        }
        match found {
            Found::Call(example) => add(examination, looked, &place, &atoms, example, true),
            Found::Never | Found::Unknown => {
                if let Found::Call(example) = examination.search(&looked.question, goal, confirm) {
                    add(examination, looked, &place, &atoms, example, false);
                }
            }
        }
    }
}

/// None of the other atoms fails.
fn others_hold(looked: &mut Looked<'_>, atoms: &[AtomId]) -> Id {
    let formulas = &mut looked.question.formulas;
    let mut holding = Vec::new();
    for atom in formulas.atoms(looked.expression.truth) {
        if !atoms.contains(&atom) {
            let atom = formulas.atom(atom);
            holding.push(formulas.comes(atom, Outcomes::EITHER));
        }
    }
    formulas.all(holding)
}

/// The condition with every failing of these atoms taken for false.
fn guarded(looked: &mut Looked<'_>, atoms: &[AtomId]) -> Id {
    let formulas = &mut looked.question.formulas;
    let mut made: Vec<(Id, Id)> = Vec::new();
    for id in formulas.below(looked.expression.truth) {
        let new = |id: &Id| replacement(&made, *id);
        let replaced = match formulas.get(id).clone() {
            Formula::Atom(atom) if atoms.contains(&atom) => formulas.comes(id, Outcomes::TRUE),
            Formula::Constant(_) | Formula::Atom(_) => id,
            Formula::Not(part) => formulas.not(new(&part)),
            Formula::All(parts) => {
                let parts: Vec<Id> = parts.iter().map(new).collect();
                formulas.all(parts)
            }
            Formula::Any(parts) => {
                let parts: Vec<Id> = parts.iter().map(new).collect();
                formulas.any(parts)
            }
            Formula::Choice(a, b, c) => {
                let [a, b, c] = [a, b, c].map(|part| new(&part));
                formulas.choice(a, b, c)
            }
            Formula::Comes(part, outcomes) => formulas.comes(new(&part), outcomes),
        };
        made.push((id, replaced));
    }
    replacement(&made, looked.expression.truth)
}

fn replacement(made: &[(Id, Id)], id: Id) -> Id {
    let found = made.iter().find(|(old, _)| *old == id);
    found.map_or(id, |(_, new)| *new)
}

fn add(
    examination: &mut Examination<'_>,
    looked: &mut Looked<'_>,
    place: &Place,
    atoms: &[AtomId],
    example: Example,
    on_tools: bool,
) {
    let span = span(looked, atoms);
    let shown = shown(place);
    let name = &looked.policy.name;
    let effect = match looked.cel.effect {
        CelEffect::Deny => "denies",
        CelEffect::Allow => "does not allow",
    };
    let diagnostic = match (on_tools, looked.cel.effect) {
        (true, effect_of) => {
            let message = format!("`{name}` {effect} calls by failing where `{shown}` is absent");
            let help = match is_guardable(place) {
                true => format!("ask first: `has({shown}) && …`"),
                false => "say what is meant where it is absent".to_owned(),
            };
            let diagnostic = match effect_of {
                CelEffect::Deny => warning("doctor.unguarded", span, message),
                CelEffect::Allow => note("doctor.unguarded", span, message),
            };
            diagnostic.with_help(help)
        }
        (false, _) => {
            let message =
                format!("`{name}` {effect} requests by failing that never have `{shown}`");
            let help = r#"if it is about tools only: `request.kind == "tool_call" && …`"#;
            note("doctor.absent_in_kind", span, message).with_help(help)
        }
    };
    let proof = Proof::Witness(Box::new(example));
    examination.add(Some(looked.expression.policy), diagnostic, proof);
}

/// Where the first of the atoms stands that reads the place.
fn span(looked: &mut Looked<'_>, atoms: &[AtomId]) -> Option<Span> {
    let reads = |atom: &&AtomId| {
        let atom = looked.question.atoms.get(**atom);
        atom.is_some_and(|atom| atom.form != Form::Has)
    };
    let atom = *atoms.iter().find(reads).or(atoms.first())?;
    let id = looked.question.formulas.atom(atom);
    let negated = looked.question.formulas.not(id);
    looked.span(id).or_else(|| looked.span(negated))
}

fn is_guardable(place: &Place) -> bool {
    let plain = |key: &str| {
        let mut bytes = key.bytes();
        bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    place.keys.iter().all(|key| plain(key))
}

/// A place as an expression.
fn shown(place: &Place) -> String {
    let mut out = place.attribute.to_string();
    for key in &place.keys {
        out.push('.');
        match key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            true => out.push_str(key),
            false => {
                out.push('`');
                out.push_str(key);
                out.push('`');
            }
        }
    }
    out
}
