//! Payloads of any size, for `PayloadWriter`.
