//! Reading ECMA-262 patterns as under the `u` flag, into automata.

use callgate_automaton::{Builder, Look};

use super::category;
use super::class::Class;

/// Why a pattern is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("{what} at character {at}")]
    Invalid { what: &'static str, at: usize },
    #[error("{what} at character {at} cannot be matched in linear time")]
    Backtracking { what: &'static str, at: usize },
    #[error("the pattern compiles to more than the limit")]
    TooLarge,
}

/// Repetitions of `{n,m}`.
const MOST_REPEATS: u32 = 1_000;
/// Bytes of a pattern, whatever it compiles to.
const MOST_BYTES: usize = 65_536;
/// Groups open at once; bounds the stack.
const DEEPEST: u32 = 50;

/// How large a part of a pattern is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    /// Places in the pattern that a character is compared with.
    pub(super) alternatives: u64,
    /// States of an automaton of bytes that it needs, counted generously.
    pub(super) states: u64,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.alternatives = self.alternatives.saturating_add(other.alternatives);
        self.states = self.states.saturating_add(other.states);
    }

    fn times(self, count: u64) -> Self {
        Self {
            alternatives: self.alternatives.saturating_mul(count),
            states: self.states.saturating_mul(count).saturating_add(count),
        }
    }
}

/// Reads a pattern into an automaton of at most `most` instructions.
pub(super) fn read(source: &str, most: usize) -> Result<(Builder, Size), PatternError> {
    if source.len() > MOST_BYTES {
        return Err(PatternError::TooLarge);
    }
    let mut reader = Reader {
        source,
        at: 0,
        builder: Builder::new(most),
    };
    let size = reader.alternatives(0)?;
    if reader.peek().is_some() {
        return Err(reader.invalid("a `)` without its `(`"));
    }
    Ok((reader.builder, size))
}

struct Reader<'s> {
    source: &'s str,
    /// Byte offset of what comes next.
    at: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at = self.at.saturating_add(c.len_utf8());
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at = self.at.saturating_add(text.len());
        }
        found
    }

    fn place(&self) -> usize {
        let before = self.source.get(..self.at).unwrap_or_default();
        before.chars().count()
    }

    fn invalid(&self, what: &'static str) -> PatternError {
        let at = self.place();
        PatternError::Invalid { what, at }
    }

    fn backtracking(&self, what: &'static str) -> PatternError {
        let at = self.place();
        PatternError::Backtracking { what, at }
    }

    /// `a|b|c`, up to a `)` or the end.
    fn alternatives(&mut self, depth: u32) -> Result<Size, PatternError> {
        let mut size = Size::default();
        loop {
            size.add(self.sequence(depth)?);
            size.states = size.states.saturating_add(2);
            if !self.eat("|") {
                return Ok(size);
            }
            self.builder.alternative();
        }
    }

    fn sequence(&mut self, depth: u32) -> Result<Size, PatternError> {
        let mut size = Size::default();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            size.add(self.term(depth)?);
        }
        Ok(size)
    }

    /// An assertion, or an atom with its repetition.
    fn term(&mut self, depth: u32) -> Result<Size, PatternError> {
        let look = if self.eat("^") {
            Some(Look::TextStart)
        } else if self.eat("$") {
            Some(Look::TextEnd)
        } else if self.eat("\\b") {
            Some(Look::WordBoundary)
        } else if self.eat("\\B") {
            Some(Look::NotWordBoundary)
        } else {
            None
        };
        if let Some(look) = look {
            if self.repetition()?.is_some() {
                return Err(self.invalid("a repetition of an assertion"));
            }
            self.builder.look(look);
            return Ok(Size {
                alternatives: 1,
                states: 1,
            });
        }
        let atom = self.atom(depth)?;
        match self.repetition()? {
            None => Ok(atom),
            Some((min, max)) => Ok(self.repeat(atom, min, max)),
        }
    }

    fn atom(&mut self, depth: u32) -> Result<Size, PatternError> {
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            return Err(self.invalid("a repetition of nothing"));
        }
        match self.next() {
            Some('(') => self.group(depth),
            Some('[') => self.class(),
            Some('.') => Ok(self.set(Class::dot())),
            Some('\\') => self.escape(),
            Some(c) => Ok(self.literal(c)),
            None => Ok(Size::default()),
        }
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`, and the `?` that makes them lazy, which changes
    /// where a match ends and not whether there is one.
    fn repetition(&mut self) -> Result<Option<(u32, Option<u32>)>, PatternError> {
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => self.counted()?,
            _ => return Ok(None),
        };
        self.next();
        self.eat("?");
        Ok(Some(bounds))
    }

    /// The bounds in braces; stops before the closing one.
    fn counted(&mut self) -> Result<(u32, Option<u32>), PatternError> {
        let end = self.rest().find('}');
        let inner = end.and_then(|end| self.rest().get(1..end));
        let number = |text: &str| -> Option<u32> {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse().unwrap_or(u32::MAX))
        };
        let bounds = inner.and_then(|inner| match inner.split_once(',') {
            None => number(inner).map(|count| (count, Some(count))),
            Some((least, "")) => Some((number(least)?, None)),
            Some((least, most)) => Some((number(least)?, Some(number(most)?))),
        });
        let (least, most) =
            bounds.ok_or(self.invalid("a `{` that is no repetition; write `\\{`"))?;
        if most.is_some_and(|most| most < least) {
            return Err(self.invalid("a repetition with more at least than at most"));
        }
        if most.unwrap_or(least) > MOST_REPEATS {
            return Err(self.invalid("more than 1000 repetitions"));
        }
        self.at = self.at.saturating_add(end.unwrap_or_default());
        Ok((least, most))
    }

    fn group(&mut self, depth: u32) -> Result<Size, PatternError> {
        if depth >= DEEPEST {
            return Err(self.invalid("groups nested this deep"));
        }
        if self.eat("?") {
            self.group_kind()?;
        }
        self.builder.open(false);
        let size = self.alternatives(depth.saturating_add(1))?;
        self.builder.close();
        if !self.eat(")") {
            return Err(self.invalid("a group that is not closed"));
        }
        Ok(size)
    }

    /// What follows `(?`: nothing is captured, so only what changes the match is refused.
    fn group_kind(&mut self) -> Result<(), PatternError> {
        if self.eat(":") {
            return Ok(());
        }
        if self.rest().starts_with(['=', '!']) {
            return Err(self.backtracking("a look-ahead"));
        }
        if self.rest().starts_with("<=") || self.rest().starts_with("<!") {
            return Err(self.backtracking("a look-behind"));
        }
        if !self.eat("<") {
            return Err(self.invalid("a kind of group that ECMA-262 does not have"));
        }
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        let name = self.rest().split('>').next().unwrap_or_default();
        let starts = name.starts_with(|c: char| !c.is_numeric());
        if !starts || !name.chars().all(is_part) {
            return Err(self.invalid("this name of a group"));
        }
        self.at = self.at.saturating_add(name.len());
        if self.eat(">") {
            Ok(())
        } else {
            Err(self.invalid("a group that is not closed"))
        }
    }

    /// What follows a backslash outside a class.
    fn escape(&mut self) -> Result<Size, PatternError> {
        match self.peek() {
            Some('1'..='9') => Err(self.backtracking("a reference to a group")),
            Some('k') => Err(self.backtracking("a reference to a group")),
            _ => Ok(match self.class_escape()? {
                Some(class) => self.set(class),
                None => {
                    let c = self.character_escape()?;
                    self.literal(c)
                }
            }),
        }
    }

    /// `\d` and its kin, and `\p{…}`.
    fn class_escape(&mut self) -> Result<Option<Class>, PatternError> {
        let Some(letter) = self.peek() else {
            return Err(self.invalid("a backslash at the end"));
        };
        if let Some(class) = Class::named(letter) {
            self.next();
            return Ok(Some(class));
        }
        if !matches!(letter, 'p' | 'P') {
            return Ok(None);
        }
        self.next();
        let name = self
            .rest()
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'));
        let Some((name, _)) = name else {
            return Err(self.invalid("a `\\p` without its `{…}`"));
        };
        let unknown = "a property that is not supported, only general categories are,";
        let class = category::property(name).ok_or(self.invalid(unknown))?;
        self.at = self.at.saturating_add(name.len()).saturating_add(2);
        Ok(Some(class.negated(letter == 'P')))
    }

    /// The character an escape stands for.
    fn character_escape(&mut self) -> Result<char, PatternError> {
        let unknown = self.invalid("an escape that ECMA-262 does not have");
        let c = self.next().ok_or(unknown)?;
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'v' => '\u{0b}',
            'f' => '\u{0c}',
            'r' => '\r',
            '0' if !self.rest().starts_with(|c: char| c.is_ascii_digit()) => '\0',
            'c' => {
                let letter = self
                    .next()
                    .filter(char::is_ascii_alphabetic)
                    .ok_or(unknown)?;
                char::from_u32(u32::from(letter) & 0x1f).ok_or(unknown)?
            }
            'x' => char::from_u32(self.hexadecimal(2)?).ok_or(unknown)?,
            'u' => self.unicode_escape()?,
            // More than ECMA-262 allows, which names the punctuation that may be escaped.
            _ if c.is_ascii_punctuation() && c != '_' => c,
            _ => return Err(unknown),
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u32, PatternError> {
        let text = self.rest().get(..digits).unwrap_or_default();
        let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u32::from_str_radix(text, 16).ok().filter(|_| plain);
        let value = value.ok_or(self.invalid("an escape without its digits"))?;
        self.at = self.at.saturating_add(digits);
        Ok(value)
    }

    /// `\uXXXX`, a pair of surrogates of that form, or `\u{X…}`.
    fn unicode_escape(&mut self) -> Result<char, PatternError> {
        let wrong = self.invalid("an escape that is no character");
        if self.eat("{") {
            let digits = self
                .rest()
                .find('}')
                .filter(|digits| (1..=8).contains(digits));
            let value = self.hexadecimal(digits.ok_or(wrong)?)?;
            self.eat("}");
            return char::from_u32(value).ok_or(wrong);
        }
        let first = self.hexadecimal(4)?;
        if (0xd800..0xdc00).contains(&first) && self.eat("\\u") {
            let second = self.hexadecimal(4)?;
            let units = [first, second].map(|unit| u16::try_from(unit).unwrap_or_default());
            let mut decoded = char::decode_utf16(units);
            return decoded.next().and_then(Result::ok).ok_or(wrong);
        }
        char::from_u32(first).ok_or(wrong)
    }

    /// The rest of a class, after its bracket.
    fn class(&mut self) -> Result<Size, PatternError> {
        let negated = self.eat("^");
        let mut class = Class::default();
        loop {
            if self.rest().starts_with("[:") {
                return Err(self.invalid("a named class, which ECMA-262 does not have,"));
            }
            if self.eat("]") {
                return Ok(self.set(class.negated(negated)));
            }
            let from = self.class_atom(&mut class)?;
            let is_range = self.rest().starts_with('-') && !self.rest().starts_with("-]");
            if !is_range {
                if let Some(c) = from {
                    class.add(c, c);
                }
                continue;
            }
            self.next();
            let to = self.class_atom(&mut class)?;
            match (from, to) {
                (Some(from), Some(to)) if from <= to => class.add(from, to),
                (Some(_), Some(_)) => {
                    return Err(self.invalid("a range that ends before it begins"));
                }
                _ => return Err(self.invalid("a range with a class at an end")),
            }
        }
    }

    /// One character of a class, or `None` after adding a set such as `\d` to it.
    fn class_atom(&mut self, class: &mut Class) -> Result<Option<char>, PatternError> {
        match self.next() {
            None => Err(self.invalid("a class that is not closed")),
            Some('\\') if self.eat("b") => Ok(Some('\u{08}')),
            Some('\\') => match self.class_escape()? {
                Some(set) => {
                    class.add_all(&set);
                    Ok(None)
                }
                None => self.character_escape().map(Some),
            },
            Some(c) => Ok(Some(c)),
        }
    }

    fn literal(&mut self, c: char) -> Size {
        self.builder.literal(c);
        Size {
            alternatives: 1,
            states: c.len_utf8() as u64,
        }
    }

    fn set(&mut self, mut class: Class) -> Size {
        let (ranges, states) = class.ranges();
        self.builder.class(ranges);
        Size {
            alternatives: 1,
            states,
        }
    }

    fn repeat(&mut self, atom: Size, min: u32, max: Option<u32>) -> Size {
        let copies = max.unwrap_or(min.saturating_add(1)).max(1);
        self.builder.repeat(min, max, true);
        atom.times(u64::from(copies))
    }
}
