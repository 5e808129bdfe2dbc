//! The release of a configuration: admitted by its signatures and its number, then compiled.
use crate::host::{self, HostError, Level, Shared};
use callgate_engine::CompiledRelease;
use callgate_json::{Document, Value};
use callgate_model::{Diagnostic, Digest, Fields, Limits, Reader, ReleaseRef, Span};
use callgate_release::{Envelope, Release, TrustedKeys};

/// The fields of a configuration that are read here, beside `release`.
pub(crate) const FIELDS: [&str; 2] = ["trusted_keys", "required_signatures"];

/// How often a write is tried again that another worker was faster at. The workers of one process
/// configure themselves at once, each once.
const TRIES: usize = 64;

/// The release of a configuration.
pub(crate) struct Admitted {
    /// What decides.
    pub(crate) release: CompiledRelease,
    /// Whether keys vouch for it, so that its number counts.
    verified: bool,
}

/// The keys that releases are believed by, if any are named; the outer `None` when they cannot be used.
pub(crate) fn trusted(reader: &mut Reader, fields: Fields<'_>) -> Option<Option<TrustedKeys>> {
    let keys = fields.get("trusted_keys");
    let required = fields.get("required_signatures");
    match (keys, required) {
        (Some(keys), required) => TrustedKeys::read(reader, keys, required).map(Some),
        (None, None) => Some(None),
        (None, Some(value)) => {
            let message = "`required_signatures` says nothing without `trusted_keys`".to_owned();
            reader.error("MISSING_FIELD", value, message, None);
            None
        }
    }
}

/// The configuration's release, if it has one; the outer `None` when it must not be used.
pub(crate) fn read(
    reader: &mut Reader,
    fields: Fields<'_>,
    trusted: Option<&TrustedKeys>,
    limits: &Limits,
) -> Option<Option<Admitted>> {
    let Some(value) = fields.get("release") else {
        return Some(None);
    };
    let admitted = match trusted {
        Some(trusted) => verified(trusted, value, limits),
        None => unverified(value, limits),
    };
    let release = collected(reader, admitted)?;
    let release = compiled(reader, release, limits)?;
    let verified = trusted.is_some();
    Some(Some(Admitted { release, verified }))
}

/// The configuration's release as it says of itself, believed or not: the outer `None` when there is none, the inner
/// when it cannot be read.
pub(crate) fn own(fields: Fields<'_>, limits: &Limits) -> Option<Option<Release>> {
    let value = fields.get("release")?;
    let payload = |value| Envelope::read_value(value).ok();
    Some(match Envelope::is_one(value) {
        true => payload(value).and_then(|it| Release::read(it.payload(), limits).ok()),
        false => Release::read_value(value, limits).ok(),
    })
}

/// Whether the configuration has a release of another project than the one that was `found`, or a newer one:
/// then that is the one to judge by its signatures.
pub(crate) fn is_newer(own: Option<&Option<Release>>, found: &Admitted) -> bool {
    let known = found.release.release();
    let is_other = |own: &Release| own.project != known.project || own.number > known.number;
    own.is_some_and(|own| own.as_ref().is_none_or(is_other))
}

/// Reads and compiles what a control plane sent.
///
/// # Errors
/// Why it is not believed, or cannot be used.
pub(crate) fn admit(
    bytes: &[u8],
    trusted: &TrustedKeys,
    limits: &Limits,
) -> Result<Admitted, Vec<Diagnostic>> {
    let document = Document::parse(bytes, &limits.release_json()).map_err(|error| {
        let span = Span::new(error.offset, error.offset);
        let message = error.to_string();
        vec![Diagnostic::error(error.code.as_str(), span, message)]
    })?;
    let release = verified(trusted, document.root(), limits)?;
    let mut reader = Reader::default();
    let release = compiled(&mut reader, release, limits);
    let release = reader.finish(release)?;
    Ok(Admitted {
        release,
        verified: true,
    })
}

/// The value, or the findings among the others.
fn collected<T>(reader: &mut Reader, read: Result<T, Vec<Diagnostic>>) -> Option<T> {
    read.map_err(|found| found.into_iter().for_each(|finding| reader.push(finding)))
        .ok()
}

/// A release that enough trusted keys signed, and that is no older than what this process had.
fn verified(
    trusted: &TrustedKeys,
    value: Value<'_>,
    limits: &Limits,
) -> Result<Release, Vec<Diagnostic>> {
    let place = Span::from(value.span());
    if !Envelope::is_one(value) {
        return Err(vec![TrustedKeys::unsigned(place)]);
    }
    let envelope = Envelope::read_value(value)?;
    let payload = trusted.verify(&envelope).map_err(|found| vec![found])?;
    let verified = payload.release(limits);
    let verified = verified.map_err(|found| inside(found, place))?;
    // Before anything of it is compiled: what is too old costs nothing.
    let (_, current) = newest(verified.release()).map_err(|found| vec![found])?;
    if let Some(current) = current {
        let follows = verified.release().follows(&current);
        follows.map_err(|found| inside(vec![found], place))?;
    }
    Ok(verified.into_release())
}

/// A release that nobody has to vouch for.
fn unverified(value: Value<'_>, limits: &Limits) -> Result<Release, Vec<Diagnostic>> {
    if !Envelope::is_one(value) {
        return Release::read_value(value, limits);
    }
    let envelope = Envelope::read_value(value)?;
    let line = "callgate: the release is signed, and without `trusted_keys` nobody checks by whom";
    host::log(Level::Warn, line);
    let release = Release::read(envelope.payload(), limits);
    release.map_err(|found| inside(found, Span::from(value.span())))
}

/// Findings about what the envelope holds, placed at the envelope.
fn inside(mut found: Vec<Diagnostic>, place: Span) -> Vec<Diagnostic> {
    for finding in &mut found {
        finding.span = Some(place);
    }
    found
}

impl Admitted {
    /// Its number.
    pub(crate) fn number(&self) -> u64 {
        self.release.release().number
    }

    /// The project that it is of.
    pub(crate) fn project(&self) -> &str {
        &self.release.release().project
    }

    /// Lets no older release than this one follow: workers share the newest number, and it outlives
    /// configurations. Only a configuration that can decide comes so far, so that a broken one
    /// never keeps the last good one from coming back.
    ///
    /// # Errors
    /// A newer release was admitted meanwhile, or the host failed.
    pub(crate) fn enforce(&self) -> Result<(), Vec<Diagnostic>> {
        let release = self.release.release();
        if !self.verified {
            return Ok(());
        }
        let (number, digest) = (release.number.to_string(), release.digest.to_text());
        let text = [&number, " ", &digest].concat();
        for _ in 0..TRIES {
            let (seen, current) = newest(release).map_err(|found| vec![found])?;
            if let Some(current) = current {
                release.follows(&current).map_err(|found| vec![found])?;
                if current == release.reference() {
                    return Ok(());
                }
            }
            // What was written counts once it is read back: another worker may have been faster.
            let shared = host::share(&key(release), text.as_bytes(), &seen);
            shared.map_err(|error| vec![failed(error)])?;
        }
        Err(vec![failed(HostError {
            call: "set_shared_data",
            status: u32::MAX,
        })])
    }
}

/// Where the newest release of a project is remembered.
fn key(release: &Release) -> String {
    ["callgate.release.", &release.project].concat()
}

/// The newest release of the project that this process admitted.
fn newest(release: &Release) -> Result<(Shared, Option<ReleaseRef>), Diagnostic> {
    let shared = host::shared(&key(release)).map_err(failed)?;
    let current = written(&shared.bytes);
    // Bytes that are not ours prove nothing about numbers.
    if current.is_none() && !shared.bytes.is_empty() {
        let why = "the number of the release in force cannot be read";
        return Err(Diagnostic::error("HOST_CALL_FAILED", Span::default(), why));
    }
    Ok((shared, current))
}

fn failed(error: HostError) -> Diagnostic {
    let status = error.status.to_string();
    let why = [
        "the number of the release in force: `",
        error.call,
        "` failed with status ",
        &status,
    ];
    Diagnostic::error("HOST_CALL_FAILED", Span::default(), why.concat())
}

/// What [`Admitted::enforce`] wrote.
fn written(bytes: &[u8]) -> Option<ReleaseRef> {
    let (number, digest) = core::str::from_utf8(bytes).ok()?.split_once(' ')?;
    Some(ReleaseRef {
        number: number.parse().ok()?,
        digest: Digest::parse(digest)?,
    })
}

fn compiled(reader: &mut Reader, release: Release, limits: &Limits) -> Option<CompiledRelease> {
    let names: Vec<String> = release.policies.iter().map(|p| p.name.clone()).collect();
    match CompiledRelease::compile(release, limits) {
        Ok(compiled) => Some(compiled),
        Err(problems) => {
            for problem in problems {
                let mut finding = problem.diagnostic;
                let policy = names.get(problem.policy).map_or("?", String::as_str);
                finding.message = ["policy `", policy, "`: ", &finding.message].concat();
                reader.push(finding);
            }
            None
        }
    }
}
