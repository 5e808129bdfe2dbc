//! A configuration and the table become one scanner, or every problem at once.

use std::collections::BTreeSet;

use callgate_cel::TextPattern;
use callgate_model::{Effect, nearest};

use crate::anchor::{Index, SHORTEST};
use crate::check::Check;
use crate::config::{Config, Custom, CustomPattern, Limits, Override};
use crate::error::Problem;
use crate::pattern::Anchored;
use crate::read::{self, Reader};
use crate::table::{Detector, Find, detectors};
use crate::vocab::{Class, Confidence, Reach, Severity};

/// A compiled set of detectors. It holds no text and no state: one serves every scan.
#[derive(Debug)]
pub struct Detectors {
    pub(crate) rows: Vec<Row>,
    pub(crate) index: Index<Target>,
    /// Patterns of whole words.
    pub(crate) words: Vec<(u16, &'static [u8])>,
    /// Shapes of numbers by the length of their first group, for those that begin with a digit
    /// and those that begin with a letter.
    pub(crate) shapes: [Vec<Vec<Shape>>; 2],
    /// Regular expressions of one's own.
    pub(crate) custom: Vec<(u16, TextPattern)>,
    /// Keywords of one's own that are too short for the index.
    pub(crate) short: Vec<(u16, Box<[u8]>)>,
    pub(crate) allow: BTreeSet<Box<str>>,
    pub(crate) report_samples: bool,
    pub(crate) decode: bool,
    pub(crate) limits: Limits,
}

/// A detector as it is used.
#[derive(Debug)]
pub(crate) struct Row {
    pub id: Box<str>,
    pub class: Class,
    pub custom: Option<u16>,
    pub severity: Severity,
    pub effect: Effect,
    pub confidence: Confidence,
    pub reach: Reach,
    pub check: Check,
    pub find: Option<Find>,
}

/// What a word of the index leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// The literal of a token.
    Token(u16, Anchored<'static>),
    /// A name that values are given to.
    Named(u16),
    /// The name of a number.
    Context(u8),
    /// Where code of its own looks.
    Read(Reader),
    /// A keyword of one's own.
    Keyword(u16),
}

/// A shape of a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub row: u16,
    pub shape: &'static [u8],
    /// Whether it has groups with spaces between.
    pub grouped: bool,
    /// The context it needs.
    pub context: Option<u8>,
}

/// Longest first group of a shape, and one.
const GROUPS: usize = 32;

impl Detectors {
    /// Compiles the table and what `config` changes of it.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn compile(config: &Config, limits: &Limits) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        check_names(config, limits, &mut problems);
        let mut builder = Builder::default();
        for detector in detectors() {
            builder.add(detector, config);
        }
        for (number, custom) in config.custom.iter().enumerate() {
            builder.custom(number, custom, config, limits, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut allow = BTreeSet::new();
        allow.extend(config.allow.iter().map(|value| value.as_str().into()));
        Ok(Self {
            index: Index::new(builder.index),
            rows: builder.rows,
            words: builder.words,
            shapes: builder.shapes,
            custom: builder.regexes,
            short: builder.short,
            allow,
            report_samples: config.report_samples,
            decode: !config.skip_decoding,
            limits: limits.clone(),
        })
    }

    /// Bytes that the compiled set takes, roughly and without regular expressions.
    pub fn size(&self) -> usize {
        let rows = self.rows.len().saturating_mul(size_of::<Row>());
        let shapes: usize = self.shapes.iter().flatten().map(Vec::len).sum();
        let words = self.words.len().saturating_mul(24);
        let shapes = shapes.saturating_mul(size_of::<Shape>());
        rows.saturating_add(shapes)
            .saturating_add(words)
            .saturating_add(self.index.size())
    }

    /// The detector of this name, if it is on.
    pub(crate) fn row(&self, id: &str) -> Option<u16> {
        let place = self.rows.iter().position(|row| *row.id == *id)?;
        u16::try_from(place).ok()
    }
}

fn check_names(config: &Config, limits: &Limits, problems: &mut Vec<Problem>) {
    // Built name by name: collecting would sort first, with code of its own.
    let mut known = BTreeSet::new();
    known.extend(detectors().map(|detector| detector.id));
    let classes: Vec<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
    let customs = config.custom.iter().map(|custom| custom.id.as_str());
    let mut seen = BTreeSet::new();
    for (number, custom) in config.custom.iter().enumerate() {
        let place = format!("/custom/{number}/id");
        if known.contains(custom.id.as_str()) || !seen.insert(custom.id.as_str()) {
            let message = format!("`{}` is the name of another detector", custom.id);
            problems.push(Problem {
                place,
                message,
                help: None,
            });
        } else if custom.id.is_empty() {
            let message = "a detector needs a name".to_owned();
            problems.push(Problem {
                place,
                message,
                help: None,
            });
        }
    }
    for (number, change) in config.overrides.iter().enumerate() {
        let name = change.detector.as_str();
        if known.contains(name) || classes.contains(&name) || seen.contains(name) {
            continue;
        }
        let names = known
            .iter()
            .copied()
            .chain(customs.clone())
            .chain(classes.iter().copied());
        let help = nearest(name, names).map(|found| format!("did you mean `{found}`?"));
        problems.push(Problem {
            place: format!("/overrides/{number}/detector"),
            message: format!("there is no detector `{name}`"),
            help,
        });
    }
    let bounds = [
        (
            "/custom",
            "custom detectors",
            config.custom.len(),
            limits.custom,
        ),
        ("/allow", "allowed values", config.allow.len(), limits.allow),
    ];
    for (place, what, found, limit) in bounds {
        if found > limit as usize {
            let message = format!("{found} {what}, and the limit is {limit}");
            problems.push(Problem {
                place: place.to_owned(),
                message,
                help: None,
            });
        }
    }
}

#[derive(Default)]
struct Builder {
    rows: Vec<Row>,
    index: Vec<(Vec<u8>, Target)>,
    words: Vec<(u16, &'static [u8])>,
    shapes: [Vec<Vec<Shape>>; 2],
    regexes: Vec<(u16, TextPattern)>,
    short: Vec<(u16, Box<[u8]>)>,
    readers: Vec<Reader>,
    contexts: u8,
    keywords: usize,
}

impl Builder {
    fn add(&mut self, detector: &'static Detector, config: &Config) {
        let names = [detector.class.as_str(), detector.id];
        let row = Row {
            id: detector.id.into(),
            class: detector.class,
            custom: None,
            severity: detector.severity,
            effect: detector.severity.effect(),
            confidence: detector.confidence,
            reach: Reach::Both,
            check: detector.check,
            find: Some(detector.find),
        };
        let Some(row) = self.push(row, names, config) else {
            return;
        };
        match detector.find {
            Find::Token(patterns) => {
                for pattern in patterns {
                    let anchored = Anchored::of(pattern);
                    let word = anchored.anchor.to_vec();
                    self.index.push((word, Target::Token(row, anchored)));
                }
            }
            Find::Word(patterns) => {
                let patterns = patterns.iter().map(|pattern| (row, pattern.as_bytes()));
                self.words.extend(patterns);
            }
            Find::Named(names, _) => {
                let names = names
                    .iter()
                    .map(|name| (name.as_bytes().to_vec(), Target::Named(row)));
                self.index.extend(names);
            }
            Find::Number(number) => {
                let context = self.context(number.words);
                for shape in number.shapes {
                    self.shape(row, shape.as_bytes(), None);
                }
                for shape in number.bare {
                    self.shape(row, shape.as_bytes(), context);
                }
            }
            Find::Read(reader) => self.reader(reader),
        }
    }

    fn reader(&mut self, reader: Reader) {
        if self.readers.contains(&reader) {
            return;
        }
        self.readers.push(reader);
        let words = read::words(reader).iter();
        let words = words.map(|word| (word.as_bytes().to_vec(), Target::Read(reader)));
        self.index.extend(words);
    }

    fn context(&mut self, words: &'static [&'static str]) -> Option<u8> {
        if words.is_empty() {
            return None;
        }
        let context = self.contexts;
        self.contexts = context.saturating_add(1);
        for word in words {
            self.index
                .push((word.as_bytes().to_vec(), Target::Context(context)));
        }
        Some(context)
    }

    fn shape(&mut self, row: u16, shape: &'static [u8], context: Option<u8>) {
        let first = shape.iter().take_while(|byte| byte.is_ascii_alphanumeric());
        let length = first.count();
        let fits = match shape.first() {
            Some(b'A') => [false, true],
            Some(b'X') => [true, true],
            _ => [true, false],
        };
        for (shapes, _) in self.shapes.iter_mut().zip(fits).filter(|(_, fits)| *fits) {
            shapes.resize_with(GROUPS.max(shapes.len()), Vec::new);
            if let Some(shapes) = shapes.get_mut(length) {
                shapes.push(Shape {
                    row,
                    shape,
                    grouped: shape.contains(&b' '),
                    context,
                });
            }
        }
    }

    /// Adds a row as the configuration changes it, unless that switches it off.
    fn push(&mut self, mut row: Row, names: [&str; 2], config: &Config) -> Option<u16> {
        let applies = |change: &&Override| names.contains(&change.detector.as_str());
        let mut off = false;
        let mut effect = None;
        for change in config.overrides.iter().filter(applies) {
            off = change.off;
            row.severity = change.severity.unwrap_or(row.severity);
            row.reach = change.reach.unwrap_or(row.reach);
            effect = change.effect.or(effect);
        }
        let by_severity = config
            .effects
            .iter()
            .rev()
            .find(|(severity, _)| *severity == row.severity);
        let usual = by_severity.map_or(row.severity.effect(), |(_, effect)| *effect);
        row.effect = effect.unwrap_or(usual);
        let number = u16::try_from(self.rows.len()).ok().filter(|_| !off)?;
        self.rows.push(row);
        Some(number)
    }

    fn custom(
        &mut self,
        number: usize,
        custom: &Custom,
        config: &Config,
        limits: &Limits,
        problems: &mut Vec<Problem>,
    ) {
        let row = Row {
            id: custom.id.as_str().into(),
            class: Class::Custom,
            custom: u16::try_from(number).ok(),
            severity: custom.severity,
            effect: custom.severity.effect(),
            confidence: Confidence::High,
            reach: custom.reach,
            check: Check::None,
            find: None,
        };
        let row = self.push(row, [Class::Custom.as_str(), &custom.id], config);
        match &custom.pattern {
            CustomPattern::Regex(source) => {
                match TextPattern::compile(source, limits.regex_bytes) {
                    Ok(pattern) => self.regexes.extend(row.map(|row| (row, pattern))),
                    Err(message) => problems.push(Problem {
                        place: format!("/custom/{number}/regex"),
                        message,
                        help: Some(
                            "patterns are written as for `matches`, in RE2's syntax".to_owned(),
                        ),
                    }),
                }
            }
            CustomPattern::Keywords(words) => self.keywords(number, row, words, limits, problems),
        }
    }

    fn keywords(
        &mut self,
        number: usize,
        row: Option<u16>,
        words: &[String],
        limits: &Limits,
        problems: &mut Vec<Problem>,
    ) {
        self.keywords = self.keywords.saturating_add(words.len());
        let mut problem = |message: String| {
            let place = format!("/custom/{number}/keywords");
            problems.push(Problem {
                place,
                message,
                help: None,
            });
        };
        if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
            problem("a list of keywords needs one, and none that is blank".to_owned());
        }
        if self.keywords > limits.keywords as usize {
            problem(format!(
                "more keywords than the limit of {}",
                limits.keywords
            ));
            return;
        }
        let Some(row) = row else { return };
        for word in words {
            let word = word.trim().as_bytes().to_vec();
            if word.len() < SHORTEST {
                self.short.push((row, word.to_ascii_lowercase().into()));
            } else {
                self.index.push((word, Target::Keyword(row)));
            }
        }
    }
}
