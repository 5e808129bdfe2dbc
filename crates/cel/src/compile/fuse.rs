//! Comparisons of attributes with literals are found, to be done in one step.

use crate::program::{Fused, KEPT_PATHS, Op, OpId, PoolId, Program, Relation};
use crate::value::Value;

/// Fills [`Program::fused`], and numbers the paths that are read more than once.
pub(super) fn fuse(program: &mut Program) {
    let fused = program.ops.iter().map(|op| one_step(program, op));
    program.fused = fused.collect();
    keep_paths(program);
}

fn one_step(program: &Program, op: &Op) -> Fused {
    let op_at = |id: OpId| program.ops.get(id.0 as usize);
    let path_at = |id: OpId| match op_at(id) {
        Some(Op::Path(path)) => Some(*path),
        _ => None,
    };
    let text = |operand: OpId, text: PoolId, equal: bool| match op_at(operand) {
        Some(Op::Path(path)) => Fused::PathText {
            path: *path,
            text,
            equal,
        },
        Some(Op::Slot(slot)) => Fused::SlotText {
            slot: *slot,
            text,
            equal,
        },
        _ => Fused::No,
    };
    let paths = |left: OpId, right: OpId, equal: bool| match (path_at(left), path_at(right)) {
        (Some(left), Some(right)) => Fused::Paths { left, right, equal },
        _ => Fused::No,
    };
    match *op {
        Op::EqualText(operand, pool) => text(operand, pool, true),
        Op::NotEqualText(operand, pool) => text(operand, pool, false),
        Op::Equal(left, right) => paths(left, right, true),
        Op::NotEqual(left, right) => paths(left, right, false),
        Op::InSet { operand, set } => {
            let texts = program.sets.get(set as usize);
            match op_at(operand) {
                _ if texts.is_none_or(|set| !set.others.is_empty()) => Fused::No,
                Some(Op::Path(path)) => Fused::PathSet { path: *path, set },
                Some(Op::Slot(slot)) => Fused::SlotSet { slot: *slot, set },
                _ => Fused::No,
            }
        }
        Op::Order(relation, left, right) => order(program, relation, left, right),
        Op::TextTest(test, operand, part) => match (path_at(operand), op_at(part)) {
            (Some(path), Some(Op::Text(text))) => Fused::PathTest {
                test,
                path,
                text: *text,
            },
            _ => Fused::No,
        },
        Op::Matches { operand, regex } => match path_at(operand) {
            Some(path) => Fused::PathMatches { path, regex },
            None => Fused::No,
        },
        _ => Fused::No,
    }
}

/// A path beside an int literal, on either side.
fn order(program: &Program, relation: Relation, left: OpId, right: OpId) -> Fused {
    let op = |id: OpId| program.ops.get(id.0 as usize);
    let (relation, path, scalar) = match (op(left), op(right)) {
        (Some(Op::Path(path)), Some(Op::Scalar(scalar))) => (relation, *path, *scalar),
        (Some(Op::Scalar(scalar)), Some(Op::Path(path))) => (relation.turned(), *path, *scalar),
        _ => return Fused::No,
    };
    match program.scalars.get(scalar as usize) {
        Some(Value::Int(literal)) => Fused::PathInt {
            relation,
            path,
            literal: *literal,
        },
        _ => Fused::No,
    }
}

/// Gives paths that lead to the same place the same number, if there are several.
fn keep_paths(program: &mut Program) {
    let mut next = 0u8;
    for at in 0..program.paths.len() {
        if usize::from(next) == KEPT_PATHS {
            return;
        }
        let Some((before, [path, after @ ..])) = program.paths.split_at_mut_checked(at) else {
            return;
        };
        if before.iter().any(|earlier| earlier.leads_where(path)) {
            continue;
        }
        let mut again = after.iter_mut().filter(|later| later.leads_where(path));
        if let Some(first) = again.next() {
            first.kept = next;
            again.for_each(|later| later.kept = next);
            path.kept = next;
            next = next.saturating_add(1);
        }
    }
}
