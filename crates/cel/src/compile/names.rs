//! What names stand for: macro variables, declared attributes and structs, types.

use callgate_model::{Span, nearest};

use super::{Compiler, did_you_mean};
use crate::environment::Entity;
use crate::error::ErrorCode;
use crate::program::{Op, OpId};
use crate::syntax::ast::{Dotted, NodeId, NodeKind};
use crate::value::{Kind, Value};

impl<'c> Compiler<'c> {
    /// A name standing alone.
    pub(super) fn reference(&mut self, id: NodeId) -> OpId {
        let span = self.ast.node(id).span;
        if let Some(op) = self.qualified(id).or_else(|| self.type_constant(id)) {
            return op;
        }
        let NodeKind::Ident { name, .. } = &self.ast.node(id).kind else {
            return self.emit(Op::Fail(ErrorCode::UndeclaredName), span);
        };
        let message = format!("`{name}` is not declared");
        self.undeclared("cel.undeclared_name", span, message, |compiler| {
            let known = compiler.scope.iter().copied();
            let declared = compiler.environment.paths();
            let declared = declared.map(|(path, _)| path.split('.').next().unwrap_or(path));
            nearest(name, known.chain(declared)).map(did_you_mean)
        });
        self.emit(Op::Fail(ErrorCode::UndeclaredName), span)
    }

    /// A node that begins with a macro variable or a declared name, with the rest read as fields.
    pub(super) fn qualified(&mut self, id: NodeId) -> Option<OpId> {
        let dotted = self.ast.dotted(id)?;
        let (used, op) = self.resolve(&dotted)?;
        let start = dotted
            .parts
            .get(used.saturating_sub(1))
            .map_or(id, |(_, node)| *node);
        let mut operand = self.emit(op, self.ast.node(start).span);
        let mut inside = match op {
            Op::Struct(structure) => Some(Entity::Struct(structure)),
            _ => None,
        };
        for (field, node) in dotted.parts.iter().skip(used) {
            let span = self.ast.node(*node).span;
            if inside.take().is_some() {
                self.unknown_field(op, field, span);
            }
            operand = self.field(operand, field, span);
        }
        Some(operand)
    }

    fn unknown_field(&mut self, op: Op, field: &str, span: Span) {
        let Op::Struct(id) = op else { return };
        let Some(structure) = self.environment.structure(id) else {
            return;
        };
        let message = format!("`{}` has no field `{field}`", structure.path);
        self.undeclared("cel.undeclared_field", span, message, |_| {
            let known = || structure.fields.iter().map(|(name, _)| &**name);
            Some(match nearest(field, known()) {
                Some(near) => did_you_mean(&format!("{}.{near}", structure.path)),
                None => {
                    let fields: Vec<&str> = known().collect();
                    format!("`{}` has {}", structure.path, fields.join(", "))
                }
            })
        });
    }

    /// The longest prefix that stands for something: how many parts it takes, and what it is.
    fn resolve(&self, dotted: &Dotted<'c>) -> Option<(usize, Op)> {
        let (first, _) = dotted.parts.first()?;
        if !dotted.absolute
            && let Some(local) = self.scope.iter().rposition(|name| name == first)
        {
            return Some((1, Op::Local(super::pool_id(local))));
        }
        let mut path = String::with_capacity(64);
        let mut ends = Vec::with_capacity(dotted.parts.len());
        for (name, _) in &dotted.parts {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(name);
            ends.push(path.len());
        }
        for (before, end) in ends.into_iter().enumerate().rev() {
            let used = before.saturating_add(1);
            let path = path.get(..end).unwrap_or_default();
            if let Some(entity) = self.lookup(path, dotted.absolute) {
                return Some((
                    used,
                    match entity {
                        Entity::Slot(slot) => Op::Slot(slot),
                        Entity::Struct(structure) => Op::Struct(structure),
                    },
                ));
            }
        }
        None
    }

    fn lookup(&self, path: &str, absolute: bool) -> Option<Entity> {
        let mut container = if absolute {
            ""
        } else {
            self.environment.container()
        };
        while !container.is_empty() {
            if let Some(entity) = self.environment.entity(&format!("{container}.{path}")) {
                return Some(entity);
            }
            container = container.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        self.environment.entity(path)
    }

    /// `has(operand.field)` for a node that is the selection.
    pub(super) fn presence(&mut self, selection: NodeId, span: Span) -> Option<OpId> {
        let ast = self.ast;
        let NodeKind::Select { operand, field, .. } = &ast.node(selection).kind else {
            return None;
        };
        if let Some(dotted) = self.ast.dotted(selection)
            && let Some((used, op)) = self.resolve(&dotted)
            && used == dotted.parts.len()
        {
            match op {
                Op::Slot(slot) => return Some(self.emit(Op::HasSlot(slot), span)),
                Op::Struct(structure) => return Some(self.emit(Op::HasStruct(structure), span)),
                _ => {}
            }
        }
        let operand = self.node(*operand);
        if let Some(structure @ Op::Struct(_)) = self.program.ops.get(operand.0 as usize).copied() {
            self.unknown_field(structure, &field.text, field.span);
        }
        let key = self.text(&field.text);
        Some(self.emit(Op::HasField { operand, key }, span))
    }

    /// Whether a dotted node is a namespace (`math`, `ip`) and nothing declared: its dotted text.
    pub(super) fn namespace(&self, id: NodeId) -> Option<String> {
        let dotted = self.ast.dotted(id)?;
        if self.resolve(&dotted).is_some() {
            return None;
        }
        let names: Vec<&str> = dotted.parts.iter().map(|(name, _)| *name).collect();
        Some(names.join("."))
    }

    /// A type named by a node (`int`, `google.protobuf.Timestamp`), unless something declared has that name.
    pub(super) fn type_constant(&mut self, id: NodeId) -> Option<OpId> {
        let name = self.namespace(id)?;
        let kind = Kind::named(&name)?;
        Some(self.scalar(Value::Type(kind), self.ast.node(id).span))
    }
}
