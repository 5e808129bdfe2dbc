//! Reads test files strictly: every problem with its place.

use std::path::Path;
use std::rc::Rc;

use callgate_json::{Document, Value};
use callgate_model::{
    Call, Code, Diagnostic, Effect, Fields, Limits, Reader, Span, State, Timestamp,
};
use callgate_release::{Format, Source};

use super::{Case, DEFAULT_NOW, Expect, table};
use crate::input::{self, File};
use crate::inventory;
use crate::problem::Problem;

/// The tests of one file.
#[derive(Debug, Default)]
pub struct Tests {
    /// Those that could be read.
    pub cases: Vec<Case>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
}

/// Reads the tests in `file`, which lies in `folder`: `call_file` and `state_file` count from there.
pub fn read(file: &Rc<File>, folder: &Path) -> Tests {
    let format = Format::of_path(&file.name).unwrap_or(Format::Yaml);
    let source = match Source::read(&file.text, format, &Limits::default()) {
        Ok(source) => source,
        Err(diagnostic) => {
            return Tests {
                problems: vec![Problem::new(file, *diagnostic)],
                cases: Vec::new(),
            };
        }
    };
    let mut tests = Tests::default();
    for document in &source.documents {
        let mut reading = Reading {
            reader: Reader::default(),
            elsewhere: Vec::new(),
            folder,
        };
        let mut cases = reading.tests(document.root(), file);
        for case in &mut cases {
            case.place = document.locate(case.place);
        }
        tests.cases.extend(cases);
        tests.problems.extend(reading.elsewhere);
        let own = reading.reader.diagnostics().iter().cloned();
        let own = own.map(|diagnostic| Problem::new(file, document.relocate(diagnostic)));
        tests.problems.extend(own);
    }
    tests
}

/// What all tests of a document share while they are read.
pub struct Reading<'f> {
    /// Collects problems of the test file.
    pub reader: Reader,
    /// Problems of files the tests refer to.
    elsewhere: Vec<Problem>,
    folder: &'f Path,
}

/// What a test is about, without its call.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The test's name.
    pub name: String,
    /// The state as JSON.
    pub state: Option<String>,
    /// When.
    pub now: Timestamp,
    /// What is expected.
    pub expect: Expect,
}

const TEST: &[&str] = &[
    "name",
    "call",
    "call_file",
    "table",
    "state",
    "state_file",
    "now",
    "expect",
];

impl Reading<'_> {
    fn tests(&mut self, root: Value<'_>, file: &Rc<File>) -> Vec<Case> {
        let what = "a test file";
        let fields = self.reader.fields(root, what, &["tests"]);
        let tests = fields.and_then(|fields| self.reader.required(fields, "tests", what));
        let tests = tests.and_then(|tests| self.reader.array(tests, "`tests`"));
        let items = tests.into_iter().flat_map(|tests| tests.iter());
        items.flat_map(|item| self.test(item, file)).collect()
    }

    /// One test, or as many as its table has rows.
    fn test(&mut self, item: Value<'_>, file: &Rc<File>) -> Vec<Case> {
        let Some(fields) = self.reader.fields(item, "a test", TEST) else {
            return Vec::new();
        };
        let setting = self.setting(fields);
        let given = ["call", "call_file", "table"].map(|key| fields.get(key));
        match (given, setting) {
            ([Some(call), None, None], setting) => {
                let call = self.call(call);
                self.one(item, file, setting, call).into_iter().collect()
            }
            ([None, Some(path), None], setting) => {
                let call = self.file(path, "`call_file`", &|value| Call::read(value).err());
                self.one(item, file, setting, call).into_iter().collect()
            }
            ([None, None, Some(table)], Some(setting)) => {
                let rows = table::rows(self, table, &setting);
                let case = |row: table::Row| case(file, row.place, row.setting, row.call);
                rows.into_iter().map(case).collect()
            }
            ([None, None, Some(_)], None) => Vec::new(),
            ([None, None, None], _) => {
                let message = "a test needs `call`, `call_file` or `table`".to_owned();
                let help = Some(
                    "`call: { identity: { name: … }, request: { tool: { name: … } } }`".to_owned(),
                );
                self.reader.error("MISSING_FIELD", item, message, help);
                Vec::new()
            }
            (_, _) => {
                let message = "a test has one of `call`, `call_file` and `table`".to_owned();
                self.reader.error("WRONG_VALUE", item, message, None);
                Vec::new()
            }
        }
    }

    fn one(
        &mut self,
        item: Value<'_>,
        file: &Rc<File>,
        setting: Option<Setting>,
        call: Option<String>,
    ) -> Option<Case> {
        let setting = setting?;
        self.needs_decision(item, &setting.expect)?;
        Some(case(file, Span::from(item.span()), setting, call?))
    }

    /// A test that expects nothing cannot fail.
    pub fn needs_decision(&mut self, at: Value<'_>, expect: &Expect) -> Option<()> {
        if expect.decision.is_none() {
            let message = "a test needs `expect: { decision: … }`".to_owned();
            let help = Some("one of: ALLOW, FLAG, REQUIRE_APPROVAL, DENY".to_owned());
            self.reader.error("MISSING_FIELD", at, message, help);
        }
        expect.decision.map(|_| ())
    }

    fn setting(&mut self, fields: Fields<'_>) -> Option<Setting> {
        let name = self.reader.required(fields, "name", "a test");
        let name = name.and_then(|name| self.reader.string(name, "`name`"));
        let state = match (fields.get("state"), fields.get("state_file")) {
            (None, None) => Some(None),
            (Some(state), None) => self.state(state).map(Some),
            (_, Some(path)) => {
                let state = self.file(path, "`state_file`", &|value| State::read(value).err());
                state.map(Some)
            }
        };
        let now = fields
            .get("now")
            .map_or(Some(DEFAULT_NOW), |now| self.now(now));
        let expect = fields
            .get("expect")
            .map_or(Some(Expect::default()), |v| self.expect(v));
        Some(Setting {
            name: name?.to_owned(),
            state: state?,
            now: now?,
            expect: expect?,
        })
    }

    /// The call in `value` as JSON, if it is one.
    fn call(&mut self, value: Value<'_>) -> Option<String> {
        let problems = Call::read(value).err().unwrap_or_default();
        let sound = problems.is_empty();
        problems
            .into_iter()
            .for_each(|problem| self.reader.push(problem));
        sound.then(|| value.raw().to_owned())
    }

    /// The call in `json`, whose problems are shown at `at`.
    pub fn made_call(&mut self, json: String, at: Value<'_>) -> Option<String> {
        let problems = match Document::parse(json.as_bytes(), &Limits::default().json) {
            Ok(document) => Call::read(document.root()).err().unwrap_or_default(),
            Err(error) => {
                vec![Diagnostic::error(
                    error.code.as_str(),
                    Span::default(),
                    error.code.describe(),
                )]
            }
        };
        let sound = problems.is_empty();
        for problem in problems {
            self.reader.push(Diagnostic {
                span: Some(Span::from(at.span())),
                ..problem
            });
        }
        sound.then_some(json)
    }

    fn state(&mut self, value: Value<'_>) -> Option<String> {
        let problems = State::read(value).err().unwrap_or_default();
        let sound = problems.is_empty();
        problems
            .into_iter()
            .for_each(|problem| self.reader.push(problem));
        sound.then(|| value.raw().to_owned())
    }

    /// The JSON of another file, if `wrong` finds nothing wrong with it.
    fn file(
        &mut self,
        path: Value<'_>,
        what: &str,
        wrong: &dyn Fn(Value<'_>) -> Option<Vec<Diagnostic>>,
    ) -> Option<String> {
        let name = self.reader.string(path, what)?;
        let at = self.folder.join(name);
        if !self.is_inside(&at) {
            let message = format!("{what} leads out of the project");
            let help = "copy the file beside the test: tests of strangers must not read what is not theirs";
            self.reader
                .error("OUTSIDE", path, message, Some(help.to_owned()));
            return None;
        }
        let file = match input::read(&at) {
            Ok(file) => file,
            Err(error) => {
                let problems = error.problems();
                let help = problems
                    .first()
                    .and_then(|problem| problem.diagnostic.help.clone());
                self.reader
                    .error("CANNOT_READ", path, error.to_string(), help);
                return None;
            }
        };
        let (json, problems) = content(&file, wrong);
        self.elsewhere.extend(problems);
        json
    }

    /// Whether a file lies below the project, or below the test's folder where there is none. What does
    /// not exist is told as such.
    fn is_inside(&self, path: &Path) -> bool {
        let Ok(folder) = self.folder.canonicalize() else {
            return false;
        };
        let root = inventory::root_of(&folder).unwrap_or(folder);
        path.canonicalize()
            .map_or(true, |path| path.starts_with(root))
    }

    /// A time in the test file.
    pub fn now(&mut self, value: Value<'_>) -> Option<Timestamp> {
        let text = self.reader.string(value, "`now`")?;
        let now = Timestamp::parse_rfc3339(text);
        if now.is_none() {
            let help = Some("for example `2026-01-31T12:00:00Z`".to_owned());
            let message = "`now` must be an RFC 3339 date-time".to_owned();
            self.reader.error("WRONG_VALUE", value, message, help);
        }
        now
    }

    fn expect(&mut self, value: Value<'_>) -> Option<Expect> {
        let known = ["decision", "status", "deciding", "reasons", "findings"];
        let fields = self.reader.fields(value, "`expect`", &known)?;
        let mut expect = Expect::default();
        if let Some(value) = fields.get("decision") {
            expect.decision = Some(self.decision(value)?);
        }
        if let Some(value) = fields.get("status") {
            expect.status = Some(self.status(value)?);
        }
        if let Some(value) = fields.get("deciding") {
            let fields = self
                .reader
                .fields(value, "`deciding`", &["policy", "rule", "code"])?;
            if let Some(value) = fields.get("policy") {
                expect.policy = Some(self.reader.string(value, "`policy`")?.to_owned());
            }
            if let Some(value) = fields.get("rule") {
                expect.rule = Some(self.reader.string(value, "`rule`")?.to_owned());
            }
            if let Some(value) = fields.get("code") {
                expect.code = Some(self.code(value)?);
            }
        }
        if let Some(value) = fields.get("reasons") {
            let codes = self.reader.array(value, "`reasons`")?.iter();
            expect.reasons = codes.map(|code| self.code(code)).collect();
        }
        if let Some(value) = fields.get("findings") {
            let findings = self.reader.array(value, "`findings`")?;
            expect.findings = Some(
                findings
                    .iter()
                    .map(|finding| finding.raw().to_owned())
                    .collect(),
            );
        }
        Some(expect)
    }

    /// An effect's name.
    pub fn decision(&mut self, value: Value<'_>) -> Option<Effect> {
        let choices = Effect::ALL.map(|effect| (effect.as_str(), effect));
        self.reader.choice(value, "`decision`", &choices)
    }

    /// A status's name.
    pub fn status(&mut self, value: Value<'_>) -> Option<String> {
        let choices = STATUSES.map(|status| (status, status));
        self.reader
            .choice(value, "`status`", &choices)
            .map(str::to_owned)
    }

    /// A reason code's name.
    pub fn code(&mut self, value: Value<'_>) -> Option<String> {
        let choices: Vec<_> = Code::ALL
            .iter()
            .map(|code| (code.as_str(), code.as_str()))
            .collect();
        self.reader
            .choice(value, "`code`", &choices)
            .map(str::to_owned)
    }
}

const STATUSES: [&str; 7] = [
    "ALLOWED",
    "FLAGGED",
    "PENDING_APPROVAL",
    "DENIED",
    "RATE_LIMITED",
    "DLP_BLOCKED",
    "DLP_WARNED",
];

fn case(file: &Rc<File>, place: Span, setting: Setting, call: String) -> Case {
    Case {
        name: setting.name,
        file: Rc::clone(file),
        place,
        call,
        state: setting.state,
        now: setting.now,
        expect: setting.expect,
    }
}

/// The JSON of a file's only document, and what is wrong with it.
fn content(
    file: &Rc<File>,
    wrong: &dyn Fn(Value<'_>) -> Option<Vec<Diagnostic>>,
) -> (Option<String>, Vec<Problem>) {
    let format = Format::of_path(&file.name).unwrap_or(Format::Json);
    let source = match Source::read(&file.text, format, &Limits::default()) {
        Ok(source) => source,
        Err(diagnostic) => return (None, vec![Problem::new(file, *diagnostic)]),
    };
    let [document] = source.documents.as_slice() else {
        let diagnostic = Diagnostic::error(
            "WRONG_VALUE",
            Span::default(),
            "the file must hold one document",
        );
        return (None, vec![Problem::new(file, diagnostic)]);
    };
    let problems = wrong(document.root()).unwrap_or_default();
    let json = problems
        .is_empty()
        .then(|| document.root().raw().to_owned());
    let located = problems
        .into_iter()
        .map(|d| Problem::new(file, document.relocate(d)));
    (json, located.collect())
}
