//! JavaScript objects as the canonical JSON of a payload.
