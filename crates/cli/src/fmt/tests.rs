//! Pairs of files before and after, and every YAML file of the repository in many disguises.
