//! Reading RE2 syntax (github.com/google/re2/wiki/Syntax) and building automata of it.

use callgate_automaton::{Builder, Look};

use super::class::{Class, LAST_CASED};
use super::prefix::Prefix;

/// A pattern that was read, with its size in alternatives to follow.
pub(super) struct Translated {
    pub builder: Builder,
    /// Whether a name stands for two groups.
    pub ambiguous: bool,
    pub size: u64,
    /// States of an automaton of bytes that it needs, counted generously.
    pub states: u64,
    /// Characters whose case was looked up.
    pub folds: u32,
    /// Bytes that the longest match can have; `None` without bound.
    pub reach: Option<u64>,
    /// The text every match begins with.
    pub prefix: Prefix,
}

/// Why RE2 would not take a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("RE2 does not read {0}")]
    Invalid(&'static str),
    #[error("the pattern compiles to more than the limit")]
    TooLarge,
    #[error("`\\p` classes are not supported; list the characters, or use `[[:alpha:]]`")]
    UnicodeClass,
}

use PatternError::Invalid;

/// Repetitions RE2 allows in `{n,m}`.
const MOST_REPEATS: u64 = 1_000;
/// Bytes of a pattern, whatever it compiles to.
const MOST_BYTES: usize = 65_536;
/// Characters whose case may be looked up for one pattern: two classes as wide as Unicode.
const MOST_FOLDS: u32 = 300_000;
/// Characters whose case has been looked up at most when a pattern is refused for it: the last class
/// may be as wide as Unicode.
pub(super) const FOLDS_BEFORE_REFUSAL: u32 = MOST_FOLDS + LAST_CASED as u32;
/// Bytes of a character, at most.
const LONGEST_CHAR: u64 = 4;
/// States of `.`: the ranges of bytes that every character but one is written with.
const DOT_STATES: u64 = 28;
/// Groups open at once.
const DEEPEST: usize = 100;

/// Reads a pattern into an automaton of at most `most` instructions; `folds` tells how many characters'
/// case was looked up, whatever comes of it.
pub(super) fn translate(
    source: &str,
    most: usize,
    folds: &mut u32,
) -> Result<Translated, PatternError> {
    if source.len() > MOST_BYTES {
        return Err(PatternError::TooLarge);
    }
    let mut reader = Reader {
        rest: source,
        builder: Builder::new(most),
        names: Vec::new(),
        flags: Flags::default(),
        open: Vec::new(),
        atom: None,
        size: 0,
        states: 0,
        bounded: true,
        folds: 0,
        prefix: Prefix::default(),
        prefix_ended: false,
    };
    let read = reader.whole();
    *folds = reader.folds;
    read?;
    callgate_json::sort_by(&mut reader.names, Ord::cmp);
    let mut pairs = reader.names.windows(2);
    Ok(Translated {
        ambiguous: pairs.any(|pair| pair.first() == pair.last()),
        builder: reader.builder,
        size: reader.size,
        states: reader.states,
        folds: reader.folds,
        reach: reader
            .bounded
            .then(|| reader.size.saturating_mul(LONGEST_CHAR)),
        prefix: reader.prefix,
    })
}

/// How large a part of a pattern is.
#[derive(Clone, Copy)]
struct Size {
    alternatives: u64,
    states: u64,
}

/// What `(?imsU)` turns on.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// Letters match in either case.
    fold: bool,
    /// `^` and `$` match at lines.
    lines: bool,
    /// `.` matches `\n`.
    all: bool,
    /// Repetitions prefer less, and with `?` more.
    lazy: bool,
}

struct Reader<'s> {
    rest: &'s str,
    builder: Builder,
    /// Names of groups.
    names: Vec<&'s str>,
    flags: Flags,
    /// For each open group: the flags before it, and the sizes of what stands before it.
    open: Vec<(Flags, Size)>,
    /// The sizes of the last atom, which a repetition would apply to.
    atom: Option<Size>,
    /// The size of all that was read.
    size: u64,
    /// States of all that was read.
    states: u64,
    /// Whether nothing is repeated without bound.
    bounded: bool,
    /// Characters whose case was looked up.
    folds: u32,
    prefix: Prefix,
    /// Whether something was read that is no plain literal of the prefix.
    prefix_ended: bool,
}

impl<'s> Reader<'s> {
    fn whole(&mut self) -> Result<(), PatternError> {
        while let Some(c) = self.next() {
            self.item(c)?;
        }
        if self.open.is_empty() {
            Ok(())
        } else {
            Err(Invalid("a group that is not closed"))
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn atom(&mut self, states: u64) {
        self.atom = Some(Size {
            alternatives: 1,
            states,
        });
        self.size = self.size.saturating_add(1);
        self.states = self.states.saturating_add(states);
    }

    fn add_class(&mut self, Class(mut set): Class) {
        self.builder.class(set.ranges());
        self.atom(set.byte_ranges().max(1));
    }

    fn look(&mut self, look: Look) {
        self.builder.look(look);
        self.atom(1);
    }

    /// `.`, whose size does not depend on `(?s)`.
    fn dot(&mut self) {
        let but_lines = [('\0', '\t'), ('\u{b}', char::MAX)];
        self.builder.class(match self.flags.all {
            true => &[('\0', char::MAX)],
            false => &but_lines,
        });
        self.atom(DOT_STATES);
    }

    fn item(&mut self, c: char) -> Result<(), PatternError> {
        match c {
            '|' if self.open.is_empty() => self.prefix = Prefix::default(),
            '*' | '+' | '?' | '{' if !self.prefix_ended => {
                // Read as a literal after all, a brace only makes the prefix shorter than it could be.
                self.prefix.pop();
            }
            _ => {}
        }
        if "(|[\\.^$*+?{".contains(c) && !(c == '(' && self.is_flag_group()) {
            self.prefix_ended = true;
        }
        match c {
            '(' => self.group(),
            ')' => self.close(),
            '|' => {
                self.builder.alternative();
                self.states = self.states.saturating_add(2);
                self.atom = None;
                Ok(())
            }
            '[' => self.class(),
            '\\' => self.escape(),
            '.' => {
                self.dot();
                Ok(())
            }
            '^' | '$' => {
                self.look(match (c, self.flags.lines) {
                    ('^', false) => Look::TextStart,
                    ('^', true) => Look::LineStart,
                    (_, false) => Look::TextEnd,
                    (_, true) => Look::LineEnd,
                });
                Ok(())
            }
            '*' => self.repeat(0, None, 2),
            '+' => self.repeat(1, None, 2),
            '?' => self.repeat(0, Some(1), 1),
            '{' => match self.counted() {
                Some((least, most)) => {
                    let times = most.unwrap_or(least.saturating_add(1));
                    if times > MOST_REPEATS || most.is_some_and(|most| most < least) {
                        return Err(Invalid("more than 1000 repetitions"));
                    }
                    self.repeat(least, most, times)
                }
                None => {
                    self.literal('{');
                    Ok(())
                }
            },
            _ => {
                self.literal(c);
                Ok(())
            }
        }
    }

    /// Whether `(` opens nothing but flags, as in `(?i)`.
    fn is_flag_group(&self) -> bool {
        let flags = self.rest.strip_prefix('?').unwrap_or_default();
        flags
            .trim_start_matches(['i', 'm', 's', 'U', '-'])
            .starts_with(')')
    }

    fn literal(&mut self, c: char) {
        if !self.prefix_ended {
            self.prefix_ended = !self.prefix.push(c, self.flags.fold);
        }
        let cased = self.flags.fold && (c.is_alphabetic() || !c.is_ascii());
        if cased {
            let mut class = Class::default();
            class.0.add(c, c);
            class.fold();
            self.add_class(class);
        } else {
            self.builder.literal(c);
            self.atom(c.len_utf8() as u64);
        }
    }

    /// Applies a repetition to the last atom, which then counts `times`.
    fn repeat(&mut self, least: u64, most: Option<u64>, times: u64) -> Result<(), PatternError> {
        let atom = self.atom.take().ok_or(Invalid("a repetition of nothing"))?;
        let greedy = self.eat("?") == self.flags.lazy;
        let number = |bound| u32::try_from(bound).unwrap_or(u32::MAX);
        self.builder.repeat(number(least), most.map(number), greedy);
        self.bounded &= most.is_some();
        let again = times.saturating_sub(1);
        let added = atom.alternatives.saturating_mul(again);
        self.size = self.size.saturating_add(added);
        // Each repetition has a state of its own that goes on or back.
        let added = atom.states.saturating_mul(again).saturating_add(times);
        self.states = self.states.saturating_add(added);
        let again = self.rest.starts_with(['*', '+', '?'])
            || (self.rest.starts_with('{') && self.counted_ahead());
        if again {
            Err(Invalid("a repetition of a repetition"))
        } else {
            Ok(())
        }
    }

    fn counted_ahead(&self) -> bool {
        let rest = self.rest.get(1..).unwrap_or_default();
        bounds(rest).is_some()
    }

    /// `n}`, `n,}` or `n,m}` after the brace: the least and the most.
    fn counted(&mut self) -> Option<(u64, Option<u64>)> {
        let (length, least, most) = bounds(self.rest)?;
        self.skip(length);
        Some((least, most))
    }

    fn group(&mut self) -> Result<(), PatternError> {
        if self.open.len() >= DEEPEST {
            return Err(Invalid("groups nested this deep"));
        }
        if !self.eat("?") {
            self.open_group(self.flags, true);
            return Ok(());
        }
        if self.eat("P<")
            || (!self.rest.starts_with("<=") && !self.rest.starts_with("<!") && self.eat("<"))
        {
            let (name, rest) = self.rest.split_once('>').ok_or(Invalid("this group"))?;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty()
                || !name.chars().all(plain)
                || name.starts_with(|c: char| c.is_ascii_digit())
            {
                return Err(Invalid("this group name"));
            }
            self.names.push(name);
            self.rest = rest;
            self.open_group(self.flags, true);
            return Ok(());
        }
        self.flags()
    }

    fn open_group(&mut self, outer: Flags, captures: bool) {
        let before = Size {
            alternatives: self.size,
            states: self.states,
        };
        self.open.push((outer, before));
        self.builder.open(captures);
        self.atom = None;
    }

    /// `(?flags)` or `(?flags:`.
    fn flags(&mut self) -> Result<(), PatternError> {
        let outer = self.flags;
        let mut on = true;
        loop {
            match self.next().ok_or(Invalid("a group that is not closed"))? {
                'i' => self.flags.fold = on,
                'm' => self.flags.lines = on,
                's' => self.flags.all = on,
                'U' => self.flags.lazy = on,
                '-' if on => on = false,
                ':' => {
                    self.open_group(outer, false);
                    return Ok(());
                }
                ')' => {
                    self.atom = None;
                    return Ok(());
                }
                _ => return Err(Invalid("this kind of group")),
            }
        }
    }

    fn close(&mut self) -> Result<(), PatternError> {
        let (outer, before) = self.open.pop().ok_or(Invalid("a `)` without its `(`"))?;
        self.builder.close();
        self.flags = outer;
        self.size = self.size.saturating_add(1);
        self.states = self.states.saturating_add(2);
        self.atom = Some(Size {
            alternatives: self.size.saturating_sub(before.alternatives),
            states: self.states.saturating_sub(before.states),
        });
        Ok(())
    }

    fn escape(&mut self) -> Result<(), PatternError> {
        let c = self.next().ok_or(Invalid("a backslash at the end"))?;
        match c {
            'A' => self.look(Look::TextStart),
            'z' => self.look(Look::TextEnd),
            'b' => self.look(Look::WordBoundary),
            'B' => self.look(Look::NotWordBoundary),
            'Q' => {
                let (text, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                text.chars().for_each(|c| self.literal(c));
            }
            'p' | 'P' => return Err(PatternError::UnicodeClass),
            _ => match Class::perl(c) {
                Some(class) => self.add_class(class),
                None => {
                    let c = self.escaped(c)?;
                    self.literal(c);
                }
            },
        }
        Ok(())
    }

    /// The character an escape stands for, in and outside classes.
    fn escaped(&mut self, c: char) -> Result<char, PatternError> {
        Ok(match c {
            'a' => '\u{07}',
            'f' => '\u{0c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{0b}',
            'x' => return self.hexadecimal(),
            '0'..='7' => {
                let mut value = c.to_digit(8).unwrap_or(0);
                let octal = |c: &char| c.is_digit(8);
                if c != '0' && !self.rest.chars().next().is_some_and(|c| octal(&c)) {
                    return Err(Invalid("references to groups"));
                }
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    self.skip(1);
                    value = value.saturating_mul(8).saturating_add(digit);
                }
                char::from_u32(value).ok_or(Invalid("this escape"))?
            }
            _ if c.is_ascii_alphanumeric() => return Err(Invalid("this escape")),
            _ => c,
        })
    }

    fn hexadecimal(&mut self) -> Result<char, PatternError> {
        let digits = if self.eat("{") {
            let (digits, rest) = self.rest.split_once('}').ok_or(Invalid("this escape"))?;
            self.rest = rest;
            digits
        } else {
            let (digits, rest) = self
                .rest
                .split_at_checked(2)
                .ok_or(Invalid("this escape"))?;
            self.rest = rest;
            digits
        };
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = plain
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten();
        value.and_then(char::from_u32).ok_or(Invalid("this escape"))
    }

    fn class(&mut self) -> Result<(), PatternError> {
        let negated = self.eat("^");
        let mut class = Class::default();
        let mut first = true;
        loop {
            let c = self.next().ok_or(Invalid("a class that is not closed"))?;
            if c == ']' && !first {
                break;
            }
            first = false;
            if c == '[' && self.rest.starts_with(':') {
                let named = self.rest.get(1..).and_then(|rest| rest.split_once(":]"));
                if let Some((name, rest)) = named {
                    let named = Class::posix(name).ok_or(Invalid("this named class"))?;
                    class.0.add_all(&named.0);
                    self.rest = rest;
                    continue;
                }
            }
            if c == '\\'
                && let Some(letter) = self.rest.chars().next()
            {
                if matches!(letter, 'p' | 'P') {
                    return Err(PatternError::UnicodeClass);
                }
                if let Some(perl) = Class::perl(letter) {
                    self.skip(1);
                    class.0.add_all(&perl.0);
                    continue;
                }
            }
            let from = self.class_char(c)?;
            let to = self.range_end(from)?;
            class.0.add(from, to);
        }
        if self.flags.fold {
            self.folds = self.folds.saturating_add(class.fold());
            if self.folds > MOST_FOLDS {
                return Err(PatternError::TooLarge);
            }
        }
        if negated {
            class.0.negate();
        }
        self.add_class(class);
        Ok(())
    }

    fn class_char(&mut self, c: char) -> Result<char, PatternError> {
        if c != '\\' {
            return Ok(c);
        }
        let escape = self.next().ok_or(Invalid("a backslash at the end"))?;
        self.escaped(escape)
    }

    /// The end of a range that may follow a character of a class.
    fn range_end(&mut self, from: char) -> Result<char, PatternError> {
        if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
            return Ok(from);
        }
        self.skip(1);
        let c = self.next().ok_or(Invalid("a class that is not closed"))?;
        let to = self.class_char(c)?;
        if from > to {
            Err(Invalid("a range that ends before it begins"))
        } else {
            Ok(to)
        }
    }
}

/// Bytes up to and with the closing brace, least and most repetitions; `None` for no repetition.
fn bounds(text: &str) -> Option<(usize, u64, Option<u64>)> {
    let end = text.find('}')?;
    let inner = text.get(..end)?;
    let number = |digits: &str| -> Option<u64> {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let (least, most) = match inner.split_once(',') {
        None => (number(inner)?, Some(number(inner)?)),
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((end.checked_add(1)?, least, most))
}
