//! Package registries.

use super::Detector;
use crate::check::Check;
use crate::vocab::{Class, Confidence, Severity};
use Severity::{Critical, High};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Package, severity, id, title)
}

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(Critical, "npm-token", "npm access token")
        .token(&[r"npm_\w{36}"]).check(Check::Crc32Base62).sure(Confidence::Certain)
        .from("https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/"),
    row(Critical, "npm-legacy-auth-token", "npm access token (UUID)")
        .named(&["_authtoken"], &[r"\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"]).from("https://docs.npmjs.com/cli/configuring-npm/npmrc"),
    row(Critical, "pypi-token", "PyPI API token")
        .token(&[r"pypi-AgEIcHlwaS5vcmc\u{50,300}", r"pypi-AgENdGVzdC5weXBpLm9yZw\u{50,300}"]).from("https://pypi.org/help/#apitoken"),
    row(Critical, "crates-io-token", "crates.io API token")
        .token(&[r"cio\w{32}"]).from("https://github.com/rust-lang/crates.io/blob/main/crates/crates_io_database/src/utils/token.rs"),
    row(Critical, "rubygems-token", "RubyGems API key")
        .token(&[r"rubygems_\h{48}"]).from("https://guides.rubygems.org/api-key-scopes/"),
    row(Critical, "nuget-api-key", "NuGet API key")
        .token(&[r"oy2\a{43}"]).from("https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys"),
    row(Critical, "docker-hub-token", "Docker Hub access token")
        .token(&[r"dckr_pat_\u{27}", r"dckr_oat_\u{32}"]).from("https://docs.docker.com/security/access-tokens/"),
    row(High, "docker-registry-auth", "Docker registry credentials")
        .named(&["\"auth"], &[r"\e{20,200}"]).check(Check::BasicAuth).sure(Confidence::Certain)
        .from("https://docs.docker.com/reference/cli/docker/login/"),
    row(Critical, "clojars-token", "Clojars deploy token")
        .token(&[r"CLOJARS_\a{60}"]).from("https://github.com/clojars/clojars-web/wiki/Deploy-Tokens"),
    row(Critical, "registry-key-by-name", "Hex.pm, Gemfury or Cloudsmith key by name")
        .named(&["hex_api_key", "gemfury", "cloudsmith_api_key"], &[r"\a{20,64}"]).from("https://hex.pm/docs/publish"),
];
