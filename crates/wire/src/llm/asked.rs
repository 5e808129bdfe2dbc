//! A call that a model asks for, in the words policies know.
use super::ModelCall;
use crate::error::WireError;
use crate::mcp::full_name;
use crate::route::{self, Route};
use callgate_json::Document;
use callgate_model::{Headers, Kind, Request, Tool};
use std::borrow::Cow;

/// A call that was read.
#[derive(Debug)]
pub struct AskedCall<'c> {
    name: Cow<'c, str>,
    args: Document<'c>,
}

/// Reads a call as a client will: a name and one object of arguments.
///
/// # Errors
/// A name that is not plain, arguments that are no strict JSON or no object.
pub fn read_call<'c>(route: &Route, call: &'c ModelCall) -> Result<AskedCall<'c>, WireError> {
    // Models leave arguments empty where there are none.
    let args = match call.args.trim_ascii() {
        "" => "{}",
        _ => call.args.as_str(),
    };
    let args = Document::parse(args.as_bytes(), route.limits())?;
    if args.root().as_object().is_none() {
        return Err(WireError::Arguments);
    }
    Ok(AskedCall {
        name: full_name(route.server(), &call.name)?,
        args,
    })
}

impl AskedCall<'_> {
    /// The request part of a call; `headers` are those of the request to the model.
    #[must_use]
    pub fn request<'m>(
        &'m self,
        route: &'m Route,
        headers: &'m [(&'m str, &'m str)],
    ) -> Request<'m> {
        Request {
            kind: Kind::ToolCall,
            tool: Tool {
                name: Some(&self.name),
                server: route.server(),
                args: Some(self.args.root()),
            },
            upstream: route.upstream(),
            method: Some("POST"),
            path: Some(route::without_query(route.path())),
            headers: Headers::Pairs(headers),
            ..Request::default()
        }
    }
}
