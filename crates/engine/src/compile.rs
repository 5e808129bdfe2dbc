//! A release becomes what decisions run on; every problem of every policy is found at once.

use callgate_cel::check::{Context, Manifest};
use callgate_cel::{Cost, Program, ProgramIndex, TextPattern};
use callgate_json::Document;
use callgate_model::{Diagnostic, Effect, Limits, PolicyRef, ReleaseRef, Span};
use callgate_release::spec::{Condition, Matcher, Subject};
use callgate_release::{
    AllowCombining, CelEffect, CelPolicy, Family, Policy, Release, Scope, Spec, Uncovered,
};
use callgate_schema::{Options, Schema};

use crate::attributes::{self, Values};
use crate::family::control::CompiledControl;
use crate::family::dlp::{CompiledDlp, Looking};
use crate::family::matching::{CompiledMatch, Prompts};
use crate::family::output::CompiledOutput;
use crate::past;

/// A release ready to decide by. Immutable; decisions share it.
#[derive(Debug)]
pub struct CompiledRelease {
    release: Release,
    /// Deny policies in order, then allow policies in order.
    pub(crate) expressions: Vec<Expression>,
    /// Which expressions can matter for a tool.
    index: ProgramIndex,
    /// How many conditions several expressions have in common.
    shared_conditions: usize,
    needs_grant: bool,
    /// Indices of the rule sets in the release.
    pub(crate) rulesets: Vec<usize>,
    /// Output rules, for responses; in the order of the release.
    pub(crate) outputs: Vec<CompiledOutput>,
    /// In the order they are tried.
    pub(crate) matches: Vec<CompiledMatch>,
    /// In the order of the release.
    pub(crate) controls: Vec<CompiledControl>,
    /// None without DLP policies: then nothing is looked through.
    pub(crate) dlp: Option<CompiledDlp>,
    reads_headers: bool,
    /// So much is looked for in prompts that their texts are looked at beforehand.
    skims_prompts: bool,
    /// No other family has a policy, nor a default that refuses.
    expressions_alone: bool,
    /// Whether some policy asks for headers.
    asks_for_headers: bool,
    /// Whether some control judges by what happened before.
    pub(crate) looks_back: bool,
}

/// One compiled CEL policy.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) effect: CelEffect,
    pub(crate) program: Program,
    /// The whole of the source.
    pub(crate) span: Span,
    /// Index of its policy in the release.
    pub(crate) policy: usize,
}

/// A finding about one policy's expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDiagnostic {
    /// Index of the policy in the release.
    pub policy: usize,
    /// The finding; its span is a place in the expression.
    pub diagnostic: Diagnostic,
}

impl CompiledRelease {
    /// Compiles every policy.
    ///
    /// # Errors
    /// The problems of every policy, up to [`Limits::findings`]. A release with any is refused whole.
    pub fn compile(release: Release, limits: &Limits) -> Result<Self, Vec<PolicyDiagnostic>> {
        let mut compiling = Compiling::new(&release, limits);
        for effect in [CelEffect::Deny, CelEffect::Allow] {
            for (policy, Policy { spec, .. }) in release.policies.iter().enumerate() {
                if let Spec::Cel(cel) = spec
                    && cel.effect == effect
                    && compiling.goes_on()
                {
                    compiling.add(policy, cel);
                }
            }
        }
        let outputs = outputs(&release, &mut compiling);
        let matches = matches(&release, &mut compiling);
        let controls = controls(&release, &mut compiling);
        let dlp = detectors(&release, &mut compiling);
        let mut expressions = compiling.finish()?;
        let shared_conditions = callgate_cel::share(expressions.iter_mut().map(|e| &mut e.program));
        let combining = release.settings.allow_combining;
        let index = index(&expressions, combining);
        let needs_grant = combining == AllowCombining::Any;
        let headers = attributes::headers();
        let reads_headers = expressions.iter().any(|e| e.program.reads(headers));
        let rulesets = of_family(&release, Family::RuleSet);
        let settings = &release.settings;
        let others = !rulesets.is_empty()
            || !matches.is_empty()
            || !controls.is_empty()
            || dlp.is_some()
            || settings.match_default.effect() != Effect::Allow
            || settings.uncovered != Uncovered::Allow;
        Ok(Self {
            expressions,
            index,
            shared_conditions,
            needs_grant,
            reads_headers,
            outputs,
            expressions_alone: !others,
            asks_for_headers: reads_headers || matches_headers(&release),
            looks_back: looks_back(&release),
            skims_prompts: prompt_matchers(&release) >= Prompts::WORTH,
            rulesets,
            matches,
            controls,
            dlp,
            release,
        })
    }

    /// The release that was compiled.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Its number and digest.
    pub fn reference(&self) -> ReleaseRef {
        self.release.reference()
    }

    /// Whether some allow policy has to grant a call: under `allow_combining: any`, also when the
    /// release has none, so that taking the last grant away never opens the gate.
    pub(crate) fn needs_grant(&self) -> bool {
        self.needs_grant
    }

    /// How many conditions several expressions have in common: the places of a memo.
    pub(crate) fn shared_conditions(&self) -> usize {
        self.shared_conditions
    }

    /// Whether a look at the texts of prompts beforehand is worth it.
    pub(crate) fn skims_prompts(&self) -> bool {
        self.skims_prompts
    }

    /// Whether its expressions alone decide: judging by the other families would say nothing.
    pub(crate) fn expressions_alone(&self) -> bool {
        self.expressions_alone
    }

    /// Whether some expression reads headers: those from the wire are copied for it.
    pub(crate) fn reads_headers(&self) -> bool {
        self.reads_headers
    }

    /// Whether some policy asks for headers: else a host need not give any.
    pub fn asks_for_headers(&self) -> bool {
        self.asks_for_headers
    }

    /// Numbers of the expressions that can matter for a call's tool, in order; all of them when it
    /// has none.
    pub(crate) fn relevant(&self, values: &Values<'_>) -> impl Iterator<Item = usize> {
        let tool = values.get(self.index.slot().index()).copied().flatten();
        self.index.relevant(tool)
    }
}

fn of_family(release: &Release, family: Family) -> Vec<usize> {
    let policies = release.policies.iter().enumerate();
    let found = policies.filter(|(_, policy)| policy.spec.family() == family);
    found.map(|(index, _)| index).collect()
}

/// The output rules with their schemas.
fn outputs(release: &Release, compiling: &mut Compiling<'_>) -> Vec<CompiledOutput> {
    let policies = release.policies.iter().enumerate();
    let outputs = policies.filter_map(|(index, policy)| {
        CompiledOutput::of(index, &policy.spec, |text| compiling.schema(index, text))
    });
    outputs.collect()
}

fn looks_back(release: &Release) -> bool {
    let specs = release.policies.iter().map(|policy| &policy.spec);
    specs.into_iter().any(|spec| match spec {
        Spec::Control(written) => past::looks_back(&written.spec),
        Spec::Cel(_) | Spec::RuleSet(_) | Spec::Match(_) | Spec::Dlp(_) => false,
    })
}

/// The conditions of all match policies.
fn conditions(release: &Release) -> impl Iterator<Item = &Condition> {
    let specs = release.policies.iter().map(|policy| &policy.spec);
    let conditions = specs.filter_map(|spec| match spec {
        Spec::Match(written) => Some(&written.spec.conditions),
        _ => None,
    });
    conditions.flatten()
}

fn matches_headers(release: &Release) -> bool {
    conditions(release).any(|condition| matches!(condition.subject, Subject::Header(_)))
}

/// How much is looked for anywhere in the texts of prompts.
fn prompt_matchers(release: &Release) -> usize {
    let prompts = conditions(release).filter(|condition| condition.subject == Subject::Prompt);
    let alternatives = prompts.flat_map(|condition| &condition.alternatives);
    let anywhere =
        |matcher: &&Matcher| matches!(matcher, Matcher::Contains(_) | Matcher::Matches(_));
    alternatives.filter(anywhere).count()
}

/// The match policies in the order they are tried: by priority, then by their place in the release.
fn matches(release: &Release, compiling: &mut Compiling<'_>) -> Vec<CompiledMatch> {
    let mut matches = Vec::new();
    for (policy, Policy { spec, .. }) in release.policies.iter().enumerate() {
        let Spec::Match(written) = spec else {
            continue;
        };
        let sources = written.spec.conditions.iter().flat_map(Condition::patterns);
        let patterns = sources.filter_map(|source| compiling.pattern(policy, source));
        let patterns = patterns.collect();
        matches.push((written.spec.priority, CompiledMatch { policy, patterns }));
    }
    callgate_json::sort_by(&mut matches, |(a, _), (b, _)| a.cmp(b));
    matches.into_iter().map(|(_, compiled)| compiled).collect()
}

/// The controls with their schemas.
fn controls(release: &Release, compiling: &mut Compiling<'_>) -> Vec<CompiledControl> {
    let mut controls = Vec::new();
    for (policy, Policy { spec, .. }) in release.policies.iter().enumerate() {
        let Spec::Control(written) = spec else {
            continue;
        };
        let constraints = written.spec.argument_constraints.iter();
        let schemas = constraints.filter_map(|(_, text)| compiling.schema(policy, text));
        let schemas = schemas.collect();
        controls.push(CompiledControl { policy, schemas });
    }
    controls
}

/// The detectors that the DLP policies look with.
fn detectors(release: &Release, compiling: &mut Compiling<'_>) -> Option<CompiledDlp> {
    let looking = Looking::of(release)?;
    for (policy, source) in looking.regexes() {
        // INVARIANT: reading the release has measured every one.
        let bytes = TextPattern::measure(source, compiling.limits.regex_bytes).unwrap_or(u64::MAX);
        if !compiling.takes(policy, bytes, Span::new(0, 0)) {
            return None;
        }
    }
    let compiled = looking.compile(compiling.limits);
    compiled
        .map_err(|found| compiling.findings.extend(found))
        .ok()
}

/// The expressions of a release while they are compiled, within what one release may take.
struct Compiling<'l> {
    limits: &'l Limits,
    expressions: Vec<Expression>,
    findings: Vec<PolicyDiagnostic>,
    /// Bytes that patterns may still take.
    pattern_bytes: u64,
}

impl<'l> Compiling<'l> {
    fn new(release: &Release, limits: &'l Limits) -> Self {
        Self {
            limits,
            expressions: Vec::with_capacity(release.policies.len()),
            findings: Vec::new(),
            pattern_bytes: u64::from(limits.release_regex_bytes),
        }
    }

    /// Whether more findings would be listed.
    fn goes_on(&self) -> bool {
        self.findings.len() < self.limits.findings as usize
    }

    fn add(&mut self, policy: usize, cel: &CelPolicy) {
        let found = |diagnostic| PolicyDiagnostic { policy, diagnostic };
        let program = match program(&cel.expression, self.limits) {
            Ok(program) => program,
            Err(diagnostics) => {
                self.findings.extend(diagnostics.into_iter().map(found));
                return;
            }
        };
        let expression = Expression::new(policy, cel, program);
        let bytes = expression.program.pattern_bytes();
        if self.takes(policy, bytes, expression.span) {
            self.expressions.push(expression);
        }
    }

    /// Whether the release has room for patterns of so many bytes.
    fn takes(&mut self, policy: usize, bytes: u64, span: Span) -> bool {
        if let Some(left) = self.pattern_bytes.checked_sub(bytes) {
            self.pattern_bytes = left;
            return true;
        }
        let most = self.limits.release_regex_bytes;
        let message = format!("the patterns of this release take more than {most} bytes");
        let help = "repeat less, `[a-z]{1,9}` say, or look for plain text with `contains`";
        let diagnostic = Diagnostic::error("release.regex_limit", span, message).with_help(help);
        self.findings.push(PolicyDiagnostic { policy, diagnostic });
        false
    }

    /// A JSON Schema, from its canonical text.
    fn schema(&mut self, policy: usize, text: &str) -> Option<Schema> {
        // INVARIANT: reading the release has read the text.
        let document = Document::parse(text.as_bytes(), &self.limits.release_json()).ok()?;
        match Schema::compile(document.root(), &Options::default()) {
            Ok(schema) => Some(schema),
            Err(problems) => {
                let found = problems.into_iter().map(|problem| {
                    let mut diagnostic = problem.diagnostic;
                    diagnostic.message = format!("`{}`: {}", problem.pointer, diagnostic.message);
                    diagnostic.span = Some(Span::new(0, 0));
                    PolicyDiagnostic { policy, diagnostic }
                });
                self.findings.extend(found);
                None
            }
        }
    }

    /// A regular expression of a policy that is no expression.
    fn pattern(&mut self, policy: usize, source: &str) -> Option<TextPattern> {
        let span = Span::new(0, 0);
        match TextPattern::compile(source, self.limits.regex_bytes) {
            Ok(pattern) => self.takes(policy, pattern.bytes(), span).then_some(pattern),
            Err(problem) => {
                let message = format!("the pattern `{source}` cannot be used: {problem}");
                let diagnostic = Diagnostic::error("release.invalid_regex", span, message);
                self.findings.push(PolicyDiagnostic { policy, diagnostic });
                None
            }
        }
    }

    fn finish(mut self) -> Result<Vec<Expression>, Vec<PolicyDiagnostic>> {
        if self.findings.is_empty() {
            return Ok(self.expressions);
        }
        self.findings.truncate(self.limits.findings as usize);
        callgate_json::sort_by(&mut self.findings, |a, b| a.policy.cmp(&b.policy));
        Err(self.findings)
    }
}

/// Indexes expressions by tool. Left out are those that cannot change what the others decide: a
/// deny or a grant that is false, and under `all` an allow that is true, whatever else the call has.
fn index(expressions: &[Expression], combining: AllowCombining) -> ProgramIndex {
    let neutral = |expression: &Expression| {
        expression.effect == CelEffect::Allow && combining == AllowCombining::All
    };
    let programs = expressions.iter().map(|e| (&e.program, neutral(e)));
    ProgramIndex::new(programs, attributes::tool_name())
}

impl Expression {
    fn new(policy: usize, cel: &CelPolicy, program: Program) -> Self {
        let end = u32::try_from(cel.expression.len()).unwrap_or(u32::MAX);
        Self {
            effect: cel.effect,
            program,
            span: Span::new(0, end),
            policy,
        }
    }

    fn policy<'r>(&self, release: &'r CompiledRelease) -> Option<&'r Policy> {
        release.release.policies.get(self.policy)
    }

    fn cel<'r>(&self, release: &'r CompiledRelease) -> Option<&'r CelPolicy> {
        match &self.policy(release)?.spec {
            Spec::Cel(cel) => Some(cel),
            _ => None,
        }
    }

    pub(crate) fn scope<'r>(&self, release: &'r CompiledRelease) -> &'r Scope {
        self.policy(release)
            .map_or(&EVERYBODY, |policy| &policy.scope)
    }

    pub(crate) fn source<'r>(&self, release: &'r CompiledRelease) -> &'r str {
        self.cel(release).map_or("", |cel| &cel.expression)
    }

    pub(crate) fn message<'r>(&self, release: &'r CompiledRelease) -> Option<&'r str> {
        self.cel(release)?.message.as_deref()
    }

    pub(crate) fn policy_ref<'r>(&self, release: &'r CompiledRelease) -> PolicyRef<'r> {
        let policy = self.policy(release);
        PolicyRef {
            name: policy.map_or("", |policy| &policy.name),
            id: policy.and_then(|policy| policy.id.as_deref()),
        }
    }
}

static EVERYBODY: Scope = Scope {
    level: callgate_release::Level::Tenant,
    targets: Vec::new(),
};

/// Types are an author's help and are checked before a release is built ([`check_expression`]); a host
/// that loads an ill-typed release finds out when evaluating, and that is a refusal.
fn program(source: &str, limits: &Limits) -> Result<Program, Vec<Diagnostic>> {
    let ast = callgate_cel::parse(source, limits)?;
    callgate_cel::compile(&ast, attributes::environment(), limits)
}

/// Everything there is to say about one expression before it is used as a policy.
#[derive(Debug, Clone)]
pub struct Review {
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What a decision by it costs at most; none when it cannot be compiled.
    pub cost: Option<Cost>,
}

/// Reviews one expression as a policy. With `tools`, arguments have the types of the tool's schema
/// wherever a condition names the tool. An expression whose worst case is more than the gas of a
/// decision is refused here, where an author can mend it; hosts count what is really spent.
pub fn check_expression(source: &str, tools: Option<&Manifest>, limits: &Limits) -> Review {
    let environment = attributes::environment();
    let context = Context {
        tools,
        ..Context::from(environment)
    };
    let mut diagnostics = callgate_cel::check_source(source, context, limits);
    let refused = |found: &[Diagnostic]| found.iter().any(Diagnostic::is_error);
    let cost = match program(source, limits) {
        Ok(program) => Some(program.worst_case(environment, limits)),
        Err(found) => {
            // What the checker lets through and the compiler does not, a hit limit say.
            if !refused(&diagnostics) {
                diagnostics = found;
            }
            None
        }
    };
    if !refused(&diagnostics) {
        diagnostics.extend(cost.as_ref().and_then(|cost| cost.over(limits.gas)));
    }
    Review { diagnostics, cost }
}
