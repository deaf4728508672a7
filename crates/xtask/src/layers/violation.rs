use super::metadata::Table;

/// A dependency or an import that the layering forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    /// A dependency on a crate of this workspace that the layer must not use.
    #[error(
        "{package}: [{table}] {dependency}: this layer may use {}",
        list(allowed)
    )]
    AgainstDirection {
        package: String,
        table: Table,
        dependency: String,
        allowed: &'static [&'static str],
    },
    /// A dependency on an external crate that the layer must not use.
    #[error("{package}: [{table}] {dependency}: {reason}")]
    Forbidden {
        package: String,
        table: Table,
        dependency: String,
        reason: &'static str,
    },
    /// Files of a crate that import one another in a circle.
    #[error("{directory}: import circle: {}", circle(files))]
    ImportCircle {
        directory: String,
        files: Vec<String>,
    },
    /// A crate that has no layer in the table.
    #[error("{package}: give it a layer in crates/xtask/src/layers/table.rs")]
    Unlisted { package: String },
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() {
        "no crate of this workspace".to_owned()
    } else {
        format!("only {} of this workspace", allowed.join(", "))
    }
}

fn circle(files: &[String]) -> String {
    let again = files.first();
    let files: Vec<&str> = files.iter().chain(again).map(String::as_str).collect();
    files.join(" -> ")
}
