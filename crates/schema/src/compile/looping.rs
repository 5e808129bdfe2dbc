//! References that come back to where they start without looking at a part of the value: judging
//! them would never end (Core, section 9.4.1).

use super::{Compiler, help};
use crate::Code;
use crate::node::{Apply, NodeId, Rule};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

impl Compiler<'_, '_> {
    pub(super) fn refuse_loops(&mut self, rules: &[Vec<Rule>]) {
        let mut marks = vec![Mark::New; rules.len()];
        for node in 0..self.node_count() {
            if marks.get(node as usize) == Some(&Mark::New) {
                self.walk(node, rules, &mut marks);
            }
        }
    }

    /// Depth first, with a stack of its own: chains of references may be long.
    fn walk(&mut self, start: NodeId, rules: &[Vec<Rule>], marks: &mut [Mark]) {
        let mut stack = vec![(start, same_value(start, rules))];
        set(marks, start, Mark::Open);
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(target) = next.pop() else {
                set(marks, node, Mark::Done);
                stack.pop();
                continue;
            };
            match marks.get(target as usize) {
                Some(Mark::New) => {
                    set(marks, target, Mark::Open);
                    stack.push((target, same_value(target, rules)));
                }
                Some(Mark::Open) => self.report_loop(node),
                Some(Mark::Done) | None => {}
            }
        }
    }

    fn report_loop(&mut self, node: NodeId) {
        let Some(value) = self.draft(node).map(|draft| draft.value) else {
            return;
        };
        let message =
            "this comes back to itself for the same value, and would never end".to_owned();
        let problem = self.problem(node, &[], value, Code::Loop, message);
        help(
            problem,
            "refer to it from `properties`, `items` or another part of the value",
        );
    }
}

fn set(marks: &mut [Mark], node: NodeId, mark: Mark) {
    if let Some(slot) = marks.get_mut(node as usize) {
        *slot = mark;
    }
}

/// The schemas that `node` applies to the value it judges itself.
fn same_value(node: NodeId, rules: &[Vec<Rule>]) -> Vec<NodeId> {
    let rules = rules.get(node as usize).into_iter().flatten();
    let applied = rules.filter_map(|rule| match rule {
        // It may lead elsewhere when it is judged; the limit of depth holds it then.
        Rule::Apply(Apply::Dynamic(_, Some(_))) => None,
        Rule::Apply(apply) => Some(apply.targets()),
        _ => None,
    });
    applied.flatten().collect()
}
