//! What authors of policies need before there is a release: a file reviewed, a release refused in its own text.

mod help;

use callgate_cel::Cost;
use callgate_cel::check::Manifest;
use callgate_model::{Diagnostic, Limits, Span};
use callgate_release::documents::{self, Located};
use callgate_release::{Build, Format, Policy, Release, Settings, Source, zones};

use crate::compile::{CompiledRelease, PolicyDiagnostic, check_expression};

pub use help::help;

/// The policies of one file, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct Reviewed {
    /// Those that could be read.
    pub policies: Vec<ReviewedPolicy>,
    /// Everything that is wrong, with places in the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// A policy, its places in the text, and what it costs.
#[derive(Debug, Clone)]
pub struct ReviewedPolicy {
    /// The policy and where it stands.
    pub located: Located,
    /// What a decision by it costs at most; none when it cannot be compiled, or is no expression.
    pub cost: Option<Cost>,
}

/// Policies that a release may hold and that surprise when nobody meant them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// No policy is enabled.
    Empty,
    /// No enabled policy allows.
    DenyOnly,
    /// There are allow policies.
    Ordinary,
}

impl Shape {
    /// The shape of a release of these policies.
    pub fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        let mut shape = Self::Empty;
        for policy in policies {
            let cel = policy.spec.cel();
            if !cel.is_some_and(|cel| cel.effect == callgate_release::CelEffect::Deny) {
                return Self::Ordinary;
            }
            shape = Self::DenyOnly;
        }
        shape
    }
}

/// What a name in an expression can be.
const NAMES: &str = "expressions see `identity`, `task`, `request`, `run` and `now`";

/// Reviews the policy documents of one text.
pub fn review(text: &str, format: Format, tools: Option<&Manifest>, limits: &Limits) -> Reviewed {
    let read = documents::read(text, format, limits);
    let mut diagnostics = read.diagnostics;
    if read.policies.is_empty() && diagnostics.is_empty() {
        let diagnostic =
            Diagnostic::warning("NO_POLICY", Span::default(), "the file holds no policy");
        let help = "write one, as `callgate init` does, or remove the file";
        diagnostics.push(diagnostic.with_help(help));
    }
    let mut policies = Vec::with_capacity(read.policies.len());
    for located in read.policies {
        let cost = review_policy(&located, tools, limits, &mut diagnostics);
        policies.push(ReviewedPolicy { located, cost });
    }
    Reviewed {
        policies,
        diagnostics,
    }
}

fn review_policy(
    located: &Located,
    tools: Option<&Manifest>,
    limits: &Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Cost> {
    if let Err(unknown) = zones::resolve(located.policy.spec.zones()) {
        let message = format!("`{unknown}` is no time zone");
        let diagnostic = Diagnostic::error("UNKNOWN_VALUE", located.spec, message);
        let help = "an IANA name such as `Europe/Berlin`, or `UTC`";
        diagnostics.push(diagnostic.with_help(help));
    }
    let Some(cel) = located.policy.spec.cel() else {
        diagnostics.extend(unusable(located, limits));
        return None;
    };
    let review = check_expression(&cel.expression, tools, limits);
    for mut diagnostic in review.diagnostics {
        diagnostic.span = diagnostic.span.map(|span| located.expression.locate(span));
        if diagnostic.code == "cel.undeclared_name" && diagnostic.help.is_none() {
            diagnostic.help = Some(NAMES.to_owned());
        }
        diagnostics.push(diagnostic);
    }
    review.cost
}

/// What is wrong with the patterns and schemas in a policy that is no expression.
fn unusable(located: &Located, limits: &Limits) -> Vec<Diagnostic> {
    let build = Build {
        number: 1,
        policies: std::slice::from_ref(&located.policy),
        ..Build::default()
    };
    // INVARIANT: what was read as a policy is read again in a release.
    let Ok(release) = Release::read(build.to_json().as_bytes(), limits) else {
        return Vec::new();
    };
    let found = CompiledRelease::compile(release, limits).err();
    let diagnostic = |finding: PolicyDiagnostic| {
        let mut diagnostic = finding.diagnostic;
        diagnostic.span = Some(located.spec);
        // Of a schema that is wrong as a whole there is no place in it.
        if let Some(rest) = diagnostic.message.strip_prefix("``: ") {
            diagnostic.message = format!("a schema in this policy cannot be used: {rest}");
        }
        diagnostic
    };
    found.into_iter().flatten().map(diagnostic).collect()
}

/// The text of a release of these policies, with the tables of the time zones they name; `with` has
/// all but policies, settings and zones.
pub fn build(policies: &[Policy], settings: &Settings, with: Build<'_>) -> String {
    // INVARIANT: reviewing has found every name that is no time zone.
    let zones = zones::resolve(policies.iter().flat_map(|policy| policy.spec.zones()));
    Build {
        settings: settings.clone(),
        policies,
        zones: &zones.unwrap_or_default(),
        ..with
    }
    .to_json()
}

/// What a project's own file says, `callgate.yaml`.
///
/// # Errors
/// Everything that is wrong with it, with places in the text.
pub fn read_project(
    text: &str,
    limits: &Limits,
) -> Result<callgate_release::Project, Vec<Diagnostic>> {
    let source = Source::read(text, Format::Yaml, limits);
    let source = source.map_err(|diagnostic| vec![*diagnostic])?;
    let [document] = source.documents.as_slice() else {
        let message = "`callgate.yaml` must hold one document";
        let diagnostic = Diagnostic::error("WRONG_VALUE", Span::default(), message);
        return Err(vec![
            diagnostic.with_help("it needs at least `project: NAME`"),
        ]);
    };
    callgate_release::Project::read(document.root()).map_err(|diagnostics| {
        let located = diagnostics.into_iter().map(|d| document.relocate(d));
        located.collect()
    })
}

/// Compiles a release that was read from `text`.
///
/// # Errors
/// What is wrong with its policies, with places in the text.
pub fn compile(
    release: Release,
    text: &str,
    limits: &Limits,
) -> Result<CompiledRelease, Vec<Diagnostic>> {
    CompiledRelease::compile(release, limits).map_err(|found| {
        // INVARIANT: the text was read as a release, so it is a document, and has these policies.
        let source = Source::read(text, Format::Json, limits).ok();
        let document = source.as_ref().and_then(|source| source.documents.first());
        let located = found.into_iter().map(|finding| {
            let mut diagnostic = finding.diagnostic;
            diagnostic.span =
                document.and_then(|document| place(document, finding.policy, diagnostic.span));
            diagnostic
        });
        located.collect()
    })
}

/// The places of findings about policies in the text of a release: of each the policy, and the place in
/// its expression if it has one.
pub fn locate(text: &str, found: &[(usize, Option<Span>)], limits: &Limits) -> Vec<Option<Span>> {
    let source = Source::read(text, Format::Json, limits).ok();
    let document = source.as_ref().and_then(|source| source.documents.first());
    let spans = found
        .iter()
        .map(|(policy, span)| document.and_then(|document| place(document, *policy, *span)));
    spans.collect()
}

/// Where a finding stands in a release: within the expression, or else the whole of the spec.
fn place(document: &callgate_release::Mapped, policy: usize, span: Option<Span>) -> Option<Span> {
    let spec = document
        .root()
        .pointer(&format!("/policies/{policy}/spec"))?;
    let expression = spec.pointer("/expression");
    let within = expression
        .zip(span)
        .map(|(text, span)| document.text_map(text).locate(span));
    Some(within.unwrap_or_else(|| document.locate(Span::from(spec.span()))))
}
