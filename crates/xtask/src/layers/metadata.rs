use std::fmt;

use serde::Deserialize;

/// The part of `cargo metadata --no-deps` that the check needs.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
}

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// A dependency as its crate declares it. `name` is the real name, even if the crate renames the
/// dependency.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: Option<Kind>,
}

/// The kind of the table in `Cargo.toml` that declares a dependency. `[dependencies]` has no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Dev,
    Build,
}

impl Metadata {
    pub(super) fn has_member(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }
}

impl Dependency {
    pub(super) fn table(&self) -> Table {
        Table(self.kind)
    }
}

/// The `Cargo.toml` table of a dependency, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table(pub(super) Option<Kind>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "dependencies",
            Some(Kind::Dev) => "dev-dependencies",
            Some(Kind::Build) => "build-dependencies",
        })
    }
}
