//! Views for scripts: a report as text, JSON and JUnit.
