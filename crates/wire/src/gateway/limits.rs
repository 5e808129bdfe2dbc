//! Bounds on JSON as a configuration sets them: any up to a ceiling that no operator can raise.
use callgate_json::{Limits, Value};
use callgate_model::{Fields, Reader};

/// The highest bounds that can be configured.
///
/// What runs behind recurses over values and counts in 32 bits, inside a host that ends every stream
/// of a worker when a module traps, so no configuration may lead there.
const CEILING: Limits = Limits {
    // 16 MiB: sixteen times the default; Envoy holds the body twice while it is judged.
    bytes: 16 << 20,
    // 128 levels: twice the default, and far from the end of a 1 MiB stack.
    depth: 128,
    // 65,536 members: 64 times the default.
    keys: 65_536,
    // 1,000,000 values: ten times the default, some 16 MiB of tape.
    nodes: 1_000_000,
    // 1,024 bytes: 16 times the default.
    number_bytes: 1_024,
};

pub(super) fn limits(reader: &mut Reader, value: Value<'_>, bounds: Limits) -> Option<Limits> {
    let known = ["body_bytes", "depth", "keys", "nodes", "number_bytes"];
    let fields = reader.fields(value, "`limits`", &known)?;
    let mut number = |key, otherwise, ceiling| number(reader, fields, key, otherwise, ceiling);
    let bytes = number("body_bytes", bounds.bytes, CEILING.bytes);
    let depth = number("depth", bounds.depth, CEILING.depth);
    let keys = number("keys", bounds.keys, CEILING.keys);
    let nodes = number("nodes", bounds.nodes, CEILING.nodes);
    let number_bytes = number("number_bytes", bounds.number_bytes, CEILING.number_bytes);
    Some(Limits {
        bytes: bytes?,
        depth: depth?,
        keys: keys?,
        nodes: nodes?,
        number_bytes: number_bytes?,
    })
}

fn number(
    reader: &mut Reader,
    fields: Fields<'_>,
    key: &str,
    otherwise: u32,
    ceiling: u32,
) -> Option<u32> {
    let Some(value) = fields.get(key) else {
        return Some(otherwise);
    };
    let Some(number) = value.as_number() else {
        let message = format!("`{key}` must be a whole number");
        reader.error("WRONG_TYPE", value, message, None);
        return None;
    };
    let number = number.text().parse().ok();
    let number = number.filter(|number| *number <= ceiling);
    if number.is_none() {
        let message = format!("`{key}` must be a whole number from 0 to {ceiling}");
        let help = format!("write {ceiling} or less, or leave it out for {otherwise}");
        reader.error("UNKNOWN_VALUE", value, message, Some(help));
    }
    number
}
