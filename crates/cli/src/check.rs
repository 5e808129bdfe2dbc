//! Everything that is wrong with a set of files, each problem once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use callgate_cel::Cost;
use callgate_cel::check::Manifest;
use callgate_model::{Diagnostic, Severity, Span};

use crate::error::Error;
use crate::input::{self, File};
use crate::inventory::{Found, Kind, POLICIES};
use crate::policy_test::read;
use crate::problem::{self, Problem};
use crate::project::{self, Project, Shape, Written};

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Every problem, sorted by file and place.
    pub problems: Vec<Problem>,
    /// Policies that could be read.
    pub policies: Vec<Written>,
    /// Files that were read.
    pub files: usize,
}

/// Checks the files found.
///
/// # Errors
/// A file that cannot be read.
pub fn check(found: &[Found], tools: Option<&Manifest>) -> Result<Checked, Error> {
    let mut checked = Checked::default();
    let mut projects: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut strays = Vec::new();
    for file in found {
        match (file.kind, &file.root) {
            (Kind::Test, _) => checked.tests(&file.path)?,
            (Kind::Stray, _) | (_, None) => strays.extend(checked.stray(file, tools)?),
            (Kind::Project | Kind::Policy, Some(root)) => {
                let chosen = projects.entry(root.clone()).or_default();
                chosen.insert(input::name_of(&file.path));
            }
        }
    }
    for (root, chosen) in &projects {
        checked.project(root, chosen, tools)?;
    }
    checked.problems.extend(project::duplicates(&strays));
    checked.policies.extend(strays);
    problem::sort(&mut checked.problems);
    Ok(checked)
}

impl Checked {
    /// What each policy costs at most, as notes for those who read findings.
    pub fn costs(&self) -> impl Iterator<Item = Problem> {
        self.policies.iter().filter_map(|written| {
            let (cost, located) = (written.cost.as_ref()?, &written.located);
            let message = format!("`{}` costs {cost}", located.policy.name);
            let diagnostic = Diagnostic {
                severity: Severity::Note,
                ..Diagnostic::error("POLICY_COST", located.name, message)
            };
            Some(Problem {
                gas: Some(cost.gas()),
                ..Problem::new(&written.file, diagnostic)
            })
        })
    }

    /// The policy that may cost most.
    pub fn dearest(&self) -> Option<(&str, &Cost)> {
        let policies = self.policies.iter();
        let costs = policies.filter_map(|written| {
            let name = written.located.policy.name.as_str();
            Some((name, written.cost.as_ref()?))
        });
        // The first of several that cost the same.
        costs.rev().max_by_key(|(_, cost)| cost.gas())
    }

    /// A project is always read whole, since names must differ across files; only the chosen files are reported.
    fn project(
        &mut self,
        root: &Path,
        chosen: &BTreeSet<String>,
        tools: Option<&Manifest>,
    ) -> Result<(), Error> {
        let project = Project::load_with(root, tools)?;
        let is_chosen = |file: &File| chosen.contains(&file.name);
        self.files += chosen.len();
        self.problems.extend(
            shape(&project).filter(|problem| problem.file.as_deref().is_some_and(is_chosen)),
        );
        let problems = project.problems.into_iter();
        self.problems
            .extend(problems.filter(|p| p.file.as_deref().is_none_or(is_chosen)));
        let policies = project.policies.into_iter();
        self.policies
            .extend(policies.filter(|written| is_chosen(&written.file)));
        Ok(())
    }

    fn tests(&mut self, path: &Path) -> Result<(), Error> {
        self.files += 1;
        match input::read(path) {
            Ok(file) => {
                let folder = path.parent().unwrap_or(Path::new("."));
                self.problems.extend(read::read(&file, folder).problems);
                Ok(())
            }
            Err(error @ (Error::NotText { .. } | Error::TooLarge { .. })) => {
                self.problems.extend(error.problems());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// A file outside every `policies/` folder: read if the user named it, or if it looks like a policy.
    fn stray(&mut self, found: &Found, tools: Option<&Manifest>) -> Result<Vec<Written>, Error> {
        let file = match input::read(&found.path) {
            Ok(file) => file,
            Err(Error::NotText { .. } | Error::TooLarge { .. }) if !found.named => {
                return Ok(Vec::new());
            }
            Err(error @ (Error::NotText { .. } | Error::TooLarge { .. })) => {
                self.problems.extend(error.problems());
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let first = project::first_policy(&file);
        if !found.named && first.is_none() {
            return Ok(Vec::new());
        }
        self.files += 1;
        let (policies, problems) = project::read_policies(&file, tools);
        self.problems.extend(problems);
        if found.root.is_some() {
            let message =
                format!("this policy is outside `{POLICIES}/`, so no release will hold it");
            let diagnostic =
                Diagnostic::warning("POLICY_OUTSIDE", first.unwrap_or_default(), message);
            let help = format!("move the file into the project's `{POLICIES}/` folder");
            self.problems
                .push(Problem::new(&file, diagnostic.with_help(help)));
        }
        Ok(policies)
    }
}

/// A warning about a project whose release would let through more than its author may think.
fn shape(project: &Project) -> impl Iterator<Item = Problem> {
    let policies = project.enabled();
    let finding = match Shape::of(&policies) {
        Shape::Ordinary => None,
        // Without policies at all there is nothing to warn about but what is already an error.
        _ if problem::any_error(&project.problems) => None,
        Shape::Empty => Some((
            "EMPTY_RELEASE",
            "no policy is enabled: a release would let every call pass",
        )),
        Shape::DenyOnly => Some((
            "DENY_ONLY_RELEASE",
            "no policy allows: a release would let every call pass that no deny policy refuses",
        )),
    };
    let problem = finding
        .zip(project.file.as_ref())
        .map(|((code, message), file)| {
            let diagnostic = Diagnostic {
                severity: Severity::Warning,
                ..Diagnostic::error(code, Span::default(), message)
            };
            Problem::new(
                file,
                diagnostic.with_help(format!("add an allow policy below `{POLICIES}/`")),
            )
        });
    problem.into_iter()
}
