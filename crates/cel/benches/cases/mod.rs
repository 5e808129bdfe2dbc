//! What the benches evaluate: the expressions a to e, and guarded policies by the number.

use callgate_cel::{Environment, Type, Value};
use callgate_json::Document;

const A: &str =
    r#"identity.labels.team == "support" && request.tool.name in ["get_issue","add_comment"]"#;
const B: &str = "has(task.context) && task.context.customer_id == request.tool.args.customer_id";
const C: &str = r#"request.tool.args.recipients.all(r, r.endsWith("@example.com"))"#;
const D: &str = r#"request.tool.args.query.matches("(?i)drop\\s+table")"#;

/// Twenty comparisons, all evaluated.
fn twenty() -> String {
    let term = |number: u32| match number % 4 {
        0 => format!("identity.labels.team != \"x{number}\""),
        1 => format!("request.tool.args.amount > {number}"),
        2 => format!("request.tool.name != \"t{number}\""),
        _ => format!("request.tool.args.customer_id != \"c{number}\""),
    };
    (0..20).map(term).collect::<Vec<_>>().join(" && ")
}

/// Name, expression, and how many recipients the request has.
pub type Case = (&'static str, fn() -> String, usize);

/// The expressions a to e.
pub const CASES: [Case; 6] = [
    ("a", || A.to_owned(), 10),
    ("b", || B.to_owned(), 10),
    ("c10", || C.to_owned(), 10),
    ("c1000", || C.to_owned(), 1_000),
    ("d", || D.to_owned(), 10),
    ("e", twenty, 10),
];

/// The call as a host has it before a decision.
pub fn request(recipients: usize) -> String {
    let recipients: Vec<String> = (0..recipients)
        .map(|number| format!("\"user{number}@example.com\""))
        .collect();
    format!(
        r#"{{"identity":{{"name":"ann","labels":{{"team":"support","env":"prod"}}}},
        "task":{{"context":{{"customer_id":"cus_123"}}}},
        "request":{{"tool":{{"name":"get_issue","args":{{"customer_id":"cus_123","amount":500,
        "query":"select id, name from customers where id = 5 order by name",
        "recipients":[{}]}}}}}}}}"#,
        recipients.join(",")
    )
}

/// What the expressions can name.
pub fn environment() -> Environment {
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.labels", Type::Dyn)
        .leaf("task.context", Type::Dyn)
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.args", Type::Dyn)
        .build()
}

/// The values of the names, in the order of [`environment`].
pub fn activation<'a>(document: &'a Document<'a>) -> Vec<Option<Value<'a>>> {
    let paths = [
        "/identity/name",
        "/identity/labels",
        "/task/context",
        "/request/tool/name",
        "/request/tool/args",
    ];
    let read = |path| Value::from_json(document.root().pointer(path)?).ok();
    paths.into_iter().map(read).collect()
}

/// A policy of three terms that matters for one tool.
pub fn guarded(number: usize) -> String {
    format!(
        "request.tool.name != \"tool_{number}\" || (identity.labels.team == \"support\" && \
         (request.tool.args.amount <= 1000 || \"approved\" in task.context))"
    )
}
