//! Policy documents become a release: an immutable, canonical, digested snapshot.
//!
//! `Bytes → Source → Policy` for authors ([`documents`]), `Bytes → Release` ([`Release::read`]) or
//! `Bytes → Envelope → VerifiedRelease` ([`signed`]) for hosts. All read strictly: every problem at once, each with its place.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice))]

pub mod documents;
#[cfg(feature = "layout")]
pub mod layout;
mod policy;
mod project;
mod release;
mod settings;
pub mod signed;
mod source;
pub mod spec;
#[cfg(feature = "yaml")]
mod yaml;
pub mod zones;

pub use policy::{Level, Policy, Scope};
pub use project::Project;
pub use release::{Build, Release};
pub use settings::{AllowCombining, DefaultAction, Pinning, Settings, Uncovered};
pub use signed::{
    Envelope, Exceptions, PublicKey, TokenKeys, TokenKind, TrustedKeys, VerifiedRelease,
};
pub use source::{Format, Mapped, Source, TextMap};
pub use spec::{CelEffect, CelPolicy, Family, Spec};

pub use zones::Zone;

#[cfg(all(doctest, feature = "yaml"))]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
