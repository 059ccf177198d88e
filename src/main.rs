//! Parse, choose the mode, exit code. Nothing else.

fn main() {}
