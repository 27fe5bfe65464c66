//! Reports of checks.
