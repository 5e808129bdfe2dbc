//! Macros: calls whose arguments are not evaluated first.

use callgate_model::Span;

use super::Compiler;
use crate::error::ErrorCode;
use crate::program::{Loop, LoopKind, Op, OpId};
use crate::syntax::ast::{Name, NodeId, NodeKind};

impl<'c> Compiler<'c> {
    /// The operation of a macro, if the call has the shape of one.
    pub(super) fn macro_call(
        &mut self,
        target: Option<NodeId>,
        function: &'c Name,
        arguments: &'c [NodeId],
        span: Span,
    ) -> Option<OpId> {
        match (target, &*function.text, arguments) {
            (None, "has", [selection]) => Some(self.has(*selection, span)),
            (Some(value), name @ ("or" | "orValue"), [alternative]) => {
                let (value, alternative) = (self.node(value), self.node(*alternative));
                let op = match name {
                    "or" => Op::OptionalOr(value, alternative),
                    _ => Op::OptionalOrValue(value, alternative),
                };
                Some(self.emit(op, span))
            }
            (Some(range), name, [first, body]) => match name {
                "all" => self.one(LoopKind::All, range, *first, None, *body, span),
                "exists" => self.one(LoopKind::Exists, range, *first, None, *body, span),
                "exists_one" | "existsOne" => {
                    self.one(LoopKind::ExistsOne, range, *first, None, *body, span)
                }
                "filter" => self.one(LoopKind::Filter, range, *first, None, *body, span),
                "sortBy" => self.one(LoopKind::SortBy, range, *first, None, *body, span),
                "map" => self.one(LoopKind::Transform, range, *first, None, *body, span),
                "optMap" => {
                    Some(
                        self.optional(range, *first, *body, span, |local, value, body| {
                            Op::OptionalMapping { local, value, body }
                        }),
                    )
                }
                "optFlatMap" => {
                    Some(
                        self.optional(range, *first, *body, span, |local, value, body| {
                            Op::OptionalFlatMapping { local, value, body }
                        }),
                    )
                }
                _ => None,
            },
            (Some(range), "map", [first, filter, body]) => self.one(
                LoopKind::Transform,
                range,
                *first,
                Some(*filter),
                *body,
                span,
            ),
            (Some(target), "bind", [name, value, body]) if self.is_cel(target) => Some(
                self.optional(*value, *name, *body, span, |local, value, body| Op::Bind {
                    local,
                    value,
                    body,
                }),
            ),
            (Some(range), name, [first, second, rest @ ..]) => {
                let (filter, body) = match rest {
                    [body] => (None, *body),
                    [filter, body] => (Some(*filter), *body),
                    _ => return None,
                };
                let kind = match (name, filter) {
                    ("all", None) => LoopKind::All,
                    ("exists", None) => LoopKind::Exists,
                    ("existsOne" | "exists_one", None) => LoopKind::ExistsOne,
                    ("transformList", _) => LoopKind::Transform,
                    ("transformMap", _) => LoopKind::TransformMap,
                    ("transformMapEntry", _) => LoopKind::TransformMapEntry,
                    _ => return None,
                };
                Some(self.visit(kind, range, (*first, Some(*second)), (filter, body), span))
            }
            _ => None,
        }
    }

    fn has(&mut self, selection: NodeId, span: Span) -> OpId {
        if let Some(op) = self.presence(selection, span) {
            return op;
        }
        let place = self.ast.node(selection).span;
        self.report(
            "cel.invalid_has",
            place,
            "`has` takes the selection of a field, such as `a.b`",
        );
        self.emit(Op::Fail(ErrorCode::InvalidArgument), span)
    }

    fn is_cel(&self, target: NodeId) -> bool {
        self.namespace(target).as_deref() == Some("cel")
    }

    fn one(
        &mut self,
        kind: LoopKind,
        range: NodeId,
        variable: NodeId,
        filter: Option<NodeId>,
        body: NodeId,
        span: Span,
    ) -> Option<OpId> {
        Some(self.visit(kind, range, (variable, None), (filter, body), span))
    }

    fn visit(
        &mut self,
        kind: LoopKind,
        range: NodeId,
        (first, second): (NodeId, Option<NodeId>),
        (filter, body): (Option<NodeId>, NodeId),
        span: Span,
    ) -> OpId {
        let range = self.node(range);
        let outer = self.scope.len();
        let first_local = self.variable(first);
        let second_local = second.map(|second| self.variable(second));
        if second_local.is_some() && self.scope.get(outer) == self.scope.last() {
            let message = "the two variables of a macro need different names";
            self.report("cel.invalid_variable", span, message);
        }
        let filter = filter.map(|filter| self.node(filter));
        let body = self.node(body);
        self.scope.truncate(outer);
        let id = super::pool_id(self.program.loops.len());
        self.program.loops.push(Loop {
            kind,
            range,
            first: first_local,
            second: second_local,
            filter,
            body,
        });
        self.emit(Op::Loop(id), span)
    }

    /// A macro that names one value for its body.
    fn optional(
        &mut self,
        value: NodeId,
        name: NodeId,
        body: NodeId,
        span: Span,
        op: impl FnOnce(u32, OpId, OpId) -> Op,
    ) -> OpId {
        let value = self.node(value);
        let outer = self.scope.len();
        let local = self.variable(name);
        let body = self.node(body);
        self.scope.truncate(outer);
        self.emit(op(local, value, body), span)
    }

    /// Opens the scope of a macro variable and gives it a place among the locals.
    fn variable(&mut self, id: NodeId) -> u32 {
        let node = self.ast.node(id);
        let name = match &node.kind {
            NodeKind::Ident {
                name,
                absolute: false,
            } => &**name,
            _ => {
                self.report(
                    "cel.invalid_variable",
                    node.span,
                    "a macro variable is a simple name",
                );
                ""
            }
        };
        let local = super::pool_id(self.scope.len());
        self.scope.push(name);
        self.program.locals = self.program.locals.max(local.saturating_add(1));
        local
    }
}
