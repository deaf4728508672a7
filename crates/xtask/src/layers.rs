//! Checks every crate against the layering: imports run in one direction, and no layer depends on a
//! banned crate. The check reads Cargo's metadata. Within the crates that [`modules`] lists, the
//! files must import one another in one direction, too.

mod metadata;
mod modules;
mod table;
mod violation;

use crate::process::{cargo, print_line, read};
use crate::{Failure, workspace};

use metadata::{Metadata, Package};
use table::{LAYERS, Layer};
pub(crate) use violation::Violation;

/// Checks the workspace and reports each dependency that violates the table.
pub(crate) fn run() -> Result<(), Failure> {
    let json = read(cargo().args(["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata: Metadata = serde_json::from_str(&json)?;
    let mut violations = check(&metadata, LAYERS);
    violations.extend(modules::check(&workspace::root())?);
    if violations.is_empty() {
        print_line(&format!("{} crates conform", metadata.packages.len()));
        return Ok(());
    }
    Err(Failure::Layering { violations })
}

fn check(metadata: &Metadata, layers: &[Layer]) -> Vec<Violation> {
    metadata
        .packages
        .iter()
        .flat_map(|package| check_package(metadata, package, layers))
        .collect()
}

fn check_package(metadata: &Metadata, package: &Package, layers: &[Layer]) -> Vec<Violation> {
    let Some(layer) = layers.iter().find(|layer| layer.package == package.name) else {
        let package = package.name.clone();
        return vec![Violation::Unlisted { package }];
    };
    package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            if metadata.has_member(&dependency.name) {
                layer.check_own(dependency)
            } else {
                layer.check_outside(dependency)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
