//! Tools that calls may name, from what MCP servers answer to `tools/list`.

use std::path::PathBuf;
use std::rc::Rc;

use callgate_cel::check::{Manifest, ManifestError};
use callgate_json::{Document, Value};
use callgate_model::{Diagnostic, Limits, Span};
use callgate_wire::name::is_server;

use crate::error::Error;
use crate::input::{self, File};
use crate::problem::Problem;

/// A file of tools, and the server whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name of the server; empty for one without.
    server: String,
    path: PathBuf,
}

/// Reads `[SERVER=]FILE` from the command line.
///
/// # Errors
/// The name cannot be that of a server.
pub fn argument(text: &str) -> Result<Source, String> {
    let whole = Source {
        server: String::new(),
        path: text.into(),
    };
    match text.split_once('=') {
        // A file may have a `=` in its name.
        Some((server, path)) if !whole.path.is_file() => {
            if !is_server(server) {
                return Err(format!(
                    "`{server}` cannot be the name of a server: A-Z a-z 0-9 _ . / -, without `__`, not ending in `_`"
                ));
            }
            Ok(Source {
                server: server.to_owned(),
                path: path.into(),
            })
        }
        _ => Ok(whole),
    }
}

/// The tools of all the files; none when there is no file.
///
/// # Errors
/// A file that cannot be read or lists no tools, and a tool that two files list.
pub fn read(sources: &[Source]) -> Result<Option<Manifest>, Error> {
    let mut manifest = Manifest::default();
    for source in sources {
        add(&mut manifest, source)?;
    }
    Ok((!sources.is_empty()).then_some(manifest))
}

fn add(manifest: &mut Manifest, source: &Source) -> Result<(), Error> {
    let file = input::read(&source.path)?;
    let limits = Limits::default().release_json();
    let document = Document::parse(file.text.as_bytes(), &limits).map_err(|error| {
        let span = Span::new(error.offset, error.offset.saturating_add(1));
        let diagnostic = Diagnostic::error(error.code.as_str(), span, error.code.describe());
        Error::Input(vec![Problem::new(&file, diagnostic)])
    })?;
    let mut own = Manifest::default();
    own.add(&source.server, document.root())
        .map_err(|error| unreadable(&file, document.root(), error))?;
    let known = own.names().find(|name| manifest.arguments(name).is_some());
    if let Some(name) = known {
        let message = format!("another file lists a tool `{name}` too");
        let diagnostic = Diagnostic::error("DUPLICATE_TOOL", Span::default(), message);
        let help = "name the servers as the gateway does: `--tools SERVER=FILE`";
        return Err(Error::Input(vec![Problem::new(
            &file,
            diagnostic.with_help(help),
        )]));
    }
    // INVARIANT: what was read once is read again.
    manifest
        .add(&source.server, document.root())
        .map_err(|error| unreadable(&file, document.root(), error))
}

fn unreadable(file: &Rc<File>, root: Value<'_>, error: ManifestError) -> Error {
    let (code, place, help) = match error {
        ManifestError::NoTools => (
            "NO_TOOLS",
            Some(root),
            "give what the server answers to `tools/list`: `{\"tools\": […]}`, or the whole JSON-RPC response",
        ),
        ManifestError::NoName(at) => {
            let pointers = ["/tools", "/result/tools", ""];
            let mut places = pointers.into_iter();
            let tool = places.find_map(|list| root.pointer(&format!("{list}/{at}")));
            (
                "MISSING_FIELD",
                tool,
                "give it a `name`, as the server does",
            )
        }
    };
    let span = place.map_or_else(Span::default, |value| Span::from(value.span()));
    // The first line is enough to find it.
    let end = file.text.get(span.start as usize..span.end as usize);
    let line = end.and_then(|text| text.lines().next()).map_or(0, str::len);
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    let span = Span::new(span.start, span.start.saturating_add(line));
    let diagnostic = Diagnostic::error(code, span, error.to_string());
    Error::Input(vec![Problem::new(file, diagnostic.with_help(help))])
}
