//! The values of keywords, read as what they have to be.

use callgate_json::{NumberClass, Value};

use super::{Compiler, help};
use crate::decimal::Decimal;
use crate::node::{Bound, NodeId, Rule, Types};
use crate::pattern::Pattern;
use crate::{Budget, Code, key};

impl<'d> Compiler<'d, '_> {
    fn wrong(&mut self, node: NodeId, keyword: &str, value: Value<'d>, expected: &str) {
        let found = value.kind().describe();
        let message = format!("`{keyword}` is {expected}, not {found}");
        self.problem(node, &[keyword], value, Code::Invalid, message);
    }

    pub(super) fn text(
        &mut self,
        node: NodeId,
        keyword: &str,
        value: Value<'d>,
    ) -> Option<&'d str> {
        let text = value.as_str();
        if text.is_none() {
            self.wrong(node, keyword, value, "a string");
        }
        text
    }

    pub(super) fn flag(&mut self, node: NodeId, keyword: &str) -> bool {
        let Some(value) = self.member(node, keyword) else {
            return false;
        };
        if value.as_bool().is_none() {
            self.wrong(node, keyword, value, "a boolean");
        }
        value.as_bool().unwrap_or(false)
    }

    /// A non-negative integer.
    pub(super) fn count(&mut self, node: NodeId, keyword: &str) -> Option<u64> {
        let value = self.member(node, keyword)?;
        let Some(number) = value.as_number() else {
            self.wrong(node, keyword, value, "a non-negative integer");
            return None;
        };
        let decimal = Decimal::parse(number.text()).ok();
        let count = decimal.and_then(Decimal::as_count);
        if count.is_none() {
            let message = format!(
                "`{keyword}` is a non-negative integer, not `{}`",
                number.text()
            );
            self.problem(node, &[keyword], value, Code::Invalid, message);
        }
        count
    }

    pub(super) fn bound(&mut self, node: NodeId, keyword: &str) -> Option<Bound> {
        let value = self.member(node, keyword)?;
        let Some(number) = value.as_number() else {
            self.wrong(node, keyword, value, "a number");
            if value.as_bool().is_some() {
                help(self.problems.last_mut(), "the boolean form is of draft 4");
            }
            return None;
        };
        if Decimal::parse(number.text()).is_err() {
            let message = format!("`{keyword}` has an exponent beyond the limit");
            self.problem(node, &[keyword], value, Code::Limit, message);
            return None;
        }
        let int = match number.class() {
            NumberClass::Int(int) => Some(int),
            NumberClass::Uint(_) | NumberClass::Double(_) | NumberClass::Unrepresentable => None,
        };
        let text = number.text().into();
        Some(Bound { text, int })
    }

    /// An array of different strings.
    pub(super) fn names(
        &mut self,
        node: NodeId,
        tail: &[&str],
        value: Value<'d>,
    ) -> Option<Vec<Box<str>>> {
        let array = value.as_array();
        let names: Option<Vec<&str>> =
            array.and_then(|array| array.iter().map(|name| name.as_str()).collect());
        let Some(names) = names else {
            let keyword = tail.first().copied().unwrap_or_default();
            let message = format!("`{keyword}` lists names, as an array of strings");
            self.problem(node, tail, value, Code::Invalid, message);
            return None;
        };
        let mut sorted = names.clone();
        callgate_json::sort_by(&mut sorted, Ord::cmp);
        if let Some(twice) = sorted.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        }) {
            let message = format!("`{twice}` is listed twice");
            self.problem(node, tail, value, Code::Invalid, message);
            return None;
        }
        Some(names.into_iter().map(Box::from).collect())
    }

    pub(super) fn types(&mut self, node: NodeId) -> Option<Types> {
        let value = self.member(node, "type")?;
        let listed = value.as_array().into_iter().flat_map(|array| array.iter());
        // What is no string becomes a name that no type has.
        let listed = listed.map(|name| name.as_str().unwrap_or_default());
        let mut types = Types::default();
        let mut wrong = false;
        for name in value.as_str().into_iter().chain(listed) {
            let bit = Types::NAMES.iter().position(|known| *known == name);
            let bit = bit.and_then(|bit| 1u8.checked_shl(bit as u32)).unwrap_or(0);
            wrong |= bit == 0 || types.has(bit);
            types.0 |= bit;
        }
        if !wrong && types.0 != 0 {
            return Some(types);
        }
        let message = "`type` is one of the seven types, or a list of different ones".to_owned();
        let problem = self.problem(node, &["type"], value, Code::Invalid, message);
        help(
            problem,
            format!("the types are {}", Types::NAMES.join(", ")),
        );
        None
    }

    pub(super) fn pattern(
        &mut self,
        node: NodeId,
        tail: &[&str],
        value: Value<'d>,
        source: &str,
    ) -> Option<Pattern> {
        let limits = &self.options.limits;
        let left = u64::from(limits.all_pattern_bytes).saturating_sub(self.pattern_bytes);
        let limit = u64::from(limits.pattern_bytes).min(left);
        match Pattern::compile(source, u32::try_from(limit).unwrap_or(u32::MAX)) {
            Ok(pattern) => {
                self.pattern_bytes = self.pattern_bytes.saturating_add(pattern.bytes);
                Some(pattern)
            }
            Err(error) => {
                let message = format!("the pattern cannot be used: {error}");
                let problem = self.problem(node, tail, value, Code::Pattern, message);
                help(
                    problem,
                    "patterns are regular expressions of ECMA-262 without look-around and back-references",
                );
                None
            }
        }
    }

    /// `const` and `enum`, which differ in nothing but how many values they list.
    pub(super) fn one_of_values(&mut self, node: NodeId, keyword: &'static str) -> Option<Rule> {
        let value = self.member(node, keyword)?;
        let listed: Vec<Value<'d>> = match value.as_array() {
            _ if keyword == "const" => vec![value],
            Some(array) => array.iter().collect(),
            None => {
                self.wrong(node, keyword, value, "an array");
                return None;
            }
        };
        let (mut texts, mut keys) = (Vec::new(), Vec::new());
        for value in listed {
            if let Some(text) = value.as_str() {
                texts.push(Box::from(text));
                continue;
            }
            let mut written = Vec::new();
            if key::write(value, &mut written, &mut Budget::new(u64::MAX)).is_err() {
                let message = "a number with an exponent beyond the limit".to_owned();
                self.problem(node, &[keyword], value, Code::Limit, message);
                continue;
            }
            keys.push(written.into_boxed_slice());
        }
        callgate_json::sort_by(&mut texts, Ord::cmp);
        callgate_json::sort_by(&mut keys, Ord::cmp);
        Some(Rule::OneOfValues {
            keyword,
            texts,
            keys,
        })
    }
}
