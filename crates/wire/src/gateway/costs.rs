//! What calls of a route cost, as a configuration says it.
use crate::cost::{Cost, Price, Said};
use callgate_json::Value;
use callgate_model::{Fields, Glob, MicroUsd, Reader};

/// Reads `{"usd", "header" | "path" | "usage"}`; `models` says whether tokens are counted on the route.
pub(super) fn read(reader: &mut Reader, value: Value<'_>, models: bool) -> Option<Cost> {
    let fields = reader.fields(value, "`cost`", &["usd", "header", "path", "usage"])?;
    let reserved = match fields.get("usd") {
        None => Some(MicroUsd::default()),
        Some(value) => reader.money(value, "`usd`"),
    };
    let places = ["header", "path", "usage"].map(|name| fields.get(name));
    let said = match places {
        [None, None, None] => Some(None),
        [Some(header), None, None] => {
            header_name(reader, header).map(|name| Some(Said::Header(name)))
        }
        [None, Some(path), None] => pointer(reader, path).map(|path| Some(Said::Path(path))),
        [None, None, Some(usage)] if models => {
            prices(reader, usage).map(|prices| Some(Said::Usage(prices)))
        }
        [None, None, Some(usage)] => {
            let message = "only models count tokens".to_owned();
            let help = "`usage` is for routes of kind `openai` or `anthropic`; others say `header` or `path`";
            reader.error("UNKNOWN_VALUE", usage, message, Some(help.to_owned()));
            None
        }
        _ => {
            let message = "a cost is said in one place".to_owned();
            let help = "keep one of `header`, `path` and `usage`".to_owned();
            reader.error("UNKNOWN_VALUE", value, message, Some(help));
            None
        }
    };
    Some(Cost {
        reserved: reserved?,
        said: said?,
    })
}

fn header_name(reader: &mut Reader, value: Value<'_>) -> Option<String> {
    let name = reader.string(value, "`header`")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        let message = format!("`{name}` is no name of a header");
        let help = "letters in lower case, digits and `-`".to_owned();
        reader.error("UNKNOWN_VALUE", value, message, Some(help));
        return None;
    }
    Some(name.to_owned())
}

fn pointer(reader: &mut Reader, value: Value<'_>) -> Option<String> {
    let path = reader.string(value, "`path`")?;
    if !path.starts_with('/') {
        let message = format!("`{path}` is no JSON Pointer");
        let help = "as in `/_meta/cost_usd`".to_owned();
        reader.error("UNKNOWN_VALUE", value, message, Some(help));
        return None;
    }
    Some(path.to_owned())
}

fn prices(reader: &mut Reader, value: Value<'_>) -> Option<Vec<Price>> {
    let list = reader.array(value, "`usage`")?;
    let prices: Vec<Price> = list
        .iter()
        .filter_map(|value| price(reader, value))
        .collect();
    (prices.len() == list.len()).then_some(prices)
}

fn price(reader: &mut Reader, value: Value<'_>) -> Option<Price> {
    const INPUT: &str = "input_usd_per_million";
    const OUTPUT: &str = "output_usd_per_million";
    let fields = reader.fields(value, "a price", &["model", INPUT, OUTPUT])?;
    let model = match fields.get("model") {
        None => Some("*"),
        Some(value) => reader.string(value, "`model`"),
    };
    let (input, output) = (money(reader, fields, INPUT), money(reader, fields, OUTPUT));
    Some(Price {
        model: Glob::new(model?),
        input: input?,
        output: output?,
    })
}

fn money(reader: &mut Reader, fields: Fields<'_>, name: &'static str) -> Option<MicroUsd> {
    let value = reader.required(fields, name, "a price")?;
    reader.money(value, name)
}
