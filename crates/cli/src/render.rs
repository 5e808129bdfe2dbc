//! Findings as people, programs and code hosts read them.

pub mod github;
pub mod json;
pub mod judged;
pub mod reason;
pub mod sarif;
pub mod text;
pub mod verdict;
