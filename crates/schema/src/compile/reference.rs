//! Where `$ref` and `$dynamicRef` lead: always to a place in the document.

use callgate_json::{Kind, Value};

use super::keyword::{DYNAMIC_REF, REF};
use super::survey::Way;
use super::{Compiler, help};
use crate::node::{NodeId, ResourceId};
use crate::{Code, uri};

impl<'d> Compiler<'d, '_> {
    /// Resolves every reference; schemas found only by that are surveyed and resolved too.
    pub(super) fn resolve_references(&mut self) {
        let mut node: NodeId = 0;
        while node < self.node_count() {
            for keyword in [REF, DYNAMIC_REF] {
                if let Some(value) = self.member(node, keyword)
                    && let Some(reference) = self.text(node, keyword, value)
                    && let Some(target) = self.follow(node, keyword, value, reference)
                {
                    self.references.insert((node, keyword), target);
                }
            }
            node = node.saturating_add(1);
        }
    }

    /// The name to look for at run time, if a `$dynamicRef` leads to a `$dynamicAnchor` at first
    /// (Core, section 8.2.3.2).
    pub(super) fn dynamic_name(&self, node: NodeId, target: NodeId) -> Option<Box<str>> {
        let reference = self.member(node, DYNAMIC_REF)?.as_str()?;
        let fragment = uri::Parts::of(reference).fragment?;
        let name = uri::percent_decode(fragment)?;
        let anchored = self.member(target, "$dynamicAnchor")?.as_str()?;
        (anchored == name).then(|| name.into())
    }

    fn follow(
        &mut self,
        node: NodeId,
        keyword: &'static str,
        value: Value<'d>,
        reference: &str,
    ) -> Option<NodeId> {
        let own = self.draft(node).map_or(0, |draft| draft.resource);
        let base = self.resources.get(own as usize);
        let parts = uri::Parts::of(reference);
        let address = uri::resolve(base.map_or("", |resource| &resource.uri), reference);
        let Some(resource) = self.by_uri.get(&address).copied() else {
            let message =
                format!("`{keyword}` leads to `{address}`, which is not in this document");
            let problem = self.problem(node, &[keyword], value, Code::Reference, message);
            help(
                problem,
                "nothing is fetched: copy that schema, with its `$id`, under `$defs`",
            );
            return None;
        };
        let target = match uri::percent_decode(parts.fragment.unwrap_or_default()) {
            Some(fragment) if fragment.is_empty() => self.root_of(resource),
            Some(fragment) if fragment.starts_with('/') => self.point(resource, &fragment),
            Some(fragment) => self.anchors.get(&(resource, fragment.as_str())).copied(),
            None => None,
        };
        if target.is_none() {
            let message = format!("`{keyword}` leads to `{reference}`, and there is no schema");
            let problem = self.problem(node, &[keyword], value, Code::Reference, message);
            help(
                problem,
                "a reference is `#/…` with the way to a schema, or `#` and an `$anchor`",
            );
        }
        target
    }

    fn root_of(&self, resource: ResourceId) -> Option<NodeId> {
        let resource = self.resources.get(resource as usize)?;
        Some(resource.root)
    }

    /// Follows a JSON Pointer from the root of a resource; what it leads to becomes a schema if it
    /// is not known as one.
    fn point(&mut self, resource: ResourceId, pointer: &str) -> Option<NodeId> {
        let mut known = self.root_of(resource)?;
        let mut value = self.draft(known)?.value;
        let mut tail = String::new();
        for token in pointer.split('/').skip(1) {
            let step = format!("/{token}");
            value = value.pointer(&step)?;
            tail.push_str(&step);
            if let Some(node) = self.by_value.get(&value.id()) {
                known = *node;
                tail.clear();
            }
        }
        if tail.is_empty() {
            return Some(known);
        }
        if !matches!(value.kind(), Kind::Object | Kind::Bool) {
            return None;
        }
        let resource = self.draft(known)?.resource;
        let node = self.node_count();
        let way = Way {
            parent: known,
            keyword: REF,
            tail,
        };
        self.add(value, resource, way);
        self.survey_from(node);
        self.by_value.get(&value.id()).copied()
    }
}
