//! The policy families, each with its own way to judge a call.

pub(crate) mod approval;
pub(crate) mod cel;
pub(crate) mod control;
pub(crate) mod count;
pub(crate) mod dlp;
pub(crate) mod evidence;
pub(crate) mod matching;
pub(crate) mod output;
pub(crate) mod ruleset;
