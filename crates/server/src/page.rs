//! The console's files, as they were when the server was built.

use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callgate_model::Digest;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::{Problem, Status};
use crate::shield;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/console"]
struct Console;

/// The page, which names everything else.
const PAGE: &str = "index.html";

/// What stands in the page for the nonce of one answer.
const NONCE: &str = "NONCE-OF-THIS-ANSWER";

/// Whether there is a console.
pub fn exists() -> bool {
    Console::get(PAGE).is_some()
}

/// `GET /`
pub async fn index() -> Response {
    let Some(file) = Console::get(PAGE) else {
        let detail =
            "this build has no console: `cargo xtask console` builds it, and then the server again";
        return Problem::new(Status::NotBuilt, detail).into_response();
    };
    let Some(nonce) = nonce() else {
        return Problem::new(Status::Failed, "there are no random numbers").into_response();
    };
    let page = String::from_utf8_lossy(&file.data).replace(NONCE, &nonce);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_SECURITY_POLICY, shield::policy_with(&nonce)),
    ];
    (headers, page).into_response()
}

/// `GET /{path}`: any other file.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Console::get(&path) {
        Some(file) if path != PAGE => answer(&path, &file, &headers),
        _ => missing().await.into_response(),
    }
}

/// Whatever nothing is at.
pub async fn missing() -> Problem {
    Problem::new(Status::NotFound, "there is nothing at this path")
}

fn answer(path: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let digest = STANDARD.encode(file.metadata.sha256_hash());
    let tag = format!("\"{digest}\"");
    // The build names these after their content.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = [(ETAG, tag.clone()), (CACHE_CONTROL, caching.to_owned())];
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes())
    {
        return (StatusCode::NOT_MODIFIED, known).into_response();
    }
    let media = [(CONTENT_TYPE, media(path))];
    (media, known, file.data.clone().into_owned()).into_response()
}

/// The media types of what the build makes; anything else is bytes.
fn media(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// 128 bits that nobody can guess.
fn nonce() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(STANDARD.encode(bytes))
}

/// The digest of a module that the console loads, by its name before the build put a digest of its own into it.
pub fn module(name: &str) -> Option<Digest> {
    let start = format!("{}-", name.strip_suffix(".wasm")?);
    let named = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        file.starts_with(&start) && file.ends_with(".wasm")
    };
    let path = Console::iter().find(|path| named(path))?;
    Console::get(&path).map(|file| Digest::of(&file.data))
}
