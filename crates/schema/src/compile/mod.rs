//! From a JSON value to a [`Schema`]: find the schemas, resolve references, read each keyword.

use std::collections::BTreeMap;

use callgate_json::Value;

use crate::node::{Node, NodeId, ResourceId, Rule, location};
use crate::{Code, Options, Problem, Schema, pointer};

mod constants;
mod keyword;
mod looping;
mod reference;
mod rules;
mod survey;

/// A schema of the document before its rules are read.
struct Draft<'d> {
    value: Value<'d>,
    resource: ResourceId,
    parent: NodeId,
    tail: Box<str>,
    keyword: &'static str,
}

/// The document, or a subschema with an `$id`.
struct Resource {
    uri: String,
    root: NodeId,
}

/// All that is known about a document while it is compiled.
struct Compiler<'d, 'o> {
    options: &'o Options,
    drafts: Vec<Draft<'d>>,
    /// The node of each value of the document that is a schema.
    by_value: BTreeMap<u32, NodeId>,
    resources: Vec<Resource>,
    by_uri: BTreeMap<String, ResourceId>,
    /// What `$anchor` and `$dynamicAnchor` name.
    anchors: BTreeMap<(ResourceId, &'d str), NodeId>,
    dynamic_anchors: BTreeMap<(ResourceId, &'d str), NodeId>,
    /// Where the `$ref` and `$dynamicRef` of a node lead.
    references: BTreeMap<(NodeId, &'static str), NodeId>,
    /// Bytes that the patterns so far count for.
    pattern_bytes: u64,
    problems: Vec<Problem>,
}

impl Schema {
    /// Compiles the schema document `value`.
    ///
    /// # Errors
    /// Every problem of the document, warnings among them, at most
    /// [`Limits::problems`](crate::Limits::problems).
    pub fn compile(value: Value<'_>, options: &Options) -> Result<Self, Vec<Problem>> {
        let mut compiler = Compiler::new(options);
        compiler.survey(value);
        compiler.resolve_references();
        let rules = compiler.read_rules();
        compiler.refuse_loops(&rules);
        compiler.finish(rules)
    }
}

impl<'d, 'o> Compiler<'d, 'o> {
    fn new(options: &'o Options) -> Self {
        Self {
            options,
            drafts: Vec::new(),
            by_value: BTreeMap::new(),
            resources: Vec::new(),
            by_uri: BTreeMap::new(),
            anchors: BTreeMap::new(),
            dynamic_anchors: BTreeMap::new(),
            references: BTreeMap::new(),
            pattern_bytes: 0,
            problems: Vec::new(),
        }
    }

    fn read_rules(&mut self) -> Vec<Vec<Rule>> {
        let nodes = 0..self.node_count();
        nodes.map(|node| self.rules_of(node)).collect()
    }

    fn finish(self, rules: Vec<Vec<Rule>>) -> Result<Schema, Vec<Problem>> {
        if self.problems.iter().any(Problem::is_error) {
            return Err(self.problems);
        }
        let dynamic = self
            .references
            .keys()
            .any(|(_, keyword)| *keyword == keyword::DYNAMIC_REF);
        let nodes = self.drafts.into_iter().zip(rules);
        let nodes = nodes.map(|(draft, rules)| Node {
            rules,
            resource: draft.resource,
            parent: draft.parent,
            tail: draft.tail,
            keyword: draft.keyword,
        });
        let anchors = self.dynamic_anchors.into_iter();
        Ok(Schema {
            nodes: nodes.collect(),
            dynamic_anchors: anchors
                .map(|((resource, name), node)| (resource, name.into(), node))
                .collect(),
            dynamic,
            limits: self.options.limits.clone(),
            warnings: self.problems,
        })
    }

    fn node_count(&self) -> NodeId {
        NodeId::try_from(self.drafts.len()).unwrap_or(NodeId::MAX)
    }

    fn draft(&self, node: NodeId) -> Option<&Draft<'d>> {
        self.drafts.get(node as usize)
    }

    /// The member `keyword` of the schema `node`.
    fn member(&self, node: NodeId, keyword: &str) -> Option<Value<'d>> {
        self.draft(node)?.value.as_object()?.get(keyword)
    }

    fn pointer_to(&self, node: NodeId) -> String {
        location(node, |node| {
            let draft = self.draft(node)?;
            Some((draft.parent, &*draft.tail))
        })
    }

    /// Reports a problem with `value`, which stands below `node` where `tail` leads.
    fn problem(
        &mut self,
        node: NodeId,
        tail: &[&str],
        value: Value<'_>,
        code: Code,
        message: String,
    ) -> Option<&mut Problem> {
        let limits = &self.options.limits;
        if self.problems.len() >= limits.problems as usize {
            return None;
        }
        let mut path = self.pointer_to(node);
        for token in tail {
            pointer::push(&mut path, token);
        }
        let path = pointer::cut(path, limits.text_bytes);
        let message = pointer::cut(message, limits.text_bytes);
        self.problems
            .push(Problem::new(path, value.span(), code, message));
        self.problems.last_mut()
    }
}

/// Adds a line of help to a problem that was reported.
fn help(problem: Option<&mut Problem>, help: impl Into<String>) {
    if let Some(problem) = problem {
        problem.diagnostic.help = Some(help.into());
    }
}
