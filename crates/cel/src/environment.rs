//! What an expression may name: declared variables, and structs flattened into numbered slots.

use std::collections::BTreeMap;
use std::sync::Arc;

use callgate_json::compare_keys;

use crate::types::Type;
use crate::value::Value;

/// The names an expression may use. Built once and shared by all expressions of a release.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    slots: Vec<Declaration>,
    structs: Arc<Vec<Struct>>,
    names: BTreeMap<Box<str>, Entity>,
    container: Box<str>,
    undeclared: Undeclared,
}

/// The values of one evaluation, indexed by [`SlotId`]; `None` is an absent attribute.
pub type Activation<'a> = [Option<Value<'a>>];

/// The number of a declared attribute: its place in an [`Activation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SlotId(pub(crate) u32);

impl SlotId {
    /// Its place in an [`Activation`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of a declared struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StructId(pub(crate) u32);

/// What a declared name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// An attribute or variable.
    Slot(SlotId),
    /// A struct of attributes.
    Struct(StructId),
}

/// What happens to a name that is not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undeclared {
    /// The expression does not compile. For policies.
    #[default]
    Refuse,
    /// Evaluating the name fails. For expressions without a checker, as the specification has it.
    FailWhenRead,
}

/// A declared attribute.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Its dotted path.
    pub path: Box<str>,
    /// Its type.
    pub r#type: Type,
}

/// A declared struct: its fields in canonical key order.
#[derive(Debug, Clone)]
pub struct Struct {
    /// Its dotted path.
    pub path: Box<str>,
    /// Field names and what they are.
    pub fields: Vec<(Box<str>, Entity)>,
}

impl Environment {
    /// An environment that declares nothing yet.
    pub fn builder() -> Builder {
        Builder {
            environment: Self::default(),
        }
    }

    /// The slot of a declared path.
    pub fn slot(&self, path: &str) -> Option<SlotId> {
        match self.names.get(path)? {
            Entity::Slot(slot) => Some(*slot),
            Entity::Struct(_) => None,
        }
    }

    /// What a dotted path names, if it is declared.
    pub fn entity(&self, path: &str) -> Option<Entity> {
        self.names.get(path).copied()
    }

    /// The declaration of a slot.
    pub fn declaration(&self, slot: SlotId) -> Option<&Declaration> {
        self.slots.get(slot.0 as usize)
    }

    /// A declared struct.
    pub fn structure(&self, id: StructId) -> Option<&Struct> {
        self.structs.get(id.0 as usize)
    }

    /// All declared attributes, in slot order: as many as an [`Activation`] has places.
    pub fn declarations(&self) -> &[Declaration] {
        &self.slots
    }

    /// Every declared dotted path, attributes and structs, in order.
    pub fn paths(&self) -> impl Iterator<Item = (&str, Entity)> {
        self.names.iter().map(|(path, entity)| (&**path, *entity))
    }

    /// The namespace names are looked up in first.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// What happens to undeclared names.
    pub fn undeclared(&self) -> Undeclared {
        self.undeclared
    }

    /// An activation with every attribute absent.
    pub fn activation<'a>(&self) -> Vec<Option<Value<'a>>> {
        vec![None; self.slots.len()]
    }

    /// The same with a variable more, which hides what had its name.
    pub(crate) fn with_variable(&self, name: &str) -> Self {
        let mut environment = self.clone();
        environment.names.remove(name);
        let builder = Builder { environment };
        builder.variable(name, Type::Dyn).build()
    }

    pub(crate) fn structs(&self) -> &Arc<Vec<Struct>> {
        &self.structs
    }
}

/// Builds an [`Environment`].
#[derive(Debug, Clone)]
pub struct Builder {
    environment: Environment,
}

impl Builder {
    /// Declares an attribute of a struct by its dotted path; the structs on the way come into being.
    /// A path declared before keeps its slot.
    #[must_use]
    pub fn leaf(mut self, path: &str, r#type: Type) -> Self {
        let slot = self.add(path, r#type);
        let mut below = Entity::Slot(slot);
        let mut rest = path;
        while let Some((parent, field)) = rest.rsplit_once('.') {
            let (id, known) = self.structure(parent);
            if let Some(structure) =
                Arc::make_mut(&mut self.environment.structs).get_mut(id.0 as usize)
                && !structure.fields.iter().any(|(name, _)| **name == *field)
            {
                structure.fields.push((field.into(), below));
                callgate_json::sort_by(&mut structure.fields, |(a, _), (b, _)| compare_keys(a, b));
            }
            if known {
                break;
            }
            below = Entity::Struct(id);
            rest = parent;
        }
        self
    }

    /// Declares a variable. A dotted name is one qualified name, not a field of a struct.
    #[must_use]
    pub fn variable(mut self, name: &str, r#type: Type) -> Self {
        self.add(name, r#type);
        self
    }

    /// Sets the namespace names are looked up in first.
    #[must_use]
    pub fn container(mut self, container: &str) -> Self {
        self.environment.container = container.into();
        self
    }

    /// Sets what happens to undeclared names.
    #[must_use]
    pub fn undeclared(mut self, undeclared: Undeclared) -> Self {
        self.environment.undeclared = undeclared;
        self
    }

    /// The environment.
    pub fn build(self) -> Environment {
        self.environment
    }

    fn add(&mut self, path: &str, r#type: Type) -> SlotId {
        if let Some(Entity::Slot(slot)) = self.environment.names.get(path) {
            return *slot;
        }
        let slot = SlotId(number(self.environment.slots.len()));
        self.environment.slots.push(Declaration {
            path: path.into(),
            r#type,
        });
        self.environment
            .names
            .insert(path.into(), Entity::Slot(slot));
        slot
    }

    /// The struct at a path, and whether it was there already.
    fn structure(&mut self, path: &str) -> (StructId, bool) {
        if let Some(Entity::Struct(id)) = self.environment.names.get(path) {
            return (*id, true);
        }
        let id = StructId(number(self.environment.structs.len()));
        Arc::make_mut(&mut self.environment.structs).push(Struct {
            path: path.into(),
            fields: Vec::new(),
        });
        self.environment
            .names
            .insert(path.into(), Entity::Struct(id));
        (id, false)
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
