use super::*;

/// The circles of a crate with these files.
fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let mut modules = Modules::default();
    for (file, text) in files {
        let module = file.trim_end_matches(".rs").split('/');
        let module = module.filter(|name| *name != "lib").map(str::to_owned);
        modules.add(module.collect(), text);
    }
    let circles = modules.circles();
    circles.iter().map(|files| files.join(" ")).collect()
}

#[test]
fn a_planted_circle_is_reported_once_with_its_files() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub(crate) struct A(B);"),
        ("b.rs", "use super::c::{C, D as E}; pub(crate) struct B(C);"),
        (
            "c.rs",
            "pub(crate) struct C; fn find() -> crate::a::A { todo!() }",
        ),
        ("d.rs", "use crate::a::A;"),
    ]);
    assert_eq!(found, ["a.rs b.rs c.rs"]);
}

#[test]
fn each_of_two_circles_is_reported() {
    let found = circles(&[
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::a::A;"),
        ("c.rs", "use crate::d::D;"),
        ("d.rs", "use crate::c::C;"),
    ]);
    assert_eq!(found, ["a.rs b.rs", "c.rs d.rs"]);
}

#[test]
fn a_reexport_leads_to_the_file_that_defines_the_name() {
    let found = circles(&[
        ("lib.rs", "mod engine; mod room; pub use engine::Engine;"),
        (
            "engine.rs",
            "use crate::room::State; pub struct Engine(State);",
        ),
        (
            "room.rs",
            "mod case; mod state; pub(crate) use state::State;",
        ),
        ("room/case.rs", "use crate::Engine; impl Engine {}"),
        ("room/state.rs", "pub(crate) struct State;"),
    ]);
    assert!(found.is_empty(), "{found:?}");
    let found = circles(&[
        ("lib.rs", "mod engine; mod room; pub use engine::Engine;"),
        (
            "engine.rs",
            "use crate::room::State; pub struct Engine(State);",
        ),
        ("room.rs", "mod state; pub(crate) use state::State;"),
        (
            "room/state.rs",
            "use crate::Engine; pub(crate) struct State;",
        ),
    ]);
    assert_eq!(found, ["engine.rs room/state.rs"]);
}

#[test]
fn a_parent_imports_the_children_whose_names_its_code_uses() {
    let child = (
        "room/child.rs",
        "use super::Parent; pub(crate) struct Child(Parent);",
    );
    let declares = "mod child; pub(crate) use child::{Child,}; pub(crate) struct Parent;";
    assert!(circles(&[("room.rs", declares), child]).is_empty());
    let uses = format!("{declares} fn child(_: Child) {{}}");
    assert_eq!(
        circles(&[("room.rs", &uses), child]),
        ["room.rs room/child.rs"]
    );
    let names = "mod child; pub(crate) struct Parent; fn child(_: child::Child) {}";
    assert_eq!(
        circles(&[("room.rs", names), child]),
        ["room.rs room/child.rs"]
    );
}

#[test]
fn comments_literals_tests_and_visibility_are_no_imports() {
    let found = circles(&[
        (
            "a.rs",
            "use crate::b::B; pub(in crate::a) struct A<'a>(&'a B);",
        ),
        (
            "b.rs",
            r##"/// See [`crate::a::A`]. /* use crate::a::A; */
            /* use crate::a::A; */
            const TEXT: (&str, &str, char) = ("\"crate::a::A", r#""crate::a::A"#, '"');
            #[cfg(test)]
            mod tests { use crate::a::A; mod inner {} use super::super::a; }
            #[cfg(test)]
            use crate::a::A;
            pub(crate) struct B;"##,
        ),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_checked_crates_exist() {
    for directory in CHECKED {
        let modules = Modules::read(&crate::workspace::root().join(directory)).unwrap();
        assert!(modules.sources.len() > 1, "{directory}");
    }
}
