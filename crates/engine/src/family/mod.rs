//! The policy families, each with its own way to judge a call.

mod approval;
pub(crate) mod cel;
pub(crate) mod control;
mod count;
pub(crate) mod dlp;
mod evidence;
pub(crate) mod matching;
pub(crate) mod ruleset;
