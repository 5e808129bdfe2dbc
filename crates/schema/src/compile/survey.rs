//! Finds every schema of the document, its resources and its anchors.

use callgate_json::{Kind, Value};
use callgate_model::nearest;

use super::keyword::{FORMER, Holds, KEYWORDS};
use super::{Compiler, Draft, Resource, help};
use crate::node::{NodeId, ResourceId};
use crate::{Code, Names, pointer, uri};

/// The one dialect that is read.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Bytes of a name beyond which it is not taken for a misspelt keyword.
const LONGEST_NAME: usize = 32;

/// How a schema is reached from the one it stands in.
pub(super) struct Way {
    pub(super) parent: NodeId,
    pub(super) keyword: &'static str,
    pub(super) tail: String,
}

impl<'d> Compiler<'d, '_> {
    pub(super) fn survey(&mut self, root: Value<'d>) {
        self.resources.push(Resource {
            uri: String::new(),
            root: 0,
        });
        let way = Way {
            parent: 0,
            keyword: "",
            tail: String::new(),
        };
        self.add(root, 0, way);
        self.survey_from(0);
        // Without an `$id` the document is where relative references start.
        self.by_uri.entry(String::new()).or_insert(0);
    }

    /// Looks at the schemas from `node` on, those that are found on the way included.
    pub(super) fn survey_from(&mut self, mut node: NodeId) {
        while node < self.node_count() {
            self.open(node);
            node = node.saturating_add(1);
        }
    }

    /// Adds a schema, unless the value is known as one already.
    pub(super) fn add(&mut self, value: Value<'d>, resource: ResourceId, way: Way) {
        if self.by_value.contains_key(&value.id()) {
            return;
        }
        let node = self.node_count();
        if node >= self.options.limits.nodes {
            if node == self.options.limits.nodes && !self.has_problem(Code::Limit) {
                let most = self.options.limits.nodes;
                let message = format!("more than {most} schemas in one document");
                self.problem(way.parent, &[], value, Code::Limit, message);
            }
            return;
        }
        self.by_value.insert(value.id(), node);
        self.drafts.push(Draft {
            value,
            resource,
            parent: way.parent,
            tail: way.tail.into(),
            keyword: way.keyword,
        });
        if !matches!(value.kind(), Kind::Object | Kind::Bool) {
            let message = format!(
                "a schema is an object or a boolean, not {}",
                value.kind().describe()
            );
            self.problem(node, &[], value, Code::Invalid, message);
        }
    }

    fn has_problem(&self, code: Code) -> bool {
        let mut problems = self.problems.iter();
        problems.any(|problem| problem.diagnostic.code == code.as_str())
    }

    fn open(&mut self, node: NodeId) {
        let Some(object) = self.draft(node).and_then(|draft| draft.value.as_object()) else {
            return;
        };
        self.dialect(node);
        let resource = self.identify(node);
        self.name(node, resource);
        for (keyword, holds) in KEYWORDS {
            if *holds != Holds::Nothing
                && let Some(value) = object.get(keyword)
            {
                self.add_held(node, resource, keyword, *holds, value);
            }
        }
        if self.options.names == Names::Warn {
            self.warn_of_names(node);
        }
    }

    fn add_held(
        &mut self,
        node: NodeId,
        resource: ResourceId,
        keyword: &'static str,
        holds: Holds,
        value: Value<'d>,
    ) {
        let mut tail = String::new();
        pointer::push(&mut tail, keyword);
        let way = |tail| Way {
            parent: node,
            keyword,
            tail,
        };
        match holds {
            Holds::Nothing => {}
            // The array form of earlier drafts is reported with the rules.
            Holds::One if keyword == "items" && value.kind() == Kind::Array => {}
            Holds::One => self.add(value, resource, way(tail)),
            Holds::List => {
                let elements = value.as_array().into_iter().flat_map(|array| array.iter());
                for (index, element) in elements.enumerate() {
                    self.add(element, resource, way(format!("{tail}/{index}")));
                }
            }
            Holds::Named => {
                let members = value
                    .as_object()
                    .into_iter()
                    .flat_map(|object| object.iter());
                for (name, member) in members {
                    let mut tail = tail.clone();
                    pointer::push(&mut tail, name);
                    self.add(member, resource, way(tail));
                }
            }
        }
    }

    fn dialect(&mut self, node: NodeId) {
        let Some(value) = self.member(node, "$schema") else {
            return;
        };
        let Some(dialect) = self.text(node, "$schema", value) else {
            return;
        };
        if dialect.strip_suffix('#').unwrap_or(dialect) != DIALECT {
            let message = format!("only JSON Schema 2020-12 is read, not `{dialect}`");
            let problem = self.problem(node, &["$schema"], value, Code::Draft, message);
            help(
                problem,
                format!("write `\"$schema\": \"{DIALECT}\"`, or leave it out"),
            );
        }
    }

    /// The resource the schema belongs to: its own if it has an `$id`.
    fn identify(&mut self, node: NodeId) -> ResourceId {
        let outer = self.draft(node).map_or(0, |draft| draft.resource);
        let Some(value) = self.member(node, "$id") else {
            return outer;
        };
        let Some(text) = self.text(node, "$id", value) else {
            return outer;
        };
        if uri::Parts::of(text)
            .fragment
            .is_some_and(|fragment| !fragment.is_empty())
        {
            let message = "an `$id` has no fragment".to_owned();
            let problem = self.problem(node, &["$id"], value, Code::Invalid, message);
            help(problem, "name a place inside a document with `$anchor`");
            return outer;
        }
        let base = self.resources.get(outer as usize);
        let uri = uri::resolve(base.map_or("", |resource| &resource.uri), text);
        let resource = if node == 0 {
            0
        } else {
            ResourceId::try_from(self.resources.len()).unwrap_or(ResourceId::MAX)
        };
        if self.by_uri.insert(uri.clone(), resource).is_some() {
            let message = format!("two schemas with the `$id` `{uri}`");
            self.problem(node, &["$id"], value, Code::Invalid, message);
        }
        let own = Resource { uri, root: node };
        match self.resources.first_mut() {
            Some(root) if node == 0 => *root = own,
            _ => self.resources.push(own),
        }
        if let Some(draft) = self.drafts.get_mut(node as usize) {
            draft.resource = resource;
        }
        resource
    }

    fn name(&mut self, node: NodeId, resource: ResourceId) {
        for keyword in ["$anchor", "$dynamicAnchor"] {
            let Some(value) = self.member(node, keyword) else {
                continue;
            };
            let Some(name) = self.text(node, keyword, value) else {
                continue;
            };
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if !starts || !name.chars().all(is_part) {
                let message =
                    format!("`{keyword}` is a letter or `_`, then letters, digits, `_`, `-`, `.`");
                self.problem(node, &[keyword], value, Code::Invalid, message);
                continue;
            }
            let before = self.anchors.insert((resource, name), node);
            if before.is_some_and(|before| before != node) {
                let message = format!("two schemas with the anchor `{name}`");
                self.problem(node, &[keyword], value, Code::Invalid, message);
            }
            if keyword == "$dynamicAnchor" {
                self.dynamic_anchors.insert((resource, name), node);
            }
        }
    }

    fn warn_of_names(&mut self, node: NodeId) {
        let Some(object) = self.draft(node).and_then(|draft| draft.value.as_object()) else {
            return;
        };
        let known = || KEYWORDS.iter().map(|(name, _)| *name);
        for (name, value) in object.iter() {
            if name.len() > LONGEST_NAME || known().any(|known| known == name) {
                continue;
            }
            let former = FORMER.iter().find(|(former, _)| *former == name);
            let instead = match former {
                Some((_, instead)) => Some((*instead).to_owned()),
                None => nearest(name, known()).map(|near| format!("`{near}`")),
            };
            let Some(instead) = instead else { continue };
            let message = match former {
                Some(_) => {
                    format!("`{name}` is a keyword of earlier drafts and means nothing in 2020-12")
                }
                None => format!("unknown keyword `{name}`, which means nothing"),
            };
            let problem = self.problem(node, &[name], value, Code::UnknownName, message);
            help(problem, format!("did you mean {instead}?"));
        }
    }
}
