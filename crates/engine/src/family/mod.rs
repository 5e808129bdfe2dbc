//! The policy families, one file each.

pub(crate) mod cel;
