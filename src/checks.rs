//! The table of every check.
