//! Policy documents become a release: an immutable, canonical, digested snapshot.
//!
//! `Bytes → Source → Policy` for authors ([`documents`]), `Bytes → Release` for hosts
//! ([`Release::read`]). Both read strictly: every problem at once, each with its place.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice))]

pub mod documents;
mod policy;
mod project;
mod release;
mod settings;
mod source;
#[cfg(feature = "yaml")]
mod yaml;

pub use policy::{CelEffect, CelPolicy, Level, Policy, Scope, Spec};
pub use project::Project;
pub use release::{Build, Release};
pub use settings::{AllowCombining, DefaultAction, Settings};
pub use source::{Format, Mapped, Source, TextMap};

#[cfg(all(doctest, feature = "yaml"))]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
