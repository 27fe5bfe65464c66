//! Settings of a client, as JavaScript gives them.
