//! `cargo xtask package`: an image that is what it says it is, and a manifest that Envoy takes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use callgate_model::Digest;
use serde_json::Value;
use xtask::envoy::Envoy;
use xtask::envoy::bootstrap::{Authentication, Bootstrap};
use xtask::layout::Layout;
use xtask::package::{self, Package};
use xtask::process::Scratch;

const IMAGE: &str = "registry.test/filters/callgate:1.2";

fn packed(folder: &Path) -> Result<Package> {
    package::write(
        &Layout::of_this_tree().filter(),
        &folder.join("package"),
        IMAGE,
    )
}

fn json(path: &Path) -> Result<Value> {
    serde_json::from_slice(&fs::read(path)?).with_context(|| path.display().to_string())
}

/// The bytes that a descriptor describes; its digest and size are theirs.
fn blob(image: &Path, descriptor: &Value) -> Result<Vec<u8>> {
    let digest = descriptor["digest"].as_str().context("a digest")?;
    let hex = digest.strip_prefix("sha256:").context("SHA-256")?;
    let bytes = fs::read(image.join("blobs/sha256").join(hex))?;
    ensure!(
        Digest::of(&bytes).to_text() == digest,
        "{digest} is of other bytes"
    );
    ensure!(
        descriptor["size"] == bytes.len(),
        "{descriptor} has another size"
    );
    Ok(bytes)
}

#[test]
fn the_image_holds_the_module() -> Result<()> {
    let layout = Layout::of_this_tree();
    let scratch = Scratch::new(&layout.products())?;
    let package = packed(scratch.path())?;
    let image = &package.image;
    ensure!(json(&image.join("oci-layout"))?["imageLayoutVersion"] == "1.0.0");
    let index = json(&image.join("index.json"))?;
    let [descriptor] = index["manifests"]
        .as_array()
        .context("manifests")?
        .as_slice()
    else {
        anyhow::bail!("one manifest: {index}");
    };
    ensure!(descriptor["annotations"]["org.opencontainers.image.ref.name"] == "1.2");
    let manifest: Value = serde_json::from_slice(&blob(image, descriptor)?)?;
    ensure!(manifest["annotations"]["module.wasm.image/variant"] == "compat");
    let config: Value = serde_json::from_slice(&blob(image, &manifest["config"])?)?;
    let mut archive = Vec::new();
    let layer = blob(image, &manifest["layers"][0])?;
    flate2::read::GzDecoder::new(layer.as_slice()).read_to_end(&mut archive)?;
    ensure!(config["rootfs"]["diff_ids"][0] == Digest::of(&archive).to_text());
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive.as_slice()).entries()? {
        let mut entry = entry?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.insert(entry.path()?.display().to_string(), bytes);
    }
    let module = fs::read(layout.filter())?;
    ensure!(files.keys().eq(["plugin.wasm"]), "{:?}", files.keys());
    ensure!(files["plugin.wasm"] == module);
    ensure!(Digest::of(&module).to_text() == format!("sha256:{}", package.module));
    Ok(())
}

#[test]
fn the_same_module_makes_the_same_image() -> Result<()> {
    let scratch = Scratch::new(&Layout::of_this_tree().products())?;
    let first = fs::read(packed(scratch.path())?.image.join("index.json"))?;
    let again = fs::read(packed(scratch.path())?.image.join("index.json"))?;
    ensure!(first == again, "the image depends on when it was made");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn envoy_takes_what_the_manifest_has_istio_load() -> Result<()> {
    let layout = Layout::of_this_tree();
    let scratch = Scratch::new(&layout.products())?;
    let package = packed(scratch.path())?;
    let manifest = json(&package.istio)?;
    let patches = manifest["spec"]["configPatches"]
        .as_array()
        .context("patches")?;
    let value = |at: usize| patches[at]["patch"]["value"].clone();
    let (filter, mut extension) = (value(0), value(1));
    ensure!(filter["name"] == extension["name"]);
    let remote = extension.pointer("/typed_config/config/vm_config/code/remote");
    let remote = remote.context("code from a registry")?;
    ensure!(remote["http_uri"]["uri"] == format!("oci://{IMAGE}"));
    ensure!(remote["sha256"] == package.module);
    // The mesh's agent fetches the image and gives Envoy a file.
    extension["typed_config"]["config"]["vm_config"]["code"] =
        serde_json::json!({ "local": { "filename": layout.filter() } });
    let bootstrap = Bootstrap {
        filter: layout.filter(),
        plugin: serde_json::json!({}),
        upstream: ("127.0.0.1".into(), 9),
        authentication: Authentication::None,
        task_key: None,
        strips_client_headers: false,
        workers: 1,
    };
    let mut whole = bootstrap.json();
    let chain = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
    let filters = whole.pointer_mut(chain).and_then(Value::as_array_mut);
    *filters
        .and_then(|filters| filters.first_mut())
        .context("filters")? = extension;
    let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 1);
    let envoy = tokio::task::spawn_blocking(start).await??;
    drop(envoy);
    Ok(())
}
