//! Keys of values: byte strings that are equal exactly where the values are equal JSON.

use callgate_json::{Value, View};

use crate::decimal::Decimal;
use crate::{Budget, Refusal};

/// Adds the key of `value` to `out` and pays for it. Numbers are equal by value, objects without
/// regard to the order of their members.
pub(crate) fn write(
    value: Value<'_>,
    out: &mut Vec<u8>,
    budget: &mut Budget,
) -> Result<(), Refusal> {
    budget.charge(1)?;
    match value.view() {
        View::Null => out.push(b'n'),
        View::Bool(bool) => out.push(if bool { b't' } else { b'f' }),
        View::Number(number) => {
            budget.charge_bytes(number.text().len())?;
            out.push(b'd');
            Decimal::parse(number.text())?.write_key(out);
        }
        View::String(text) => write_text(text, out, budget)?,
        View::Array(array) => {
            write_size(b'a', array.len(), out);
            for element in array.iter() {
                write(element, out, budget)?;
            }
        }
        View::Object(object) => {
            write_size(b'o', object.len(), out);
            // Sorting a small object's keys happens anew each time.
            budget.charge(object.len() as u64)?;
            for (name, member) in object.sorted() {
                write_text(name, out, budget)?;
                write(member, out, budget)?;
            }
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut Vec<u8>, budget: &mut Budget) -> Result<(), Refusal> {
    budget.charge_bytes(text.len())?;
    write_size(b's', text.len(), out);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A tag and a length, so that no key is the beginning of another.
fn write_size(tag: u8, size: usize, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&(size as u64).to_be_bytes());
}
