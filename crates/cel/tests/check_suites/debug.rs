//! A syntax tree in cel-go's debug form, macros expanded, without white space.

use callgate_cel::syntax::ast::{Ast, BinaryOperator, Literal, NodeId, NodeKind, UnaryOperator};

/// The whole tree.
pub fn shown(ast: &Ast) -> String {
    let text = Printer { ast }.node(ast.root());
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

struct Printer<'a> {
    ast: &'a Ast,
}

impl Printer<'_> {
    fn node(&self, id: NodeId) -> String {
        match &self.ast.node(id).kind {
            NodeKind::Error => "<error>".to_owned(),
            NodeKind::Group(inner) => self.node(*inner),
            NodeKind::Literal(literal) => shown_literal(literal),
            NodeKind::Ident { name, absolute } => {
                format!("{}{name}", if *absolute { "." } else { "" })
            }
            NodeKind::Select {
                operand,
                field,
                optional,
            } => {
                let operand = self.node(*operand);
                if *optional {
                    format!("_?._({operand},{:?})", field.text)
                } else {
                    format!("{operand}.{}", field.text)
                }
            }
            NodeKind::Index {
                operand,
                index,
                optional,
            } => {
                let name = if *optional { "_[?_]" } else { "_[_]" };
                format!("{name}({},{})", self.node(*operand), self.node(*index))
            }
            NodeKind::Call {
                target,
                function,
                arguments,
                ..
            } => self.call(*target, &function.text, arguments),
            NodeKind::List(elements) => {
                let elements = elements.iter().map(|element| {
                    let mark = if element.optional { "?" } else { "" };
                    format!("{mark}{}", self.node(element.value))
                });
                format!("[{}]", elements.collect::<Vec<_>>().join(","))
            }
            NodeKind::Map(entries) => {
                let entries = entries.iter().map(|entry| {
                    let mark = if entry.optional { "?" } else { "" };
                    format!("{mark}{}:{}", self.node(entry.key), self.node(entry.value))
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
            }
            NodeKind::Message { type_name, fields } => {
                let fields = fields.iter();
                let fields =
                    fields.map(|(name, value)| format!("{}:{}", name.text, self.node(*value)));
                format!(
                    "{}{{{}}}",
                    type_name.text,
                    fields.collect::<Vec<_>>().join(",")
                )
            }
            NodeKind::Unary { operator, operand } => {
                let name = match operator {
                    UnaryOperator::Not => "!_",
                    UnaryOperator::Negate => "-_",
                };
                format!("{name}({})", self.node(*operand))
            }
            NodeKind::Binary {
                operator: operator @ (BinaryOperator::And | BinaryOperator::Or),
                ..
            } => {
                let mut terms = Vec::new();
                self.terms(id, *operator, &mut terms);
                balanced(&format!("_{}_", operator.symbol()), &terms)
            }
            NodeKind::Binary {
                operator,
                left,
                right,
                ..
            } => {
                let name = match operator {
                    BinaryOperator::In => "@in".to_owned(),
                    _ => format!("_{}_", operator.symbol()),
                };
                format!("{name}({},{})", self.node(*left), self.node(*right))
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let parts = [condition, then, otherwise].map(|part| self.node(*part));
                format!("_?_:_({})", parts.join(","))
            }
        }
    }

    fn terms(&self, id: NodeId, wanted: BinaryOperator, terms: &mut Vec<String>) {
        match &self.ast.node(id).kind {
            NodeKind::Binary {
                operator,
                left,
                right,
                ..
            } if *operator == wanted => {
                self.terms(*left, wanted, terms);
                self.terms(*right, wanted, terms);
            }
            _ => terms.push(self.node(id)),
        }
    }

    fn call(&self, target: Option<NodeId>, function: &str, arguments: &[NodeId]) -> String {
        match (target, function, arguments) {
            (None, "has", [selection]) => return format!("{}~test-only~", self.node(*selection)),
            (
                Some(range),
                "all" | "exists" | "exists_one" | "existsOne" | "filter",
                [variable, body],
            ) => {
                return self.comprehension(function, range, *variable, None, *body);
            }
            (Some(range), "map", [variable, body]) => {
                return self.comprehension("map", range, *variable, None, *body);
            }
            (Some(range), "map", [variable, filter, body]) => {
                return self.comprehension("map", range, *variable, Some(*filter), *body);
            }
            _ => {}
        }
        let target = target.map(|target| format!("{}.", self.node(target)));
        let arguments: Vec<String> = arguments.iter().map(|id| self.node(*id)).collect();
        format!(
            "{}{function}({})",
            target.unwrap_or_default(),
            arguments.join(",")
        )
    }

    fn comprehension(
        &self,
        name: &str,
        range: NodeId,
        variable: NodeId,
        filter: Option<NodeId>,
        body: NodeId,
    ) -> String {
        let result = "@result";
        let (variable, range) = (self.node(variable), self.node(range));
        let body = self.node(body);
        let collect = |value: &str| format!("_+_({result},[{value}])");
        let (init, condition, step, end) = match name {
            "all" => (
                "true",
                format!("@not_strictly_false({result})"),
                format!("_&&_({result},{body})"),
                result.to_owned(),
            ),
            "exists" => (
                "false",
                format!("@not_strictly_false(!_({result}))"),
                format!("_||_({result},{body})"),
                result.to_owned(),
            ),
            "exists_one" | "existsOne" => (
                "0",
                "true".to_owned(),
                format!("_?_:_({body},_+_({result},1),{result})"),
                format!("_==_({result},1)"),
            ),
            "filter" => (
                "[]",
                "true".to_owned(),
                format!("_?_:_({body},{},{result})", collect(&variable)),
                result.to_owned(),
            ),
            _ => {
                let step = match filter {
                    None => collect(&body),
                    Some(filter) => {
                        format!("_?_:_({},{},{result})", self.node(filter), collect(&body))
                    }
                };
                ("[]", "true".to_owned(), step, result.to_owned())
            }
        };
        format!("__comprehension__({variable},{range},{result},{init},{condition},{step},{end})")
    }
}

/// cel-go halves chains of logical operators.
fn balanced(name: &str, terms: &[String]) -> String {
    if let [term] = terms {
        return term.clone();
    }
    let (left, right) = terms.split_at(terms.len().div_ceil(2));
    format!("{name}({},{})", balanced(name, left), balanced(name, right))
}

fn shown_literal(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Uint(value) => format!("{value}u"),
        Literal::Double(value) => value.to_string(),
        Literal::String(text) => format!("\"{}\"", text.chars().map(escaped).collect::<String>()),
        Literal::Bytes(bytes) => {
            let text = bytes.iter().map(|byte| escaped(char::from(*byte)));
            format!("b\"{}\"", text.collect::<String>())
        }
    }
}

fn escaped(c: char) -> String {
    match c {
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        _ => c.to_string(),
    }
}
