use super::*;

fn directory_with(programs: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for program in programs {
        fs::write(dir.path().join(program), "").unwrap();
    }
    dir
}

#[test]
fn a_directory_without_a_sibling_is_passed_over() {
    let partial = directory_with(&["initdb", "pg_ctl", "postgres"]);
    let complete = directory_with(&PROGRAMS);
    let directories = vec![partial.path().to_path_buf(), complete.path().to_path_buf()];
    let found = PostgresBinaries::first_of(directories).unwrap();
    assert_eq!(found.dir(), complete.path());
}

#[test]
fn nothing_found_says_what_to_do_and_where_it_looked() {
    let empty = directory_with(&[]);
    let error = PostgresBinaries::first_of(vec![empty.path().to_path_buf()]).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("cargo xtask setup"), "{message}");
    assert!(message.contains(BIN_DIR_VARIABLE), "{message}");
    let directory = empty.path().display().to_string();
    assert!(message.contains(&directory), "{message}");
}

#[test]
fn the_newest_version_comes_first_by_number() {
    let root = tempfile::tempdir().unwrap();
    for version in ["9", "15", "18", "not-a-version"] {
        fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
    }
    let expected: Vec<_> = ["18", "15", "9"]
        .iter()
        .map(|version| root.path().join(version).join("bin"))
        .collect();
    assert_eq!(system_dirs(root.path()), expected);
}
