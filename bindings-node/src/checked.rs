//! What passed the check.
