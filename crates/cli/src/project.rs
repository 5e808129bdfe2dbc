//! A project as its authors wrote it, and everything that is wrong with it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::rc::Rc;

use callgate_cel::Cost;
use callgate_cel::check::Manifest;
use callgate_engine::CompiledRelease;
use callgate_engine::author;
use callgate_model::{Diagnostic, Limits, Span};
use callgate_release::documents::Located;
use callgate_release::{Build, Format, Policy, Release, Settings, Source};

pub use callgate_engine::author::Shape;

use crate::error::Error;
use crate::input::{self, File};
use crate::inventory::{self, PROJECT_FILE};
use crate::key;
use crate::problem::{self, Problem};

/// The files of one project.
#[derive(Debug)]
pub struct Project {
    /// `callgate.yaml`, if it could be read.
    pub file: Option<Rc<File>>,
    /// What releases carry as the project's name.
    pub name: String,
    /// What holds for all policies.
    pub settings: Settings,
    /// Every policy that could be read, in the order of the files.
    pub policies: Vec<Written>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// A policy and the file it is written in.
#[derive(Debug, Clone)]
pub struct Written {
    /// The file.
    pub file: Rc<File>,
    /// The policy and its places in the file.
    pub located: Located,
    /// What a decision by it costs at most; none when it cannot be compiled.
    pub cost: Option<Cost>,
}

impl Project {
    /// Reads the project in `root`: its own file, and every file below `policies/`.
    ///
    /// # Errors
    /// A file or folder that cannot be read. What is wrong *in* files is in `problems`.
    pub fn load(root: &Path) -> Result<Self, Error> {
        Self::load_with(root, None)
    }

    /// The same, with arguments checked against the schemas of the tools.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(root: &Path, tools: Option<&Manifest>) -> Result<Self, Error> {
        let mut project = Self {
            file: None,
            name: String::new(),
            settings: Settings::default(),
            policies: Vec::new(),
            problems: Vec::new(),
        };
        let own = root.join(PROJECT_FILE);
        if own.is_file() {
            project.read_own(&own)?;
        }
        for path in inventory::policies(root)? {
            let file = project.open(&path)?;
            let (policies, problems) =
                file.map_or_else(Default::default, |file| read_policies(&file, tools));
            project.policies.extend(policies);
            project.problems.extend(problems);
        }
        for path in inventory::tests_among_policies(root)? {
            let file = project.open(&path)?;
            project
                .problems
                .extend(file.and_then(|file| misnamed(&file)));
        }
        project.problems.extend(duplicates(&project.policies));
        problem::sort(&mut project.problems);
        Ok(project)
    }

    /// The project that `folder` belongs to.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn around(folder: &Path) -> Result<Self, Error> {
        let real = folder.canonicalize();
        let real = real.map_err(|reason| input::unreadable(folder, reason))?;
        match inventory::root_of(&real) {
            Some(root) => Self::load(&root),
            None => Err(Error::NoProject {
                from: input::name_of(folder),
                help: "`callgate init` writes one",
            }),
        }
    }

    /// Itself, when nothing keeps its policies from being released.
    ///
    /// # Errors
    /// Everything that does.
    pub fn sound(self) -> Result<Self, Error> {
        if problem::any_error(&self.problems) {
            Err(Error::Policies(self.problems))
        } else {
            Ok(self)
        }
    }

    /// The enabled policies.
    pub fn enabled(&self) -> Vec<Policy> {
        let policies = self.policies.iter().map(|written| &written.located.policy);
        policies.filter(|policy| policy.enabled).cloned().collect()
    }

    /// The release file's text, with what `with` adds to the project's own name, settings and policies.
    pub fn build(&self, with: Build<'_>) -> String {
        self.build_of(&self.enabled(), with)
    }

    /// The same of other policies than the project's own.
    fn build_of(&self, policies: &[Policy], with: Build<'_>) -> String {
        let project = if with.project.is_empty() {
            &self.name
        } else {
            with.project
        };
        author::build(policies, &self.settings, Build { project, ..with })
    }

    /// The project's policies as a release that exists only now, to decide by.
    ///
    /// # Errors
    /// What is wrong with the policies.
    pub fn compile(&self) -> Result<CompiledRelease, Error> {
        self.compile_policies(&self.enabled())
    }

    /// The file of the release that [`compile`](Self::compile) makes.
    pub fn text(&self) -> String {
        self.text_of(&self.enabled())
    }

    fn text_of(&self, policies: &[Policy]) -> String {
        let with = Build {
            number: 1,
            ..Build::default()
        };
        self.build_of(policies, with)
    }

    /// The same of other policies than the project's own.
    ///
    /// # Errors
    /// What is wrong with the policies.
    pub fn compile_policies(&self, policies: &[Policy]) -> Result<CompiledRelease, Error> {
        let name = "the release of this project".to_owned();
        compile(&Rc::new(File::new(name, self.text_of(policies))))
    }

    fn read_own(&mut self, path: &Path) -> Result<(), Error> {
        let Some(file) = self.open(path)? else {
            return Ok(());
        };
        self.file = Some(Rc::clone(&file));
        match author::read_project(&file.text, &Limits::default()) {
            Ok(project) => (self.name, self.settings) = (project.name, project.settings),
            Err(diagnostics) => self.problems.extend(Problem::all(&file, diagnostics)),
        }
        Ok(())
    }

    /// The text of a file; one that is no text is a problem among the others.
    fn open(&mut self, path: &Path) -> Result<Option<Rc<File>>, Error> {
        match input::read(path) {
            Ok(file) => Ok(Some(file)),
            Err(error @ (Error::NotText { .. } | Error::TooLarge { .. })) => {
                self.problems.extend(error.problems());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Reads a release file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_release(file: &Rc<File>) -> Result<Release, Error> {
    let file = &key::opened(file)?.release;
    let release = Release::read(file.text.as_bytes(), &Limits::default());
    release.map_err(|mut found| {
        // YAML is where people look for a release first.
        if Format::of_path(&file.name) == Some(Format::Yaml) {
            for diagnostic in &mut found {
                let help = "a release is JSON, as `callgate build -o FILE` writes it";
                diagnostic.help = Some(help.to_owned());
            }
        }
        Error::Policies(Problem::all(file, found))
    })
}

/// Reads a release file, signed or not, and compiles it. Signatures are not looked at.
///
/// # Errors
/// Everything that is wrong with it.
pub fn compile(file: &Rc<File>) -> Result<CompiledRelease, Error> {
    let file = &key::opened(file)?.release;
    author::compile(read_release(file)?, &file.text, &Limits::default())
        .map_err(|found| Error::Policies(Problem::all(file, found)))
}

/// The policies of one file, and what is wrong with them.
pub fn read_policies(file: &Rc<File>, tools: Option<&Manifest>) -> (Vec<Written>, Vec<Problem>) {
    let format = Format::of_path(&file.name).unwrap_or(Format::Yaml);
    let reviewed = author::review(&file.text, format, tools, &Limits::default());
    let written = reviewed.policies.into_iter().map(|policy| Written {
        file: Rc::clone(file),
        located: policy.located,
        cost: policy.cost,
    });
    (written.collect(), Problem::all(file, reviewed.diagnostics))
}

/// Where the first document stands that calls itself a policy.
pub fn first_policy(file: &File) -> Option<Span> {
    // Nearly every other file of a tree is ruled out without being parsed.
    if !(file.text.contains("apiVersion") && file.text.contains("callgate/")) {
        return None;
    }
    let format = Format::of_path(&file.name)?;
    let source = Source::read(&file.text, format, &Limits::default()).ok()?;
    let mut versions = source.documents.iter().flat_map(|document| {
        let items = document
            .root()
            .as_array()
            .map(|array| array.iter().collect());
        let items: Vec<_> = items.unwrap_or_else(|| vec![document.root()]);
        items
            .into_iter()
            .filter_map(|value| value.pointer("/apiVersion"))
            .map(move |value| (document, value))
    });
    let ours =
        versions.find(|(_, value)| value.as_str().is_some_and(|v| v.starts_with("callgate/")));
    ours.map(|(document, value)| document.locate(Span::from(value.span())))
}

/// A policy in a file of tests: nobody would enforce it, and nobody would notice.
fn misnamed(file: &Rc<File>) -> Option<Problem> {
    let place = first_policy(file)?;
    let message = "a policy in a `_test` file is in no release";
    let diagnostic = Diagnostic::error("POLICY_IN_TEST", place, message);
    let help = "name the file without `_test`, or move the policy";
    Some(Problem::new(file, diagnostic.with_help(help)))
}

/// Every policy whose name an earlier one has.
pub fn duplicates(policies: &[Written]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, &Written> = BTreeMap::new();
    let mut problems = Vec::new();
    for written in policies {
        let name = written.located.policy.name.as_str();
        match first.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(written);
            }
            Entry::Occupied(entry) => problems.push(duplicate(written, entry.get())),
        }
    }
    problems
}

fn duplicate(written: &Written, first: &Written) -> Problem {
    let name = &written.located.policy.name;
    let at = Problem::new(&first.file, Diagnostic::error("", first.located.name, ""));
    let line = at.range().map_or(0, |range| range.start.line);
    let message = format!("two policies are named `{name}`");
    let help = format!("the other one is in {}, line {line}", first.file.name);
    let diagnostic = Diagnostic::error("DUPLICATE_POLICY", written.located.name, message);
    Problem::new(&written.file, diagnostic.with_help(help))
}
