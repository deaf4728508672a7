use super::metadata::Table;

/// A dependency that the layering does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    /// A crate that depends on a crate of ours against the direction.
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
    /// A crate that depends on something its layer must not know of.
    #[error("{package}: [{table}] {dependency}: {reason}")]
    Forbidden {
        package: String,
        table: Table,
        dependency: String,
        reason: &'static str,
    },
    /// A crate that has no layer in the table.
    #[error("{package}: give it a layer in crates/xtask/src/layers/table.rs")]
    Unlisted { package: String },
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() {
        "no crate of ours".to_owned()
    } else {
        format!("only {} of ours", allowed.join(", "))
    }
}
