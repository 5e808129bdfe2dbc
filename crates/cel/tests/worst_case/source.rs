//! Expressions from a seed that use every operator, macro and function.

use super::dice::Dice;

/// Writes expressions that mostly make sense, with the macro variables in scope.
pub struct Source<'d> {
    dice: &'d mut Dice,
    variables: u32,
}

impl<'d> Source<'d> {
    pub fn new(dice: &'d mut Dice) -> Self {
        Self { dice, variables: 0 }
    }

    pub fn any(&mut self, depth: u32) -> String {
        match self.dice.roll(6) {
            0 => self.text(depth),
            1 => self.list(depth),
            2 => self.number(depth),
            3 => self.map(depth),
            _ => self.truth(depth),
        }
    }

    /// Something whose type only the call decides.
    fn wild(&mut self) -> String {
        if self.variables > 0 && self.dice.roll(2) == 0 {
            let variable = self.dice.roll(u64::from(self.variables));
            let field = self.dice.pick(&["", "", ".a", ".b[0]", ".?c.orValue(1)"]);
            return format!("v{variable}{field}");
        }
        let paths = [
            "request.tool.args.a",
            "request.tool.args.b",
            "request.tool.args.c",
            "request.tool.args.list",
            "request.tool.args",
            "request.tool.args.a_key_of_more_than_sixteen_bytes",
            "request.tool.args[identity.name]",
            "request.tool.args.?d.orValue('')",
            "identity.groups",
            "identity",
            "request",
            "dyn(request.tool.args.b)",
        ];
        self.dice.pick(&paths).to_owned()
    }

    fn text(&mut self, depth: u32) -> String {
        if depth == 0 {
            let found = self.dice.pick(&[
                "identity.name",
                "request.tool.name",
                "'a'",
                "''",
                "'a text of more than sixteen bytes, twice'",
                "wild",
            ]);
            return if found == "wild" {
                self.wild()
            } else {
                found.to_owned()
            };
        }
        let d = depth - 1;
        let text = self.text(d);
        match self.dice.roll(22) {
            0 | 1 => format!("({text} + {})", self.text(d)),
            2 => format!("{text}.lowerAscii()"),
            3 => format!("{text}.upperAscii()"),
            4 => format!("{text}.trim()"),
            5 => format!("{text}.reverse()"),
            6 => format!("strings.quote({text})"),
            7 => format!("{text}.replace({}, {})", self.text(d), self.text(d)),
            8 => format!(
                "{text}.replace({}, {}, {})",
                self.text(0),
                self.text(d),
                self.dice.roll(4)
            ),
            9 => format!("{text}.substring({})", self.dice.roll(4)),
            10 => format!("{text}.charAt({})", self.number(0)),
            11 => format!("{}.join()", self.list(d)),
            12 => format!("{}.join({text})", self.list(d)),
            13 => format!("'%s and %s'.format([{}, {}])", self.any(d), self.any(d)),
            14 => format!(
                "'%x %d %f %e %b'.format([{text}, 1, 1.5, {}, 3])",
                self.number(d)
            ),
            15 => format!("string({})", self.any(d)),
            16 => format!("base64.encode(bytes({text}))"),
            17 => format!("string(base64.decode({text}))"),
            18 => format!(
                "regex.replace({text}, {}, {})",
                self.pattern(),
                self.text(d)
            ),
            19 => format!(
                r"regex.replace({text}, '(a+)', '\\1\\1-\\0', {})",
                self.dice.roll(5)
            ),
            20 => format!(
                "regex.extract({text}, {}).orValue({})",
                self.pattern(),
                self.text(d)
            ),
            _ => format!("({} ? {text} : {})", self.truth(d), self.text(d)),
        }
    }

    fn pattern(&mut self) -> String {
        let found = self.dice.pick(&[
            "'a'",
            "'a+'",
            "'[a-z]{2}'",
            "'.*b'",
            "''",
            "'(?i)x|yy'",
            "text",
        ]);
        if found == "text" {
            self.text(0)
        } else {
            found.to_owned()
        }
    }

    fn number(&mut self, depth: u32) -> String {
        if depth == 0 {
            let numbers = ["0", "1", "2", "7u", "1.5", "-1", "wild"];
            let found = self.dice.pick(&numbers);
            return if found == "wild" {
                self.wild()
            } else {
                found.to_owned()
            };
        }
        let d = depth - 1;
        match self.dice.roll(9) {
            0 => format!("size({})", self.any(d)),
            1 => format!("({} + {})", self.number(d), self.number(d)),
            2 => format!("-({})", self.number(d)),
            3 => format!("int({})", self.text(d)),
            4 => format!("math.greatest({}, {})", self.number(d), self.number(d)),
            5 => format!("math.least({})", self.list(d)),
            6 => format!("{}.indexOf({})", self.text(d), self.text(d)),
            7 => format!("{}[{}]", self.list(d), self.number(d)),
            _ => format!("({} % 3)", self.number(d)),
        }
    }

    fn list(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.dice.roll(4) {
                0 => "identity.groups".to_owned(),
                1 => "[1, 2, 'a longer text in a list of literals']".to_owned(),
                _ => self.wild(),
            };
        }
        let d = depth - 1;
        let list = self.list(d);
        match self.dice.roll(21) {
            0 => format!("({list} + {})", self.list(d)),
            1 => format!("[{}, {}]", self.any(d), self.any(d)),
            2 => format!("[{}, ?optional.of({})]", self.any(d), self.any(d)),
            3 | 4 => self.visit(&list, "map", d, Self::any),
            5 | 6 => self.visit(&list, "filter", d, Self::truth),
            7 => {
                let (filter, body) = (self.bound(d, Self::truth), self.bound(d, Self::any));
                let variable = self.variables;
                format!("{list}.map(v{variable}, {filter}, {body})")
            }
            8 => self.visit(&list, "sortBy", d, Self::text),
            9 => format!("{list}.sort()"),
            10 => format!("{list}.distinct()"),
            11 => format!("{list}.flatten()"),
            12 => format!("{list}.flatten({})", self.dice.roll(4)),
            13 => format!("{list}.reverse()"),
            14 => format!("{list}.slice(0, {})", self.dice.roll(4)),
            15 => format!("lists.range({})", self.dice.roll(40)),
            16 => format!("{}.split({})", self.text(d), self.text(0)),
            17 => format!(
                "{}.split({}, {})",
                self.text(d),
                self.text(0),
                self.dice.roll(4)
            ),
            18 => format!("regex.extractAll({}, {})", self.text(d), self.pattern()),
            19 => format!("[{list}.first(), {list}.last()].unwrapOpt()"),
            _ => self.visit_two(&list, "transformList", d),
        }
    }

    fn map(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self
                .dice
                .pick(&["request.tool.args", "identity", "{'k': 1}"])
                .to_owned();
        }
        let d = depth - 1;
        match self.dice.roll(6) {
            0 => format!(
                "{{{}: {}, 'b': {}}}",
                self.text(d),
                self.any(d),
                self.any(d)
            ),
            1 => format!(
                "{{'c': 1, ?{}: optional.of({})}}",
                self.text(0),
                self.any(d)
            ),
            2 => {
                let range = self.any(d);
                self.visit_two(&range, "transformMap", d)
            }
            3 => {
                let (range, number) = (self.any(d), self.variables);
                let value = self.bound(d, Self::any);
                format!("{range}.transformMapEntry(v{number}, w{number}, {{v{number}: {value}}})")
            }
            _ => self.map(d),
        }
    }

    fn truth(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.dice.roll(5) {
                0 => format!(
                    "has(request.tool.args.{})",
                    self.dice.pick(&["a", "b", "zz"])
                ),
                1 => format!("{} == 'abc'", self.wild()),
                2 => format!("{} in ['a', 'b', 'send', 1, null]", self.wild()),
                3 => format!("{}.matches('a+b')", self.wild()),
                _ => format!("{} == {}", self.wild(), self.wild()),
            };
        }
        let d = depth - 1;
        match self.dice.roll(24) {
            0 | 1 => format!("({} && {})", self.truth(d), self.truth(d)),
            2 | 3 => format!("({} || {})", self.truth(d), self.truth(d)),
            4 => format!("!({})", self.truth(d)),
            5 => format!("{} == {}", self.any(d), self.any(d)),
            6 => format!("{} != {}", self.text(d), self.text(d)),
            7 => format!("{} < {}", self.text(d), self.text(d)),
            8 => format!("{} in {}", self.any(d), self.list(d)),
            9 => format!("{} in {}", self.text(d), self.map(d)),
            10 => format!("{}.contains({})", self.text(d), self.text(d)),
            11 => format!("{}.endsWith({})", self.text(d), self.text(d)),
            12 => format!("{}.matches({})", self.text(d), self.pattern()),
            13 => format!("sets.contains({}, {})", self.list(d), self.list(d)),
            14 => format!("sets.equivalent({}, {})", self.list(d), self.list(d)),
            15 => format!("sets.intersects({}, {})", self.list(d), self.list(d)),
            16..=20 => {
                let kind = self.dice.pick(&["all", "exists", "exists_one"]).to_owned();
                let range = self.any(d);
                self.visit(&range, &kind, d, Self::truth)
            }
            21 => {
                let (value, number) = (self.any(d), self.variables);
                let body = self.bound(d, Self::truth);
                format!("cel.bind(v{number}, {value}, {body})")
            }
            22 => {
                let (value, number) = (self.any(d), self.variables);
                let body = self.bound(d, Self::truth);
                format!("optional.of({value}).optMap(v{number}, {body}).orValue(false)")
            }
            _ => {
                let range = self.any(d);
                self.visit_two(&range, "exists", d)
            }
        }
    }

    /// An expression in which one more variable may be used.
    fn bound(&mut self, depth: u32, write: fn(&mut Self, u32) -> String) -> String {
        self.variables += 1;
        let body = write(self, depth);
        self.variables -= 1;
        body
    }

    fn visit(
        &mut self,
        range: &str,
        name: &str,
        depth: u32,
        body: fn(&mut Self, u32) -> String,
    ) -> String {
        let number = self.variables;
        let body = self.bound(depth, body);
        format!("{range}.{name}(v{number}, {body})")
    }

    fn visit_two(&mut self, range: &str, name: &str, depth: u32) -> String {
        let number = self.variables;
        let write = if name == "exists" {
            Self::truth
        } else {
            Self::any
        };
        let body = self.bound(depth, write);
        format!(
            "{range}.{name}(v{number}, w{number}, size(string(w{number})) >= 0 ? {body} : {body})"
        )
    }
}
