//! The templates of a route for plain HTTP, as a configuration lists them.
use crate::api::Template;
use callgate_json::Value;
use callgate_model::{Fields, Reader};

pub(super) fn read(reader: &mut Reader, fields: Fields<'_>) -> Option<Vec<Template>> {
    let value = reader.required(fields, "templates", "an http route")?;
    let list = reader.array(value, "`templates`")?;
    if list.is_empty() {
        let message = "a route without templates knows no request".to_owned();
        let help = r#"{"method": "POST", "path": "/v1/refunds/{id}", "tool": "refund"}"#;
        reader.error("MISSING_FIELD", value, message, Some(help.to_owned()));
        return None;
    }
    let mut templates: Vec<Template> = Vec::with_capacity(list.len());
    for value in list.iter() {
        let Some(template) = template(reader, value) else {
            continue;
        };
        let same = |other: &&Template| {
            other.method() == template.method()
                && other.pattern().is_shaped_like(template.pattern())
        };
        if let Some(other) = templates.iter().find(same) {
            let message = format!(
                "`{} {}` is `{}` already",
                template.method(),
                template.path(),
                other.tool()
            );
            let help = "keep one of them".to_owned();
            reader.error("DUPLICATE_ROUTE", value, message, Some(help));
            continue;
        }
        templates.push(template);
    }
    (templates.len() == list.len()).then_some(templates)
}

fn template(reader: &mut Reader, value: Value<'_>) -> Option<Template> {
    let known = ["method", "path", "tool", "arguments"];
    let fields = reader.fields(value, "a template", &known)?;
    let mut text = |key| {
        let value = reader.required(fields, key, "a template")?;
        reader.string(value, key)
    };
    let (method, path, tool) = (text("method"), text("path"), text("tool"));
    let (method, path, tool) = (method?, path?, tool?);
    let Some(template) = Template::new(method, path, tool) else {
        let message = format!("`{method} {path}` cannot be a template for `{tool}`");
        let help = "GET, HEAD, POST, PUT, PATCH or DELETE; a path of plain segments and `{variables}`, \
                    each of them a whole segment and named once; a tool of A-Z a-z 0-9 _ . / -";
        reader.error("UNKNOWN_VALUE", value, message, Some(help.to_owned()));
        return None;
    };
    let Some(value) = fields.get("arguments") else {
        return Some(template);
    };
    let arguments = reader.strings(value, "`arguments`")?;
    let arguments = arguments.iter().filter_map(Value::as_str);
    Some(template.with_arguments(arguments.map(str::to_owned).collect()))
}
