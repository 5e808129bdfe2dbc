//! What another filter of a real Envoy says of a request: metadata that is set in front of the filter.

use serde_json::{Value, json};

use crate::bypass::{Request, Script, Step};

/// Where another filter's metadata begins, by its path.
const METADATA: [&str; 2] = ["metadata", "filter_metadata"];

/// The filter that attests what the script's requests have as attributes; none when they have none.
///
/// # Errors
/// Attributes of something else, or others for each request, in words.
pub(super) fn attesting(script: &Script) -> Result<Option<Value>, &'static str> {
    let requests = script.steps.iter().filter_map(|step| match step {
        Step::Send(send) => Some(&send.request),
        _ => None,
    });
    let mut all = requests.map(metadata);
    let first = all.next().unwrap_or(Ok(Vec::new()))?;
    for other in all {
        if other? != first {
            return Err("attributes that change");
        }
    }
    let filter = json!({
        "name": "attesting",
        "typed_config": {
            "@type": callgate_envoy::type_url("filters.http.set_metadata.v3.Config"),
            "metadata": first,
        },
    });
    Ok((!first.is_empty()).then_some(filter))
}

fn metadata(request: &Request) -> Result<Vec<Value>, &'static str> {
    let mut namespaces = json!({});
    for (path, value) in &request.attributes {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let names = path.strip_prefix(&METADATA).ok_or("what TLS attests")?;
        let value = std::str::from_utf8(value).map_err(|_| "an attribute that is no text")?;
        let place = names
            .iter()
            .fold(&mut namespaces, |inner, name| &mut inner[*name]);
        *place = value.into();
    }
    let namespaces = namespaces.as_object().into_iter().flatten();
    let entry = |(name, value)| json!({ "metadata_namespace": name, "value": value });
    Ok(namespaces.map(entry).collect())
}
