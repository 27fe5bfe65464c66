//! What the linkers of some systems must be told of a Node addon.

fn main() {
    napi_build::setup();
}
