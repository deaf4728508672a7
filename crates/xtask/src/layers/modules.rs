//! Checks that the files of a crate import one another in one direction: no file reaches itself
//! through the files that it imports.
//!
//! The check reads `use` declarations and paths that begin with `crate`, `super`, `self` or a child
//! module, and follows re-exports to the file that defines a name. A module that declares children
//! and re-exports their items does not import them, unless its own code uses their names. Method
//! calls are not seen. Code for tests is left out.

mod source;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use self::source::{Import, Source};
use super::Violation;
use crate::Failure;

/// The crates that the check holds, by directory.
const CHECKED: &[&str] = &["crates/engine/src"];

/// The path of a module from the crate's root.
type ModulePath = Vec<String>;

/// Checks the listed crates, and returns a violation for each circle.
pub(super) fn check(root: &Path) -> Result<Vec<Violation>, Failure> {
    let mut violations = Vec::new();
    for directory in CHECKED {
        let modules = Modules::read(&root.join(directory))?;
        let circles = modules.circles().into_iter();
        violations.extend(circles.map(|files| Violation::ImportCircle {
            directory: (*directory).to_owned(),
            files,
        }));
    }
    Ok(violations)
}

/// The modules of a crate that have a file of their own.
#[derive(Debug, Default)]
struct Modules {
    sources: BTreeMap<ModulePath, Source>,
}

impl Modules {
    fn read(directory: &Path) -> Result<Self, Failure> {
        let mut modules = Self::default();
        let mut directories = vec![(directory.to_owned(), ModulePath::new())];
        while let Some((directory, prefix)) = directories.pop() {
            for path in entries(&directory)? {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let mut module = prefix.clone();
                if stem != "lib" || !prefix.is_empty() {
                    module.push(stem.into_owned());
                }
                if path.is_dir() {
                    directories.push((path, module));
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path);
                    let text = text.map_err(|source| Failure::file("read", &path, source))?;
                    modules.add(module, &text);
                }
            }
        }
        Ok(modules)
    }

    fn add(&mut self, module: ModulePath, text: &str) {
        if module.last().is_none_or(|name| name != "tests") {
            self.sources.insert(module, Source::parse(text));
        }
    }

    /// One shortest circle for each group of files that reach one another, as file names.
    fn circles(&self) -> Vec<Vec<String>> {
        let graph: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = self
            .sources
            .iter()
            .map(|(module, source)| (module, self.imported_by(module, source)))
            .collect();
        let mut reported = BTreeSet::new();
        let mut circles = Vec::new();
        for module in graph.keys() {
            let Some(circle) = shortest_circle(&graph, module) else {
                continue;
            };
            if circle.iter().all(|module| !reported.contains(module)) {
                circles.push(circle.iter().map(|module| file_of(module)).collect());
            }
            reported.extend(circle);
        }
        circles
    }

    /// The modules whose files a module imports.
    fn imported_by(&self, module: &ModulePath, source: &Source) -> BTreeSet<&ModulePath> {
        let imports = source.imports.iter();
        imports
            .filter(|import| !import.is_reexport || source.names.contains(&import.name))
            .filter_map(|import| self.definer(module, &import.path, &mut BTreeSet::new()))
            .filter(|imported| *imported != module)
            .collect()
    }

    /// The module that defines what `path` names when it is used in `module`; `None` for another
    /// crate. `seen` are the re-exports that were followed.
    fn definer<'a>(
        &'a self,
        module: &[String],
        path: &[String],
        seen: &mut BTreeSet<&'a Import>,
    ) -> Option<&'a ModulePath> {
        let path = self.absolute(module, path)?;
        let length = (0..=path.len())
            .rev()
            .find(|&length| self.sources.contains_key(&path[..length]))?;
        let (found, source) = self.sources.get_key_value(&path[..length])?;
        let Some(name) = path.get(length) else {
            return Some(found);
        };
        let mut reexports = source.imports.iter();
        let reexport = reexports.find(|import| import.is_reexport && import.name == *name);
        match reexport.filter(|reexport| seen.insert(reexport)) {
            Some(reexport) => self.definer(found, &reexport.path, seen).or(Some(found)),
            None => Some(found),
        }
    }

    /// The path from the crate's root; `None` for another crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut absolute = match first.as_str() {
            "crate" => ModulePath::new(),
            "self" => module.to_vec(),
            "super" => module.split_last()?.1.to_vec(),
            child => {
                let absolute = [module, &[child.to_owned()]].concat();
                if !self.sources.contains_key(&absolute) {
                    return None;
                }
                absolute
            }
        };
        for name in rest {
            if name == "super" {
                absolute.pop()?;
            } else {
                absolute.push(name.clone());
            }
        }
        Some(absolute)
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |source| Failure::file("read", directory, source);
    let entries = std::fs::read_dir(directory).map_err(failed)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed));
    paths.collect()
}

/// The shortest circle through `start`, from `start` to the file that imports it again.
fn shortest_circle<'a>(
    graph: &BTreeMap<&'a ModulePath, BTreeSet<&'a ModulePath>>,
    start: &'a ModulePath,
) -> Option<Vec<&'a ModulePath>> {
    let mut importers: BTreeMap<&ModulePath, &ModulePath> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(module) = queue.pop_front() {
        for &imported in graph.get(module).into_iter().flatten() {
            if imported == start {
                let mut circle = vec![module];
                while let Some(&importer) = importers.get(circle[circle.len() - 1]) {
                    circle.push(importer);
                }
                circle.reverse();
                return Some(circle);
            }
            if !importers.contains_key(imported) {
                importers.insert(imported, module);
                queue.push_back(imported);
            }
        }
    }
    None
}

fn file_of(module: &ModulePath) -> String {
    if module.is_empty() {
        "lib.rs".to_owned()
    } else {
        format!("{}.rs", module.join("/"))
    }
}

#[cfg(test)]
mod tests;
