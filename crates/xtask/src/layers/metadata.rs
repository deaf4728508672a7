use std::fmt;

use serde::Deserialize;

/// What `cargo metadata --no-deps` says, as far as it matters here.
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

/// A dependency as its crate declares it; `name` is the dependency's true
/// name, also where the crate renames it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: Option<Kind>,
}

/// The table of `Cargo.toml` that declares a dependency, where it is not
/// `[dependencies]`.
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

/// The name of a table of dependencies.
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
