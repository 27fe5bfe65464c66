//! What can be checked, and the check of it.
