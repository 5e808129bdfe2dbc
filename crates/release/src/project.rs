//! `callgate.yaml`: what a project is called and what holds for all its policies.

use callgate_json::Value;
use callgate_model::{Diagnostic, Reader};

use crate::Settings;

/// A project's own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The name that its releases carry.
    pub name: String,
    /// What holds for the whole project.
    pub settings: Settings,
}

impl Project {
    /// Reads the document.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(root: Value<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let project = project(&mut reader, root);
        reader.finish(project)
    }
}

fn project(reader: &mut Reader, root: Value<'_>) -> Option<Project> {
    let fields = reader.fields(root, "`callgate.yaml`", &["project", "settings"])?;
    let name = reader.required(fields, "project", "`callgate.yaml`");
    let name = name.and_then(|v| reader.string(v, "`project`"));
    let settings = fields.get("settings").map(|v| Settings::read(reader, v));
    Some(Project {
        name: name?.to_owned(),
        settings: settings.unwrap_or_else(|| Some(Settings::default()))?,
    })
}
