//! Lets the module be linked on macOS, where it finds Python's symbols only when it is loaded.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
