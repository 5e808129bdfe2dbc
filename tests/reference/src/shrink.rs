//! The smallest case that still fails, by leaving out one part after the other.

use serde_json::Value;

/// Leaves out members and items of `case` for as long as `fails` holds of what is left.
pub fn shrink(case: &Value, fails: &mut dyn FnMut(&Value) -> bool) -> Value {
    let mut smallest = case.clone();
    loop {
        let places = places(&smallest, String::new());
        let smaller = places.iter().find_map(|place| {
            let candidate = without(&smallest, place)?;
            fails(&candidate).then_some(candidate)
        });
        match smaller {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

/// JSON Pointers of everything inside of `value`, the outermost first.
fn places(value: &Value, at: String) -> Vec<String> {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
            members.iter().map(|(name, part)| (escape(name), part)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(number, part)| (number.to_string(), part)).collect()
        }
        _ => Vec::new(),
    };
    let parts = parts.into_iter().map(|(name, part)| (format!("{at}/{name}"), part));
    let parts: Vec<(String, &Value)> = parts.collect();
    let mut places: Vec<String> = parts.iter().map(|(place, _)| place.clone()).collect();
    for (place, part) in parts {
        places.extend(self::places(part, place));
    }
    places
}

fn without(case: &Value, place: &str) -> Option<Value> {
    let mut smaller = case.clone();
    let (parent, name) = place.rsplit_once('/')?;
    match smaller.pointer_mut(parent)? {
        Value::Object(members) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"))?;
        }
        Value::Array(items) => {
            items.remove(name.parse().ok()?);
        }
        _ => return None,
    }
    Some(smaller)
}
