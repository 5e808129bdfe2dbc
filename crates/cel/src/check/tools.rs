//! Tool manifests: the input schemas of an MCP server's `tools/list`, as types.

use std::collections::{BTreeMap, BTreeSet};

use callgate_json as json;

use super::types::{Object, Others, Type};
use super::unify::either;

/// Where a call holds the name of its tool.
pub(super) const NAME_PATH: &str = "request.tool.name";
/// Where a call holds the arguments of its tool.
pub(super) const ARGUMENTS_PATH: &str = "request.tool.args";
/// How far references between schemas are followed.
const DEEPEST: u32 = 16;

/// The tools that calls may name, and what arguments they take.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    tools: BTreeMap<Box<str>, Type>,
}

/// Why a document is no tool manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// There is no list of tools.
    #[error("there is no `tools` list")]
    NoTools,
    /// A tool has no name; its place in the list.
    #[error("tool {0} has no name")]
    NoName(usize),
}

impl Manifest {
    /// Reads the result of `tools/list`, a whole JSON-RPC answer holding it, or the list alone.
    ///
    /// # Errors
    /// When there is no list of tools, or a tool has no name.
    pub fn read(root: json::Value<'_>) -> Result<Self, ManifestError> {
        let mut manifest = Self::default();
        manifest.add("", root)?;
        Ok(manifest)
    }

    /// Adds the tools of a server. Their names get its name and `__` in front, unless it is empty.
    ///
    /// # Errors
    /// As [`Manifest::read`].
    pub fn add(&mut self, server: &str, root: json::Value<'_>) -> Result<(), ManifestError> {
        let list = [
            root.pointer("/tools"),
            root.pointer("/result/tools"),
            Some(root),
        ];
        let list = list.into_iter().flatten().find_map(json::Value::as_array);
        let list = list.ok_or(ManifestError::NoTools)?;
        for (place, tool) in list.iter().enumerate() {
            let name = member(tool, "name").and_then(json::Value::as_str);
            let name = name.ok_or(ManifestError::NoName(place))?;
            let name = match server {
                "" => name.to_owned(),
                server => format!("{server}__{name}"),
            };
            let arguments = match member(tool, "inputSchema") {
                Some(schema) => Reader::new(schema, &name).read(schema, ARGUMENTS_PATH),
                None => Type::Dyn,
            };
            self.tools.insert(name.into(), arguments);
        }
        Ok(())
    }

    /// The names of all tools, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.keys().map(|name| &**name)
    }

    /// The type of a tool's arguments.
    pub fn arguments(&self, tool: &str) -> Option<&Type> {
        self.tools.get(tool)
    }
}

/// The type of arguments that are those of one of several tools.
pub(super) fn any_of(types: &[&Type]) -> Option<Type> {
    let mut joined: Option<Object> = None;
    for found in types {
        let Type::Object(object) = found else {
            return None;
        };
        joined = Some(match joined {
            None => (**object).clone(),
            Some(before) => either(&before, object),
        });
    }
    joined.map(|object| Type::Object(object.into()))
}

fn member<'a>(value: json::Value<'a>, key: &str) -> Option<json::Value<'a>> {
    value.as_object()?.get(key)
}

/// Reads one tool's schema. What it does not understand is `dyn`, never a guess.
struct Reader<'a> {
    root: json::Value<'a>,
    note: Box<str>,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn new(root: json::Value<'a>, tool: &str) -> Self {
        Self {
            root,
            note: format!(" in a call of `{tool}`").into(),
            depth: 0,
        }
    }

    fn read(&mut self, schema: json::Value<'a>, path: &str) -> Type {
        self.depth = self.depth.saturating_add(1);
        let found = if self.depth > DEEPEST {
            Type::Dyn
        } else {
            self.schema(schema, path)
        };
        self.depth = self.depth.saturating_sub(1);
        found
    }

    fn schema(&mut self, schema: json::Value<'a>, path: &str) -> Type {
        if let Some(reference) = member(schema, "$ref").and_then(json::Value::as_str) {
            let pointer = reference.strip_prefix('#');
            let target = pointer.and_then(|pointer| self.root.pointer(pointer));
            return target.map_or(Type::Dyn, |target| self.read(target, path));
        }
        if is_combined(schema) {
            return Type::Dyn;
        }
        let listed = member(schema, "enum").and_then(json::Value::as_array);
        if let Some(values) = listed {
            return of_values(values.iter());
        }
        if let Some(value) = member(schema, "const") {
            return of_values(core::iter::once(value));
        }
        match member(schema, "type").and_then(json::Value::as_str) {
            Some("string") => Type::STRING,
            Some("boolean") => Type::BOOL,
            Some("null") => Type::NULL,
            // JSON Schema counts `1.0` among the integers, and it is a double here.
            Some("integer" | "number") => Type::Number,
            Some("array") => self.array(schema, path),
            Some("object") => self.object(schema, path),
            None if member(schema, "properties").is_some() => self.object(schema, path),
            _ => Type::Dyn,
        }
    }

    fn array(&mut self, schema: json::Value<'a>, path: &str) -> Type {
        if member(schema, "prefixItems").is_some() {
            return Type::list(Type::Dyn);
        }
        let items = member(schema, "items").map(|items| self.read(items, &format!("{path}[…]")));
        Type::list(items.unwrap_or(Type::Dyn))
    }

    fn object(&mut self, schema: json::Value<'a>, path: &str) -> Type {
        let properties = member(schema, "properties").and_then(json::Value::as_object);
        let mut fields = BTreeMap::new();
        for (name, property) in properties.into_iter().flat_map(json::Object::iter) {
            let found = self.read(property, &format!("{path}.{name}"));
            fields.insert(name.into(), found);
        }
        let more = member(schema, "additionalProperties");
        let patterns = member(schema, "patternProperties").is_some();
        let others = match more.map(json::Value::as_bool) {
            _ if patterns => Others::Any,
            Some(Some(false)) => Others::None,
            Some(_) => Others::Any,
            None if fields.is_empty() => Others::Any,
            None => Others::Unsaid,
        };
        Type::Object(
            Object {
                name: path.into(),
                note: self.note.clone(),
                fields,
                others,
            }
            .into(),
        )
    }
}

/// Whether keywords that combine schemas decide what a value may be.
fn is_combined(schema: json::Value<'_>) -> bool {
    let keywords = [
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "dependentSchemas",
        "$dynamicRef",
    ];
    keywords.iter().any(|key| member(schema, key).is_some())
}

/// The type that all of the values have.
fn of_values<'a>(values: impl Iterator<Item = json::Value<'a>>) -> Type {
    let kinds: BTreeSet<u8> = values
        .map(|value| match value.kind() {
            json::Kind::String => 1,
            json::Kind::Number => 2,
            json::Kind::Bool => 3,
            json::Kind::Null | json::Kind::Array | json::Kind::Object => 0,
        })
        .collect();
    match kinds.into_iter().collect::<Vec<_>>().as_slice() {
        [1] => Type::STRING,
        [2] => Type::Number,
        [3] => Type::BOOL,
        _ => Type::Dyn,
    }
}
