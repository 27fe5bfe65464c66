//! Parts of a payload.
