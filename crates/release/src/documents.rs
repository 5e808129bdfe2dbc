//! Policy documents of one file: read, checked, and located.

use callgate_json::Value;
use callgate_model::{Diagnostic, Limits, Reader, Span};

use crate::source::Mapped;
use crate::{Format, Policy, Source, TextMap};

/// What one file holds.
#[derive(Debug, Default)]
pub struct Documents {
    /// The policies that could be read.
    pub policies: Vec<Located>,
    /// Everything that is wrong, with places in the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// A policy and where it stands.
#[derive(Debug, Clone)]
pub struct Located {
    /// The policy.
    pub policy: Policy,
    /// Where its name stands in the text.
    pub name: Span,
    /// Where its spec stands.
    pub spec: Span,
    /// Where each byte of its expression stands in the text.
    pub expression: TextMap,
}

/// Reads the policy documents of one text.
pub fn read(text: &str, format: Format, limits: &Limits) -> Documents {
    let source = match Source::read(text, format, limits) {
        Ok(source) => source,
        Err(diagnostic) => {
            return Documents {
                diagnostics: vec![*diagnostic],
                ..Documents::default()
            };
        }
    };
    let mut documents = Documents::default();
    for mapped in &source.documents {
        // JSON has one document a file; an array holds several.
        match mapped.root().as_array() {
            Some(array) => array.iter().for_each(|value| documents.add(mapped, value)),
            None => documents.add(mapped, mapped.root()),
        }
    }
    documents
}

impl Documents {
    fn add(&mut self, mapped: &Mapped, value: Value<'_>) {
        let mut reader = Reader::default();
        let policy = Policy::read(&mut reader, value);
        match reader.finish(policy) {
            Ok(policy) => self.policies.push(Located {
                policy,
                name: value
                    .pointer("/metadata/name")
                    .map_or(Span::default(), |name| {
                        mapped.locate(Span::from(name.span()))
                    }),
                spec: value.pointer("/spec").map_or(Span::default(), |spec| {
                    mapped.locate(Span::from(spec.span()))
                }),
                expression: value
                    .pointer("/spec/expression")
                    .map_or_else(TextMap::default, |text| mapped.text_map(text)),
            }),
            Err(diagnostics) => {
                let located = diagnostics.into_iter().map(|d| mapped.relocate(d));
                self.diagnostics.extend(located);
            }
        }
    }
}
