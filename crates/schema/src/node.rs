//! A compiled schema: an arena of nodes, each a list of rules, references resolved.

use crate::decimal::{Decimal, Divisor};
use crate::format::Format;
use crate::pattern::Pattern;
use crate::{Limits, Problem};

/// A compiled schema. Compile once, judge often; it is immutable and may be shared.
#[derive(Debug, Clone)]
pub struct Schema {
    pub(crate) nodes: Vec<Node>,
    /// Where `$dynamicRef` may lead: resource, name and node, sorted.
    pub(crate) dynamic_anchors: Vec<(ResourceId, Box<str>, NodeId)>,
    /// Whether there is a `$dynamicRef`, so that entered resources have to be remembered.
    pub(crate) dynamic: bool,
    pub(crate) limits: Limits,
    pub(crate) warnings: Vec<Problem>,
}

/// Index of a [`Node`].
pub(crate) type NodeId = u32;
/// Index of a schema resource: the document, or a subschema with an `$id`.
pub(crate) type ResourceId = u32;

/// One schema.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) rules: Vec<Rule>,
    pub(crate) resource: ResourceId,
    /// The schema it stands in; its own index for the root.
    pub(crate) parent: NodeId,
    /// What leads here from the parent, as the tail of a JSON Pointer.
    pub(crate) tail: Box<str>,
    /// The keyword of the parent that holds it.
    pub(crate) keyword: &'static str,
}

/// What a keyword asks for.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    /// `false`: nothing is valid.
    Never,
    Type(Types),
    /// `const` and `enum`: the values' keys, sorted, strings apart.
    OneOfValues {
        keyword: &'static str,
        texts: Vec<Box<str>>,
        keys: Vec<Box<[u8]>>,
    },
    Number(NumberRule),
    Text(TextRule),
    Array(ArrayRule),
    Object(ObjectRule),
    Apply(Apply),
    UnevaluatedItems(NodeId),
    UnevaluatedProperties(NodeId),
}

/// The types `type` lists, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Types(pub(crate) u8);

impl Types {
    pub(crate) const NAMES: [&str; 7] = [
        "null", "boolean", "object", "array", "number", "string", "integer",
    ];
    pub(crate) const NULL: u8 = 1;
    pub(crate) const BOOLEAN: u8 = 1 << 1;
    pub(crate) const OBJECT: u8 = 1 << 2;
    pub(crate) const ARRAY: u8 = 1 << 3;
    pub(crate) const NUMBER: u8 = 1 << 4;
    pub(crate) const STRING: u8 = 1 << 5;
    pub(crate) const INTEGER: u8 = 1 << 6;

    pub(crate) fn has(self, kind: u8) -> bool {
        self.0 & kind != 0
    }

    pub(crate) fn describe(self) -> String {
        let named = Self::NAMES.iter().enumerate();
        let listed = named.filter(|(bit, _)| self.0.checked_shr(*bit as u32).unwrap_or(0) & 1 == 1);
        let names: Vec<&str> = listed.map(|(_, name)| *name).collect();
        names.join(" or ")
    }
}

/// A number of a schema, kept as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) text: Box<str>,
    /// Its value, if it is an integer of 64 bits.
    pub(crate) int: Option<i64>,
}

impl Bound {
    pub(crate) fn decimal(&self) -> Result<Decimal<'_>, crate::Refusal> {
        Decimal::parse(&self.text)
    }
}

#[derive(Debug, Clone)]
pub(crate) enum NumberRule {
    Minimum(Bound),
    ExclusiveMinimum(Bound),
    Maximum(Bound),
    ExclusiveMaximum(Bound),
    MultipleOf(Divisor, Box<str>),
}

#[derive(Debug, Clone)]
pub(crate) enum TextRule {
    MinLength(u64),
    MaxLength(u64),
    Pattern(Pattern),
    Format(Format),
}

#[derive(Debug, Clone)]
pub(crate) enum ArrayRule {
    MinItems(u64),
    MaxItems(u64),
    Unique,
    /// `prefixItems` and `items`.
    Items {
        prefix: Vec<NodeId>,
        rest: Option<NodeId>,
    },
    Contains {
        schema: NodeId,
        least: u64,
        most: Option<u64>,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum ObjectRule {
    MinProperties(u64),
    MaxProperties(u64),
    Required(Vec<Box<str>>),
    /// Name of a member, and the names that must come with it.
    DependentRequired(Vec<(Box<str>, Vec<Box<str>>)>),
    Names(NodeId),
    /// `properties` sorted by name, `patternProperties` and `additionalProperties`.
    Members {
        named: Vec<(Box<str>, NodeId)>,
        patterns: Vec<(Pattern, NodeId)>,
        rest: Option<NodeId>,
    },
}

/// What applies other schemas to the same value.
#[derive(Debug, Clone)]
pub(crate) enum Apply {
    Reference(NodeId),
    /// The static target, and the name to look for in the resources that were entered.
    Dynamic(NodeId, Option<Box<str>>),
    All(Vec<NodeId>),
    Any(Vec<NodeId>),
    One(Vec<NodeId>),
    Not(NodeId),
    If {
        condition: NodeId,
        then: Option<NodeId>,
        otherwise: Option<NodeId>,
    },
    /// `dependentSchemas`.
    Dependent(Vec<(Box<str>, NodeId)>),
}

impl Apply {
    /// Every schema it may apply, but for where a dynamic reference may lead.
    pub(crate) fn targets(&self) -> Vec<NodeId> {
        match self {
            Self::Reference(node) | Self::Dynamic(node, _) | Self::Not(node) => vec![*node],
            Self::All(nodes) | Self::Any(nodes) | Self::One(nodes) => nodes.clone(),
            Self::If {
                condition,
                then,
                otherwise,
            } => [Some(*condition), *then, *otherwise]
                .into_iter()
                .flatten()
                .collect(),
            Self::Dependent(schemas) => schemas.iter().map(|(_, node)| *node).collect(),
        }
    }
}

impl Schema {
    /// What is odd about the schema and does not keep it from being used.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// How many schemas it has inside each other and side by side.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn location(&self, node: NodeId) -> String {
        location(node, |node| {
            let node = self.nodes.get(node as usize)?;
            Some((node.parent, &*node.tail))
        })
    }
}

/// The JSON Pointer of a node, from the tails of its ancestors.
pub(crate) fn location<'s>(
    node: NodeId,
    parent: impl Fn(NodeId) -> Option<(NodeId, &'s str)>,
) -> String {
    let mut tails = Vec::new();
    let mut here = node;
    while let Some((next, tail)) = parent(here) {
        tails.push(tail);
        if next == here {
            break;
        }
        here = next;
    }
    tails.reverse();
    tails.concat()
}
