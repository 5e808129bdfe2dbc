//! The keywords of one schema as rules, in the order they are judged: what is cheap comes first,
//! what depends on the others last.

use callgate_json::{Kind, Value};
use callgate_model::nearest;

use super::keyword::{DYNAMIC_REF, REF};
use super::{Compiler, help};
use crate::decimal::Decimal;
use crate::format::Format;
use crate::node::{Apply, ArrayRule, Bound, NodeId, NumberRule, ObjectRule, Rule, TextRule};
use crate::{Code, Formats};

/// Keywords that differ in nothing but what they become.
type Makers<From, To, const N: usize> = [(&'static str, fn(From) -> To); N];

/// Bytes of a name beyond which it is not taken for a misspelt format.
const LONGEST_NAME: usize = 32;

impl<'d> Compiler<'d, '_> {
    pub(super) fn rules_of(&mut self, node: NodeId) -> Vec<Rule> {
        let Some(value) = self.draft(node).map(|draft| draft.value) else {
            return Vec::new();
        };
        match value.as_bool() {
            Some(true) => return Vec::new(),
            Some(false) => return vec![Rule::Never],
            None => {}
        }
        let mut rules = Vec::new();
        rules.extend(self.types(node).map(Rule::Type));
        rules.extend(self.one_of_values(node, "const"));
        rules.extend(self.one_of_values(node, "enum"));
        self.number_rules(node, &mut rules);
        self.text_rules(node, &mut rules);
        self.array_rules(node, &mut rules);
        self.object_rules(node, &mut rules);
        self.applied(node, &mut rules);
        let items = self.held(node, "unevaluatedItems");
        rules.extend(items.map(Rule::UnevaluatedItems));
        let properties = self.held(node, "unevaluatedProperties");
        rules.extend(properties.map(Rule::UnevaluatedProperties));
        rules.shrink_to_fit();
        rules
    }

    fn node_of(&self, value: Value<'d>) -> Option<NodeId> {
        self.by_value.get(&value.id()).copied()
    }

    /// The schema that a keyword holds.
    fn held(&self, node: NodeId, keyword: &str) -> Option<NodeId> {
        self.node_of(self.member(node, keyword)?)
    }

    fn number_rules(&mut self, node: NodeId, rules: &mut Vec<Rule>) {
        let makers: Makers<Bound, NumberRule, 4> = [
            ("minimum", NumberRule::Minimum),
            ("exclusiveMinimum", NumberRule::ExclusiveMinimum),
            ("maximum", NumberRule::Maximum),
            ("exclusiveMaximum", NumberRule::ExclusiveMaximum),
        ];
        for (keyword, make) in makers {
            let bound = self.bound(node, keyword);
            rules.extend(bound.map(|bound| Rule::Number(make(bound))));
        }
        let Some(bound) = self.bound(node, "multipleOf") else {
            return;
        };
        let decimal = Decimal::parse(&bound.text).ok();
        match decimal.and_then(Decimal::as_divisor) {
            Some(divisor) => rules.push(Rule::Number(NumberRule::MultipleOf(divisor, bound.text))),
            None => {
                let value = self.member(node, "multipleOf");
                let positive = decimal.is_some_and(|d| !d.is_zero() && !d.is_negative());
                let (code, message) = if positive {
                    (
                        Code::Limit,
                        "`multipleOf` has more than 18 significant digits",
                    )
                } else {
                    (Code::Invalid, "`multipleOf` is greater than zero")
                };
                if let Some(value) = value {
                    self.problem(node, &["multipleOf"], value, code, message.to_owned());
                }
            }
        }
    }

    fn text_rules(&mut self, node: NodeId, rules: &mut Vec<Rule>) {
        let least = self.count(node, "minLength").filter(|least| *least > 0);
        rules.extend(least.map(|least| Rule::Text(TextRule::MinLength(least))));
        let most = self.count(node, "maxLength");
        rules.extend(most.map(|most| Rule::Text(TextRule::MaxLength(most))));
        if let Some(value) = self.member(node, "pattern")
            && let Some(source) = self.text(node, "pattern", value)
        {
            let pattern = self.pattern(node, &["pattern"], value, source);
            rules.extend(pattern.map(|pattern| Rule::Text(TextRule::Pattern(pattern))));
        }
        let Some(value) = self.member(node, "format") else {
            return;
        };
        let Some(name) = self.text(node, "format", value) else {
            return;
        };
        if self.options.formats == Formats::Annotate {
            return;
        }
        match Format::named(name) {
            Some(format) => rules.push(Rule::Text(TextRule::Format(format))),
            None => {
                let message = format!("the format `{name}` is not judged, so every value has it");
                let problem = self.problem(node, &["format"], value, Code::UnknownName, message);
                let short = Some(name).filter(|name| name.len() <= LONGEST_NAME);
                let near = short.and_then(|name| nearest(name, Format::names()));
                help(
                    problem,
                    match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "say it with a `pattern`".to_owned(),
                    },
                );
            }
        }
    }

    fn array_rules(&mut self, node: NodeId, rules: &mut Vec<Rule>) {
        let mut add = |rule| rules.push(Rule::Array(rule));
        let least = self.count(node, "minItems").filter(|least| *least > 0);
        least
            .map(ArrayRule::MinItems)
            .into_iter()
            .for_each(&mut add);
        let most = self.count(node, "maxItems");
        most.map(ArrayRule::MaxItems).into_iter().for_each(&mut add);
        let items = self.member(node, "items");
        if let Some(value) = items.filter(|value| value.kind() == Kind::Array) {
            let message = "`items` is one schema for all items".to_owned();
            let problem = self.problem(node, &["items"], value, Code::Draft, message);
            help(
                problem,
                "2020-12 writes schemas for the first items as `prefixItems`",
            );
        }
        let prefix = self.list(node, "prefixItems");
        let rest = self.held(node, "items");
        if !prefix.is_empty() || rest.is_some() {
            add(ArrayRule::Items { prefix, rest });
        }
        let least = self.count(node, "minContains");
        let most = self.count(node, "maxContains");
        if let Some(schema) = self.held(node, "contains") {
            let least = least.unwrap_or(1);
            add(ArrayRule::Contains {
                schema,
                least,
                most,
            });
        }
        if self.flag(node, "uniqueItems") {
            add(ArrayRule::Unique);
        }
    }

    fn object_rules(&mut self, node: NodeId, rules: &mut Vec<Rule>) {
        let mut add = |rule| rules.push(Rule::Object(rule));
        let least = self.count(node, "minProperties").filter(|least| *least > 0);
        least
            .map(ObjectRule::MinProperties)
            .into_iter()
            .for_each(&mut add);
        let most = self.count(node, "maxProperties");
        most.map(ObjectRule::MaxProperties)
            .into_iter()
            .for_each(&mut add);
        if let Some(value) = self.member(node, "required") {
            let names = self.names(node, &["required"], value);
            let names = names.filter(|names| !names.is_empty());
            names
                .map(ObjectRule::Required)
                .into_iter()
                .for_each(&mut add);
        }
        let mut dependent = Vec::new();
        for (name, value) in self.members(node, "dependentRequired") {
            let names = self.names(node, &["dependentRequired", name], value);
            dependent.extend(names.map(|names| (name.into(), names)));
        }
        if !dependent.is_empty() {
            add(ObjectRule::DependentRequired(dependent));
        }
        let names = self.held(node, "propertyNames");
        names.map(ObjectRule::Names).into_iter().for_each(&mut add);
        let mut named = self.named(node, "properties");
        callgate_json::sort_by(&mut named, Ord::cmp);
        let mut patterns = Vec::new();
        for (source, value) in self.members(node, "patternProperties") {
            let pattern = self.pattern(node, &["patternProperties", source], value, source);
            patterns.extend(pattern.zip(self.node_of(value)));
        }
        let rest = self.held(node, "additionalProperties");
        if !named.is_empty() || !patterns.is_empty() || rest.is_some() {
            add(ObjectRule::Members {
                named,
                patterns,
                rest,
            });
        }
    }

    fn applied(&mut self, node: NodeId, rules: &mut Vec<Rule>) {
        let mut add = |rule| rules.push(Rule::Apply(rule));
        if let Some(target) = self.references.get(&(node, REF)) {
            add(Apply::Reference(*target));
        }
        if let Some(target) = self.references.get(&(node, DYNAMIC_REF)) {
            add(Apply::Dynamic(*target, self.dynamic_name(node, *target)));
        }
        let makers: Makers<Vec<NodeId>, Apply, 3> = [
            ("allOf", Apply::All),
            ("anyOf", Apply::Any),
            ("oneOf", Apply::One),
        ];
        for (keyword, make) in makers {
            let listed = self.list(node, keyword);
            if !listed.is_empty() {
                add(make(listed));
            }
        }
        if let Some(not) = self.held(node, "not") {
            add(Apply::Not(not));
        }
        let then = self.held(node, "then");
        let otherwise = self.held(node, "else");
        if let Some(condition) = self.held(node, "if") {
            add(Apply::If {
                condition,
                then,
                otherwise,
            });
        }
        let dependent = self.named(node, "dependentSchemas");
        if !dependent.is_empty() {
            add(Apply::Dependent(dependent));
        }
        // `$defs` judges nothing, but what it holds has to be schemas.
        self.members(node, "$defs");
    }

    /// The schemas of a keyword that lists them.
    fn list(&mut self, node: NodeId, keyword: &str) -> Vec<NodeId> {
        let Some(value) = self.member(node, keyword) else {
            return Vec::new();
        };
        let array = value.as_array().filter(|array| !array.is_empty());
        let Some(array) = array else {
            let message = format!("`{keyword}` is an array of one schema or more");
            self.problem(node, &[keyword], value, Code::Invalid, message);
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|element| self.node_of(element))
            .collect()
    }

    fn named(&mut self, node: NodeId, keyword: &str) -> Vec<(Box<str>, NodeId)> {
        let members = self.members(node, keyword).into_iter();
        let nodes = members.filter_map(|(name, value)| Some((name.into(), self.node_of(value)?)));
        nodes.collect()
    }

    /// The members of a keyword that is an object.
    fn members(&mut self, node: NodeId, keyword: &str) -> Vec<(&'d str, Value<'d>)> {
        let Some(value) = self.member(node, keyword) else {
            return Vec::new();
        };
        if let Some(object) = value.as_object() {
            return object.iter().collect();
        }
        let found = value.kind().describe();
        let message = format!("`{keyword}` is an object, not {found}");
        self.problem(node, &[keyword], value, Code::Invalid, message);
        Vec::new()
    }
}
