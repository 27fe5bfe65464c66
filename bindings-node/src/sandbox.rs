//! A stand-in for Qlower.
