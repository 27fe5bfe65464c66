//! Files that are written from the core's table of models.

mod docs;
mod events;
mod json;
mod patterns;
mod python;
mod readme;
mod scalars;
mod schema;
mod typescript;

use std::fs;

use crate::root;

/// Path below the repository's root, and content.
type File = (&'static str, String);

fn files() -> Result<[File; 12], String> {
    Ok([
        ("qlower-core/schema/loader-2.0.schema.json", schema::text()),
        ("docs/fields.md", docs::fields()),
        ("docs/events.md", docs::events()),
        ("docs/codes.md", docs::codes()),
        ("docs/findings.md", docs::findings()),
        ("bindings-python/python/qlower/_types.py", python::types()),
        ("bindings-python/python/qlower/_events.py", python::events()),
        ("bindings-python/python/qlower/codes.py", python::codes()),
        ("bindings-node/ts/types.ts", typescript::types()),
        ("bindings-node/ts/events.ts", typescript::events()),
        ("bindings-node/ts/codes.ts", typescript::codes()),
        ("README.md", readme::text()?),
    ])
}

/// Writes all files.
pub(crate) fn write() -> Result<(), String> {
    for (path, content) in files()? {
        let place = root().join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{path}: {error}"))?;
        }
        fs::write(&place, content).map_err(|error| format!("{path}: {error}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

/// Compares all files with what would be written.
pub(crate) fn check() -> Result<(), String> {
    let files = files()?;
    let mut stale = Vec::new();
    for (path, content) in &files {
        match fs::read(root().join(path)) {
            Ok(found) if found == content.as_bytes() => {}
            Ok(_) => stale.push(format!("{path} differs from what the table gives")),
            Err(error) => stale.push(format!("{path}: {error}")),
        }
    }
    if stale.is_empty() {
        println!("{} generated files are up to date", files.len());
        return Ok(());
    }
    Err(format!("{}\nrun: cargo run -p xtask -- generate", stale.join("\n")))
}
