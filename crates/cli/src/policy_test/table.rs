//! The table form of tests: a base call, columns that vary, one row a test.

use callgate_json::{Array, Value};
use callgate_model::{Span, nearest};

use super::patch::{Patch, patched};
use super::read::{Reading, Setting};
use crate::render::text::plural;

/// One row as a test.
#[derive(Debug)]
pub struct Row {
    /// The row's place in the document.
    pub place: Span,
    /// Its name, time and expectation.
    pub setting: Setting,
    /// Its call as JSON.
    pub call: String,
}

/// What the cells of a column say.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// The test's name.
    Name,
    /// When the call is made.
    Now,
    /// The expected decision.
    Decision,
    /// The expected status.
    Status,
    /// The expected deciding policy.
    Policy,
    /// The expected deciding rule.
    Rule,
    /// The expected deciding code.
    Code,
    /// A part of the call.
    Part(Vec<String>),
}

/// The tests that a table stands for.
pub fn rows(reading: &mut Reading<'_>, table: Value<'_>, setting: &Setting) -> Vec<Row> {
    let what = "`table`";
    let Some(fields) = reading
        .reader
        .fields(table, what, &["call", "columns", "rows"])
    else {
        return Vec::new();
    };
    let columns = reading.reader.required(fields, "columns", what);
    let columns = columns.and_then(|value| reading.columns(value));
    let rows = reading.reader.required(fields, "rows", what);
    let rows = rows.and_then(|value| reading.reader.array(value, "`rows`"));
    let (Some(columns), Some(rows)) = (columns, rows) else {
        return Vec::new();
    };
    if rows.is_empty() {
        let message = "the table has no rows, so it tests nothing".to_owned();
        reading
            .reader
            .error("WRONG_VALUE", rows.value(), message, None);
    }
    let base = fields.get("call");
    let numbered = rows.iter().enumerate();
    let row = numbered.filter_map(|(index, row)| {
        let mut setting = setting.clone();
        setting.name = format!("{} [{}]", setting.name, index.saturating_add(1));
        reading.row(base, &columns, row, setting)
    });
    row.collect()
}

impl Reading<'_> {
    fn columns(&mut self, value: Value<'_>) -> Option<Vec<Column>> {
        let names = self.reader.strings(value, "`columns`")?;
        let columns: Vec<Option<Column>> = names.iter().map(|name| self.column(name)).collect();
        columns.into_iter().collect()
    }

    fn column(&mut self, value: Value<'_>) -> Option<Column> {
        let name = value.as_str()?;
        let column = Column::named(name);
        if column.is_none() {
            let message = format!("no column can be `{name}`");
            let help = match nearest(name, KNOWN.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!(
                    "one of {}, a path such as `request.tool.args.amount`, or a JSON Pointer",
                    KNOWN.join(", ")
                ),
            };
            self.reader
                .error("UNKNOWN_VALUE", value, message, Some(help));
        }
        column
    }

    fn row(
        &mut self,
        base: Option<Value<'_>>,
        columns: &[Column],
        row: Value<'_>,
        mut setting: Setting,
    ) -> Option<Row> {
        let cells: Array<'_> = self.reader.array(row, "a row")?;
        if cells.len() != columns.len() {
            let message = format!(
                "the row has {}, the table {}",
                plural(cells.len(), "cell"),
                plural(columns.len(), "column")
            );
            self.reader.error("WRONG_VALUE", row, message, None);
            return None;
        }
        let mut patches = Vec::new();
        // A cell that is null leaves what the base says.
        for (column, cell) in columns
            .iter()
            .zip(cells.iter())
            .filter(|(_, cell)| !cell.is_null())
        {
            match column {
                Column::Part(path) => patches.push(Patch {
                    path,
                    json: cell.raw(),
                }),
                Column::Name => self
                    .reader
                    .string(cell, "`name`")?
                    .clone_into(&mut setting.name),
                Column::Now => setting.now = self.now(cell)?,
                Column::Decision => setting.expect.decision = Some(self.decision(cell)?),
                Column::Status => setting.expect.status = Some(self.status(cell)?),
                Column::Policy => {
                    setting.expect.policy = Some(self.reader.string(cell, "`policy`")?.to_owned());
                }
                Column::Rule => {
                    setting.expect.rule = Some(self.reader.string(cell, "`rule`")?.to_owned());
                }
                Column::Code => setting.expect.code = Some(self.code(cell)?),
            }
        }
        self.needs_decision(row, &setting.expect)?;
        let json = if base.is_none() && patches.is_empty() {
            "{}".to_owned()
        } else {
            patched(base, &patches)
        };
        let call = self.made_call(json, row)?;
        Some(Row {
            place: Span::from(row.span()),
            setting,
            call,
        })
    }
}

const KNOWN: &[&str] = &[
    "name", "now", "decision", "status", "policy", "rule", "code", "agent", "tool", "args",
    "identity", "task", "request", "run", "session", "mission",
];
const PARTS: &[&str] = &["identity", "task", "request", "run", "session", "mission"];

impl Column {
    fn named(name: &str) -> Option<Self> {
        let part = |path: &[&str]| Self::Part(path.iter().map(|key| (*key).to_owned()).collect());
        Some(match name {
            "name" => Self::Name,
            "now" => Self::Now,
            "decision" => Self::Decision,
            "status" => Self::Status,
            "policy" => Self::Policy,
            "rule" => Self::Rule,
            "code" => Self::Code,
            "agent" => part(&["identity", "name"]),
            "tool" => part(&["request", "tool", "name"]),
            "args" => part(&["request", "tool", "args"]),
            pointer if pointer.starts_with('/') => {
                let keys = pointer.split('/').skip(1);
                Self::Part(
                    keys.map(|key| key.replace("~1", "/").replace("~0", "~"))
                        .collect(),
                )
            }
            path => {
                let path: Vec<&str> = match path.strip_prefix("args.") {
                    Some(rest) => ["request", "tool", "args"]
                        .into_iter()
                        .chain(rest.split('.'))
                        .collect(),
                    None => path.split('.').collect(),
                };
                let known = path.first().is_some_and(|first| PARTS.contains(first));
                if !known || path.iter().any(|key| key.is_empty()) {
                    return None;
                }
                part(&path)
            }
        })
    }
}
