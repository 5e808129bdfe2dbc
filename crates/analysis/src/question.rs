//! A question about calls: formulas over atoms, written down from expressions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use callgate_cel::syntax::ast::{Ast, BinaryOperator, Literal, NodeId, NodeKind, UnaryOperator};
use callgate_model::{Limits, Span};

use crate::atom::{self, Atom};
use crate::formula::{AtomId, Formulas, Id};
use crate::outcome::Outcomes;
use crate::propagate::{Work, propagate};
use crate::space::{Possible, Space};

/// Formulas, and the atoms they are about.
#[derive(Debug, Default)]
pub(crate) struct Question {
    pub(crate) formulas: Formulas,
    pub(crate) atoms: Vec<Atom>,
    known: BTreeMap<String, AtomId>,
    /// Where the conditions of the expression that was read last stand in it; the first of equal ones.
    pub(crate) spans: Vec<(Id, Span)>,
    limits: Limits,
    /// What there is to search, for as many atoms as there were then.
    prepared: RefCell<Option<(usize, Rc<Prepared>)>>,
}

/// The places of all atoms, and everything that can be there.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) space: Space,
    pub(crate) everything: Possible,
}

impl Question {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            ..Self::default()
        }
    }

    /// The condition that an expression is. What cannot be read may come to anything.
    pub(crate) fn expression(&mut self, source: &str) -> Id {
        self.spans.clear();
        match callgate_cel::parse(source, &self.limits) {
            Ok(ast) => self.condition(&ast, ast.root()),
            Err(_) => {
                let atom = self.intern(&named(source), || None);
                self.formulas.atom(atom)
            }
        }
    }

    /// Something that comes out one way or the other for reasons that are not looked into.
    pub(crate) fn opaque(&mut self, name: &str) -> Id {
        let atom = self.intern(&named(name), || Some(Atom::opaque()));
        self.formulas.atom(atom)
    }

    /// What there is to search. It is made once for many searches.
    pub(crate) fn prepared(&self) -> Rc<Prepared> {
        let mut prepared = self.prepared.borrow_mut();
        if let Some((count, known)) = &*prepared
            && *count == self.atoms.len()
        {
            return Rc::clone(known);
        }
        let space = Space::new(&self.atoms, &self.limits);
        let mut everything = space.everything(&self.atoms);
        let all = (0..space.spots.len()).collect();
        // What can be is possible: this only leaves out what no call can have.
        let mut narrower = everything.clone();
        if propagate(
            &space,
            &self.atoms,
            &mut narrower,
            all,
            &mut Work::new(u64::MAX),
        ) {
            everything = narrower;
        }
        let made = Rc::new(Prepared { space, everything });
        *prepared = Some((self.atoms.len(), Rc::clone(&made)));
        made
    }

    pub(crate) fn failure(&mut self) -> Id {
        self.formulas.constant(Outcomes::FAILS)
    }

    fn condition(&mut self, ast: &Ast, id: NodeId) -> Id {
        let id = ast.ungrouped(id);
        let formula = self.formula(ast, id);
        if !self.spans.iter().any(|(known, _)| *known == formula) {
            self.spans.push((formula, ast.node(id).span));
        }
        formula
    }

    fn formula(&mut self, ast: &Ast, id: NodeId) -> Id {
        match &ast.node(id).kind {
            NodeKind::Literal(Literal::Bool(truth)) => self.formulas.truth(*truth),
            NodeKind::Literal(_) => self.failure(),
            NodeKind::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => {
                let operand = self.condition(ast, *operand);
                self.formulas.not(operand)
            }
            NodeKind::Binary {
                operator: operator @ (BinaryOperator::And | BinaryOperator::Or),
                left,
                right,
                ..
            } => {
                let parts = [*left, *right].map(|part| self.condition(ast, part));
                match operator {
                    BinaryOperator::And => self.formulas.all(parts),
                    _ => self.formulas.any(parts),
                }
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let [condition, then, otherwise] =
                    [*condition, *then, *otherwise].map(|part| self.condition(ast, part));
                self.formulas.choice(condition, then, otherwise)
            }
            NodeKind::Binary {
                operator: BinaryOperator::NotEqual,
                operator_span,
                ..
            } => {
                let equal = self.equality(ast, id, *operator_span);
                match equal {
                    Some(equal) => self.formulas.not(equal),
                    None => self.atom(ast, id),
                }
            }
            _ => self.atom(ast, id),
        }
    }

    /// `a == b` for `a != b`, which is its negation, failures included: the two are one atom.
    fn equality(&mut self, ast: &Ast, id: NodeId, operator: Span) -> Option<Id> {
        let span = ast.node(id).span;
        let left = ast.text(Span::new(span.start, operator.start));
        let right = ast.text(Span::new(operator.end, span.end));
        let ast = callgate_cel::parse(&format!("{left}=={right}"), &self.limits).ok()?;
        let root = ast.ungrouped(ast.root());
        let is_equality = matches!(
            ast.node(root).kind,
            NodeKind::Binary {
                operator: BinaryOperator::Equal,
                ..
            }
        );
        is_equality.then(|| self.atom(&ast, root))
    }

    fn atom(&mut self, ast: &Ast, id: NodeId) -> Id {
        let text = atom::text(ast, id, &self.limits);
        let limits = self.limits.clone();
        let atom = self.intern(&text, || Atom::of(ast, id, &limits));
        self.formulas.atom(atom)
    }

    fn intern(&mut self, text: &str, make: impl FnOnce() -> Option<Atom>) -> AtomId {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let id = self.atoms.len();
        let atom = make().unwrap_or_else(Atom::unknown);
        self.atoms.push(atom);
        self.known.insert(text.to_owned(), id);
        id
    }
}

/// No expression in canonical layout begins with a tab.
fn named(name: &str) -> String {
    format!("\t{name}")
}
