//! The gateway that a case meets: the filter's configuration, and the release that it carries.
use anyhow::{Context, Result, anyhow, bail, ensure};
use callgate_json::Document;
use callgate_model::{Limits, Reader};
use callgate_release::signed::PrivateKey;
use callgate_release::{Build, Envelope, Format, Project, Settings, documents};
use serde::Deserialize;
use serde_json::{Value, json};

/// The gateway's configuration and the policies behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The filter's configuration without a release. A number among `trusted_keys` stands for the
    /// public key of the test key with that number.
    pub gateway: Value,
    /// Policy documents.
    pub policies: Value,
    /// The project's settings.
    pub settings: Value,
    /// How the release is made of them; `null` as most are: number 7, nobody signed it.
    pub release: Value,
}

/// How a release is made, and what is wrong with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Making {
    /// There is none.
    absent: bool,
    project: String,
    number: u64,
    /// Who signs, by the numbers of test keys.
    signed_by: Vec<u8>,
    /// Texts of the release that are replaced before it is signed.
    replace: Vec<(String, String)>,
    /// Members of the file that are replaced after it was signed, by JSON Pointer.
    change: Vec<(String, Value)>,
    /// The release whose payload takes the place of this one's, as a change of the configuration.
    payload_of: Option<Value>,
    /// The same for its signatures.
    signatures_of: Option<Value>,
    /// This text in place of a release.
    text: Option<String>,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            absent: false,
            project: "bypass".to_owned(),
            number: 7,
            signed_by: Vec::new(),
            replace: Vec::new(),
            change: Vec::new(),
            payload_of: None,
            signatures_of: None,
            text: None,
        }
    }
}

const MEMBERS: [&str; 4] = ["gateway", "policies", "settings", "release"];

/// The test key of a number.
fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

impl Config {
    /// The configuration in a file.
    pub(super) fn read(mut written: Value) -> Result<Self> {
        known(&written)?;
        Ok(Self {
            gateway: written["gateway"].take(),
            policies: written["policies"].take(),
            settings: written["settings"].take(),
            release: written["release"].take(),
        })
    }

    /// The same with changes: objects are merged member by member, anything else replaces.
    pub(crate) fn changed(&self, change: &Value) -> Result<Self> {
        known(change)?;
        let mut all = json!({
            "gateway": self.gateway, "policies": self.policies,
            "settings": self.settings, "release": self.release,
        });
        merge(&mut all, change);
        Self::read(all)
    }

    /// The filter's whole configuration: the gateway and a release of the policies.
    ///
    /// # Errors
    /// Policies that are not documents.
    pub fn plugin_configuration(&self) -> Result<String> {
        let mut gateway = self.gateway.clone();
        let trusted = gateway
            .get_mut("trusted_keys")
            .and_then(Value::as_array_mut);
        for trusted in trusted.into_iter().flatten() {
            if let Some(number) = trusted.as_u64() {
                *trusted = key(u8::try_from(number)?).public().to_pem().into();
            }
        }
        if let Some(release) = self.release_file()? {
            // A text that is no JSON is one of its values.
            let release = serde_json::from_str(&release).unwrap_or_else(|_| release.into());
            gateway["release"] = release;
        }
        Ok(gateway.to_string())
    }

    /// A release of the policies, number 7, that nobody signed.
    ///
    /// # Errors
    /// Policies that are not documents.
    pub fn release(&self) -> Result<String> {
        self.made(&Making::default())
    }

    /// The release as the case has it made; absent when there is none.
    pub(super) fn release_file(&self) -> Result<Option<String>> {
        let making = self.making()?;
        if making.absent {
            return Ok(None);
        }
        if let Some(text) = making.text {
            return Ok(Some(text));
        }
        let mut text = self.made(&making)?;
        for (from, to) in &making.replace {
            ensure!(text.contains(from), "the release has no `{from}`");
            text = text.replace(from, to);
        }
        if !making.signed_by.is_empty() {
            let mut envelope = Envelope::new(&text);
            for number in &making.signed_by {
                key(*number).sign(&mut envelope);
            }
            text = envelope.to_json();
        }
        let mut file: Value = serde_json::from_str(&text)?;
        for (member, other) in [
            ("payload", &making.payload_of),
            ("signatures", &making.signatures_of),
        ] {
            if let Some(change) = other {
                file[member] = self.member_of(change, member)?;
            }
        }
        for (pointer, value) in &making.change {
            let place = file.pointer_mut(pointer);
            *place.with_context(|| format!("the release has no `{pointer}`"))? = value.clone();
        }
        // Bytes that were signed as they are stay so: nothing but a change writes them anew.
        let untouched = making.change.is_empty()
            && making.payload_of.is_none()
            && making.signatures_of.is_none();
        Ok(Some(if untouched { text } else { file.to_string() }))
    }

    fn member_of(&self, change: &Value, member: &str) -> Result<Value> {
        let other = Self {
            release: Value::Null,
            ..self.clone()
        }
        .changed(change)?;
        let text = other.release_file()?.context("another release")?;
        let mut file: Value = serde_json::from_str(&text)?;
        Ok(file[member].take())
    }

    fn making(&self) -> Result<Making> {
        match &self.release {
            Value::Null => Ok(Making::default()),
            written => Ok(serde_json::from_value(written.clone())?),
        }
    }

    fn made(&self, making: &Making) -> Result<String> {
        let text = self.policies.to_string();
        let found = documents::read(&text, Format::Json, &Limits::default());
        ensure!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
        let policies: Vec<_> = found.policies.into_iter().map(|p| p.policy).collect();
        let build = Build {
            project: &making.project,
            number: making.number,
            settings: self.read_settings()?,
            policies: &policies,
            ..Build::default()
        };
        Ok(build.to_json())
    }

    fn read_settings(&self) -> Result<Settings> {
        if self.settings.is_null() {
            return Ok(Settings::default());
        }
        let text = json!({ "project": "bypass", "settings": self.settings }).to_string();
        let document = Document::parse(text.as_bytes(), &Limits::default().json)?;
        let project = Project::read(document.root());
        Ok(project.map_err(|found| anyhow!("{found:?}"))?.settings)
    }

    /// The gateway as the wire reads it.
    ///
    /// # Errors
    /// A gateway that the wire does not accept.
    pub fn gateway(&self) -> Result<callgate_wire::Gateway> {
        let mut own = self.gateway.clone();
        // The rest is the filter's alone.
        if let Some(members) = own.as_object_mut() {
            members.retain(|name, _| callgate_wire::gateway::FIELDS.contains(&name.as_str()));
        }
        let text = own.to_string();
        let document = Document::parse(text.as_bytes(), &Limits::default().json)?;
        let mut reader = Reader::default();
        let fields = reader.fields(
            document.root(),
            "a gateway",
            &callgate_wire::gateway::FIELDS,
        );
        let gateway = fields.and_then(|fields| callgate_wire::Gateway::read(&mut reader, fields));
        match reader.finish(gateway) {
            Ok(gateway) => Ok(gateway),
            Err(problems) => bail!("{problems:?}"),
        }
    }
}

fn known(config: &Value) -> Result<()> {
    let members = config.as_object().into_iter().flatten();
    for (name, _) in members {
        ensure!(MEMBERS.contains(&name.as_str()), "`config` has no `{name}`");
    }
    Ok(())
}

/// The one member of an object that replaces another whole.
const INSTEAD: &str = "instead";

/// Objects merge member by member; anything else replaces, and so does what an object has `instead`.
fn merge(base: &mut Value, change: &Value) {
    if let Some(whole) = change.get(INSTEAD) {
        *base = whole.clone();
        return;
    }
    match (base, change) {
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(change)) => {
            for (key, value) in change {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, change) => *base = change.clone(),
    }
}
