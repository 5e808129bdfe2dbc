//! `cargo xtask package`: the filter as an OCI image, and the manifest that has Istio load it.
//!
//! The image is the "compat" variant of the Wasm Image Specification (github.com/solo-io/wasm, `spec/README-compat.md`):
//! one layer with `plugin.wasm` in it, which every registry and every container tool can handle, in an OCI image layout
//! (github.com/opencontainers/image-spec, `image-layout.md`).

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use callgate_envoy::NAME;
use flate2::{Compression, GzBuilder, write::GzEncoder};
use serde_json::{Value, json};

use crate::layout::Layout;
use crate::wasm::sha256;
use crate::{say, setup, wasm};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What a package consists of.
#[derive(Debug)]
pub struct Package {
    /// The folder of the OCI image layout.
    pub image: PathBuf,
    /// The manifest for Istio.
    pub istio: PathBuf,
    /// SHA-256 of the module, in hexadecimal.
    pub module: String,
}

/// Builds the filter and writes the package into `callgate/package` of the target folder.
pub fn run(layout: &Layout, image: &str) -> Result<()> {
    setup::run(layout)?;
    wasm::build(layout)?;
    say::step("package: the filter as an OCI image");
    let package = write(&layout.filter(), &layout.products().join("package"), image)?;
    say::detail(&format!("OCI image layout  {}", package.image.display()));
    say::detail(&format!("for Istio         {}", package.istio.display()));
    say::detail(&format!("module            sha256:{}", package.module));
    say::detail(&format!(
        "push it with `skopeo copy oci:{} docker://{image}`, or any tool that knows OCI layouts",
        package.image.display()
    ));
    Ok(())
}

/// Packs the module at `filter`; `image` is the name that it will have in a registry.
pub fn write(filter: &Path, folder: &Path, image: &str) -> Result<Package> {
    let module = fs::read(filter).with_context(|| format!("cannot read {}", filter.display()))?;
    // Written beside its final place and renamed: what is there is whole.
    let partial = folder.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    write_image(&module, image, &partial.join("image"))?;
    let digest = sha256(&module);
    let istio = serde_json::to_string_pretty(&envoy_filter(image, &digest))?;
    // JSON is YAML, and `kubectl apply` takes either.
    fs::write(partial.join("istio.json"), istio + "\n")?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::rename(&partial, folder)?;
    Ok(Package {
        image: folder.join("image"),
        istio: folder.join("istio.json"),
        module: digest,
    })
}

fn write_image(module: &[u8], name: &str, folder: &Path) -> Result<()> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let blob = |media: &str, bytes: &[u8]| -> Result<Value> {
        let digest = sha256(bytes);
        fs::write(blobs.join(&digest), bytes)?;
        Ok(json!({ "mediaType": media, "digest": format!("sha256:{digest}"), "size": bytes.len() }))
    };
    let archive = archive(module)?;
    let layer = blob(LAYER, &compressed(&archive)?)?;
    let config = json!({
        "architecture": "wasm",
        "os": "wasip1",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", sha256(&archive))] },
    });
    let config = blob(CONFIG, config.to_string().as_bytes())?;
    let annotations = json!({
        "module.wasm.image/variant": "compat",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.title": NAME,
        "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
    });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
        "annotations": annotations,
    });
    let mut manifest = blob(MANIFEST, manifest.to_string().as_bytes())?;
    let tag = name.rsplit_once(':').map_or("latest", |(_, tag)| tag);
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest] });
    fs::write(folder.join("index.json"), index.to_string())?;
    fs::write(
        folder.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )?;
    Ok(())
}

/// `plugin.wasm`, and nothing of this machine: the same module makes the same image anywhere.
fn archive(module: &[u8]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(module.len().try_into()?);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, "plugin.wasm", module)?;
    Ok(archive.into_inner()?)
}

fn compressed(archive: &[u8]) -> Result<Vec<u8>> {
    let mut gzip: GzEncoder<Vec<u8>> = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    gzip.write_all(archive)?;
    Ok(gzip.finish()?)
}

/// An `EnvoyFilter` and no `WasmPlugin`: that one has no field for `allow_on_headers_stop_iteration`, and
/// without it requests with a body never end.
fn envoy_filter(image: &str, digest: &str) -> Value {
    let mut wasm = callgate_envoy::wasm("", &json!({ "default_action": "deny" }));
    wasm["config"]["vm_config"]["code"] = json!({
        "remote": {
            "http_uri": { "uri": format!("oci://{image}"), "timeout": "30s", "cluster": "unused" },
            "sha256": digest,
        },
    });
    let router = json!({
        "filterChain": { "filter": {
            "name": "envoy.filters.network.http_connection_manager",
            "subFilter": { "name": "envoy.filters.http.router" },
        } },
    });
    json!({
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": { "name": NAME, "namespace": "istio-system" },
        "spec": {
            "workloadSelector": { "labels": { "istio": "ingressgateway" } },
            "configPatches": [
                {
                    "applyTo": "HTTP_FILTER",
                    "match": { "context": "GATEWAY", "listener": router },
                    "patch": { "operation": "INSERT_BEFORE", "value": callgate_envoy::discovered_filter() },
                },
                {
                    "applyTo": "EXTENSION_CONFIG",
                    "match": { "context": "GATEWAY" },
                    "patch": { "operation": "ADD", "value": { "name": NAME, "typed_config": wasm } },
                },
            ],
        },
    })
}
