//! A compiled expression: operations in one vector, names and literals in pools beside it.

use core::cmp::Ordering;
use std::sync::Arc;

use callgate_automaton::Automaton;
use callgate_json::same_bytes;
use callgate_model::Span;

use crate::environment::{Entity, SlotId, Struct, StructId};
use crate::error::ErrorCode;
use crate::functions::Function;
use crate::value::Value;

/// A compiled expression. Immutable; evaluations share it.
#[derive(Debug, Clone, Default)]
pub struct Program {
    pub(crate) ops: Vec<Op>,
    /// Where each operation stands in the source.
    pub(crate) spans: Vec<Span>,
    /// For each operation, whether it is done in one step.
    pub(crate) fused: Vec<Fused>,
    pub(crate) root: OpId,
    /// Operand lists of operations with many operands.
    pub(crate) operands: Vec<OpId>,
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) bytes: Vec<Box<[u8]>>,
    pub(crate) scalars: Vec<Value<'static>>,
    pub(crate) sets: Vec<ConstantSet>,
    pub(crate) regexes: Vec<Pattern>,
    pub(crate) loops: Vec<Loop>,
    /// The structs of the environment, for those read as a whole.
    pub(crate) structs: Arc<Vec<Struct>>,
    pub(crate) paths: Vec<Path>,
    /// Macro variables alive at once.
    pub(crate) locals: u32,
}

/// The index of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct OpId(pub(crate) u32);

/// Operands: a range of [`Program::operands`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Operands {
    pub from: u32,
    pub count: u32,
}

/// An index into a pool of the program.
pub(crate) type PoolId = u32;

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Op {
    /// Always fails.
    Fail(ErrorCode),
    /// A literal that is no text: `scalars`.
    Scalar(PoolId),
    /// A string literal: `texts`.
    Text(PoolId),
    /// A bytes literal: `bytes`.
    Bytes(PoolId),
    /// A declared attribute.
    Slot(SlotId),
    /// Fields of a declared attribute: `paths`.
    Path(PoolId),
    /// A whole declared struct.
    Struct(StructId),
    /// A macro variable.
    Local(u32),
    /// `operand.key`
    Field {
        operand: OpId,
        key: PoolId,
    },
    /// `operand.?key`
    OptionalField {
        operand: OpId,
        key: PoolId,
    },
    /// `has(operand.key)`
    HasField {
        operand: OpId,
        key: PoolId,
    },
    /// `has(a.b)` of a declared attribute.
    HasSlot(SlotId),
    /// `has(a.b)` of a declared struct.
    HasStruct(StructId),
    /// `operand[index]`
    Index {
        operand: OpId,
        index: OpId,
    },
    /// `operand[?index]`
    OptionalIndex {
        operand: OpId,
        index: OpId,
    },
    Not(OpId),
    Negate(OpId),
    /// `a && b && …`
    And(Operands),
    /// `a || b || …`
    Or(Operands),
    /// `condition ? then : otherwise`: three operands.
    Conditional(Operands),
    Equal(OpId, OpId),
    /// `operand == "literal"`
    EqualText(OpId, PoolId),
    /// `operand != "literal"`
    NotEqualText(OpId, PoolId),
    NotEqual(OpId, OpId),
    Order(Relation, OpId, OpId),
    Arithmetic(Arithmetic, OpId, OpId),
    In(OpId, OpId),
    /// `operand in [constants]`: `sets`.
    InSet {
        operand: OpId,
        set: PoolId,
    },
    Call {
        function: Function,
        arguments: Operands,
    },
    /// `operand.matches(literal)`: `regexes`.
    Matches {
        operand: OpId,
        regex: PoolId,
    },
    /// `text.contains(part)` and its kin.
    TextTest(TextTest, OpId, OpId),
    List(Operands),
    /// A list with optional elements: pairs of operands, the element and whether it is optional.
    OptionalList(Operands),
    /// Keys and values alternate.
    Map(Operands),
    /// Triples: key, value, whether the value is optional.
    OptionalMap(Operands),
    /// A macro over a list or map: `loops`.
    Loop(PoolId),
    /// `cel.bind(local, value, body)`
    Bind {
        local: u32,
        value: OpId,
        body: OpId,
    },
    /// `optional.or(alternative)`
    OptionalOr(OpId, OpId),
    /// `optional.orValue(alternative)`
    OptionalOrValue(OpId, OpId),
    /// `value.optMap(local, body)`
    OptionalMapping {
        local: u32,
        value: OpId,
        body: OpId,
    },
    /// `value.optFlatMap(local, body)`
    OptionalFlatMapping {
        local: u32,
        value: OpId,
        body: OpId,
    },
}

/// A comparison of attributes and literals that is done in one step if the attributes are of the kinds
/// to be expected; otherwise, and for its errors, the operation beside it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Fused {
    /// Nothing but the operation.
    #[default]
    No,
    /// `slot == "text"`, or `!=`
    SlotText {
        slot: SlotId,
        text: PoolId,
        equal: bool,
    },
    /// `slot in [texts]`
    SlotSet { slot: SlotId, set: PoolId },
    /// `path == "text"`, or `!=`
    PathText {
        path: PoolId,
        text: PoolId,
        equal: bool,
    },
    /// `path in [texts]`
    PathSet { path: PoolId, set: PoolId },
    /// `path < int` and its kin
    PathInt {
        relation: Relation,
        path: PoolId,
        literal: i64,
    },
    /// `path == path`, or `!=`
    Paths {
        left: PoolId,
        right: PoolId,
        equal: bool,
    },
    /// `path.contains("text")` and its kin
    PathTest {
        test: TextTest,
        path: PoolId,
        text: PoolId,
    },
    /// `path.matches("pattern")`
    PathMatches { path: PoolId, regex: PoolId },
    /// Decided once for many programs: [`Memo`](crate::shared::Memo).
    Shared(u32),
}

/// Paths of one program that are looked up once in an evaluation, however often they are read.
pub(crate) const KEPT_PATHS: usize = 4;

/// A declared attribute and the keys that lead on from it.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Where an evaluation keeps what it led to, below [`KEPT_PATHS`]; for one that is read once, beyond.
    pub kept: u8,
    pub slot: SlotId,
    pub slot_span: Span,
    /// Each key, with the source up to it.
    pub keys: Vec<(Box<str>, Span)>,
}

/// Where one text stands in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

/// `<`, `<=`, `>`, `>=`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Path {
    /// Whether both lead to the same place.
    pub(crate) fn leads_where(&self, other: &Self) -> bool {
        let keys = |path: &Self| path.keys.len();
        let pairs = self.keys.iter().zip(&other.keys);
        self.slot == other.slot
            && keys(self) == keys(other)
            && pairs.into_iter().all(|((a, _), (b, _))| a == b)
    }
}

impl Relation {
    /// The relation with its sides exchanged.
    pub(crate) fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
        }
    }

    /// Whether two values in this order stand in the relation.
    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterEqual => order.is_ge(),
        }
    }
}

/// `+`, `-`, `*`, `/`, `%`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// The constants of `x in [...]`.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConstantSet {
    /// Sorted by bytes.
    pub texts: Vec<Box<str>>,
    /// In source order.
    pub others: Vec<Value<'static>>,
}

/// Sets up to this size are looked through from the front: lengths differ more often than letters.
const SMALL_SET: usize = 8;

impl ConstantSet {
    /// Whether a text is in the set.
    pub(crate) fn has(&self, text: &str) -> bool {
        if self.texts.len() <= SMALL_SET {
            let mut known = self.texts.iter().map(|known| known.as_bytes());
            return known.any(|known| same_bytes(known, text.as_bytes()));
        }
        self.texts
            .binary_search_by(|candidate| (**candidate).cmp(text))
            .is_ok()
    }
}

/// A literal pattern, ready to match.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub automaton: Arc<Automaton>,
    pub source: Box<str>,
    pub measure: crate::regex::Measure,
    /// The text every match begins with.
    pub prefix: crate::regex::Prefix,
}

/// A macro that visits every element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loop {
    pub kind: LoopKind,
    pub range: OpId,
    /// Element of a list or key of a map; with two variables, index or key.
    pub first: u32,
    /// With two variables, the element or the map's value.
    pub second: Option<u32>,
    pub filter: Option<OpId>,
    pub body: OpId,
}

/// What becomes of the visited elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopKind {
    All,
    Exists,
    ExistsOne,
    /// Keeps the elements for which the body holds.
    Filter,
    /// Sorts the elements by their bodies.
    SortBy,
    /// Makes a list of the bodies, for the elements the filter lets through.
    Transform,
    /// Makes a map from each key to its body.
    TransformMap,
    /// Makes a map of the entries of the maps the bodies give.
    TransformMapEntry,
}

impl Program {
    /// What its literal patterns take: bytes counted alike on every host, and two for each character
    /// whose case was looked up to compile them.
    pub fn pattern_bytes(&self) -> u64 {
        let bytes = |pattern: &Pattern| {
            pattern
                .measure
                .bytes
                .saturating_add(u64::from(pattern.measure.folds).saturating_mul(2))
        };
        self.regexes.iter().map(bytes).fold(0, u64::saturating_add)
    }

    /// Whether an evaluation may look at the attribute `slot`. What this says `false` about may be left out.
    pub fn reads(&self, slot: SlotId) -> bool {
        self.ops.iter().any(|op| match op {
            Op::Slot(read) | Op::HasSlot(read) => *read == slot,
            Op::Path(path) => {
                let path = self.paths.get(*path as usize);
                path.is_none_or(|path| path.slot == slot)
            }
            Op::Struct(structure) | Op::HasStruct(structure) => self.holds(*structure, slot),
            _ => false,
        })
    }

    fn holds(&self, structure: StructId, slot: SlotId) -> bool {
        let mut fields = self.structure(structure).iter();
        fields.any(|(_, entity)| match entity {
            Entity::Slot(field) => *field == slot,
            Entity::Struct(inner) => self.holds(*inner, slot),
        })
    }

    /// The source an operation covers.
    pub(crate) fn span(&self, id: OpId) -> Span {
        self.spans.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// The fields of a declared struct.
    pub(crate) fn structure(&self, id: StructId) -> &[(Box<str>, Entity)] {
        self.structs
            .get(id.0 as usize)
            .map(|structure| &*structure.fields)
            .unwrap_or_default()
    }

    pub(crate) fn text(&self, id: PoolId) -> &str {
        self.texts
            .get(id as usize)
            .map(|text| &**text)
            .unwrap_or_default()
    }

    /// Whether `holds` for everything directly below an operation; stops at the first it does not.
    pub(crate) fn all_operands(&self, op: Op, mut holds: impl FnMut(OpId) -> bool) -> bool {
        match op {
            Op::Fail(_)
            | Op::Scalar(_)
            | Op::Text(_)
            | Op::Bytes(_)
            | Op::Slot(_)
            | Op::Path(_)
            | Op::Struct(_)
            | Op::Local(_)
            | Op::HasSlot(_)
            | Op::HasStruct(_) => true,
            Op::Field { operand, .. }
            | Op::OptionalField { operand, .. }
            | Op::HasField { operand, .. }
            | Op::Not(operand)
            | Op::Negate(operand)
            | Op::EqualText(operand, _)
            | Op::NotEqualText(operand, _)
            | Op::InSet { operand, .. }
            | Op::Matches { operand, .. } => holds(operand),
            Op::Index {
                operand: a,
                index: b,
            }
            | Op::OptionalIndex {
                operand: a,
                index: b,
            }
            | Op::Equal(a, b)
            | Op::NotEqual(a, b)
            | Op::Order(_, a, b)
            | Op::Arithmetic(_, a, b)
            | Op::In(a, b)
            | Op::TextTest(_, a, b)
            | Op::OptionalOr(a, b)
            | Op::OptionalOrValue(a, b)
            | Op::Bind {
                value: a, body: b, ..
            }
            | Op::OptionalMapping {
                value: a, body: b, ..
            }
            | Op::OptionalFlatMapping {
                value: a, body: b, ..
            } => holds(a) && holds(b),
            Op::And(operands)
            | Op::Or(operands)
            | Op::Conditional(operands)
            | Op::Call {
                arguments: operands,
                ..
            }
            | Op::List(operands)
            | Op::OptionalList(operands)
            | Op::Map(operands)
            | Op::OptionalMap(operands) => self
                .operands_of(operands)
                .iter()
                .all(|operand| holds(*operand)),
            Op::Loop(number) => self.loops.get(number as usize).is_some_and(|task| {
                holds(task.range) && task.filter.is_none_or(&mut holds) && holds(task.body)
            }),
        }
    }

    pub(crate) fn operands_of(&self, operands: Operands) -> &[OpId] {
        let from = operands.from as usize;
        self.operands
            .get(from..from.saturating_add(operands.count as usize))
            .unwrap_or_default()
    }
}
