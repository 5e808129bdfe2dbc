//! Header and trailer maps.

use wasmtime::Linker;

use super::{Answer, Call, Refusal, Return, Slice, import};
use crate::headers::Headers;
use crate::state::State;
use crate::status::Status;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    import!(linker, "proxy_get_header_map_pairs", pairs, kind: u32, to: u32, len: u32);
    import!(linker, "proxy_set_header_map_pairs", set_pairs, kind: u32, data: u32, size: u32);
    import!(linker, "proxy_get_header_map_size", size, kind: u32, to: u32);
    import!(linker, "proxy_get_header_map_value", get, kind: u32, key: u32, key_size: u32, to: u32, len: u32);
    import!(linker, "proxy_add_header_map_value", add, kind: u32, key: u32, key_size: u32, value: u32, size: u32);
    import!(linker, "proxy_replace_header_map_value", replace, kind: u32, key: u32, key_size: u32, value: u32, size: u32);
    import!(linker, "proxy_remove_header_map_value", remove, kind: u32, key: u32, key_size: u32);
    Ok(())
}

/// The map, as long as Envoy shows it: from its callback until Continue, and in the access log.
fn map(state: &State, kind: u32) -> Result<&Headers, Refusal> {
    let stream = state.streams.get(&state.context());
    let callout = state.callout_response.as_ref();
    let logging = stream.is_some_and(|stream| stream.logging);
    let found = match kind {
        0 => stream
            .filter(|stream| logging || stream.request.headers_visible)
            .map(|stream| &stream.request.headers),
        1 => stream
            .filter(|stream| stream.request.trailers_visible)
            .and_then(|stream| stream.request.trailers.as_ref()),
        2 => stream
            .filter(|stream| logging || stream.response.headers_visible)
            .map(|stream| &stream.response.headers),
        3 => stream
            .filter(|stream| logging || stream.response.trailers_visible)
            .and_then(|stream| stream.response.trailers.as_ref()),
        6 => callout.map(|response| &response.headers),
        7 => callout.map(|response| &response.trailers),
        _ => None,
    };
    found.ok_or(Refusal::Status(Status::BadArgument))
}

fn map_mut(state: &mut State, kind: u32) -> Result<&mut Headers, Refusal> {
    let context = state.context();
    let stream = state.streams.get_mut(&context).ok_or(Status::BadArgument)?;
    if stream.logging {
        return Err(Status::BadArgument.into());
    }
    let (request, response) = (&mut stream.request, &mut stream.response);
    let found = match kind {
        0 if request.headers_visible => Some(&mut request.headers),
        1 if request.trailers_visible => request.trailers.as_mut(),
        2 if response.headers_visible => Some(&mut response.headers),
        3 if response.trailers_visible => response.trailers.as_mut(),
        _ => None,
    };
    found.ok_or(Refusal::Status(Status::BadArgument))
}

fn pairs(call: &mut Call<'_, '_>, kind: u32, to: u32, len: u32) -> Answer {
    let map = map(call.state(), kind)?;
    // Envoy gives an empty map as no bytes at all, not as a count of zero.
    let bytes = if map.is_empty() {
        Vec::new()
    } else {
        map.marshal()
    };
    call.give(&bytes, Return(to, len))
}

fn set_pairs(call: &mut Call<'_, '_>, kind: u32, data: u32, size: u32) -> Answer {
    let headers = Headers::unmarshal(&call.bytes(Slice(data, size))?);
    *map_mut(call.state(), kind)? = headers;
    Ok(())
}

fn size(call: &mut Call<'_, '_>, kind: u32, to: u32) -> Answer {
    let size = map(call.state(), kind)?.byte_size();
    let size = u32::try_from(size).map_err(|_| Status::BadArgument)?;
    call.write_u32(to, size)
}

fn get(call: &mut Call<'_, '_>, kind: u32, key: u32, key_size: u32, to: u32, len: u32) -> Answer {
    let key = call.bytes(Slice(key, key_size))?;
    let map = map(call.state(), kind)?;
    let value = map.first(&key).map(<[u8]>::to_vec);
    call.give(&value.ok_or(Status::NotFound)?, Return(to, len))
}

fn add(call: &mut Call<'_, '_>, kind: u32, k: u32, k_size: u32, v: u32, v_size: u32) -> Answer {
    let (key, value) = (call.bytes(Slice(k, k_size))?, call.bytes(Slice(v, v_size))?);
    map_mut(call.state(), kind)?.add(key, value);
    Ok(())
}

fn replace(call: &mut Call<'_, '_>, kind: u32, k: u32, k_size: u32, v: u32, v_size: u32) -> Answer {
    let (key, value) = (call.bytes(Slice(k, k_size))?, call.bytes(Slice(v, v_size))?);
    map_mut(call.state(), kind)?.replace(key, value);
    Ok(())
}

fn remove(call: &mut Call<'_, '_>, kind: u32, key: u32, key_size: u32) -> Answer {
    let key = call.bytes(Slice(key, key_size))?;
    map_mut(call.state(), kind)?.remove(key);
    Ok(())
}
