use super::*;

/// A workspace with the names of the real members. One crate declares the given dependencies.
fn workspace(package: &str, dependencies: &str) -> Metadata {
    let others = LAYERS
        .iter()
        .filter(|layer| layer.package != package)
        .map(|layer| format!(r#"{{"name": "{}", "dependencies": []}}"#, layer.package));
    let tested = format!(r#"{{"name": "{package}", "dependencies": [{dependencies}]}}"#);
    let packages: Vec<_> = others.chain([tested]).collect();
    let json = format!(r#"{{"packages": [{}]}}"#, packages.join(","));
    serde_json::from_str(&json).unwrap()
}

fn violations_of(package: &str, dependencies: &str) -> Vec<String> {
    check(&workspace(package, dependencies), LAYERS)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn an_import_upwards_is_named() {
    let violations = violations_of(
        "seatkeeper-store",
        r#"{"name": "seatkeeper-domain", "kind": null},
           {"name": "seatkeeper-engine", "kind": null}"#,
    );
    assert_eq!(
        violations,
        [
            "seatkeeper-store: [dependencies] seatkeeper-engine: this layer may use only seatkeeper-domain, seatkeeper-failpoints of this workspace"
        ]
    );
}

#[test]
fn the_contract_is_hidden_from_the_lower_layers_even_in_tests() {
    for package in ["seatkeeper-domain", "seatkeeper-store", "seatkeeper-engine"] {
        let violations = violations_of(package, r#"{"name": "seatkeeper-proto", "kind": "dev"}"#);
        assert_eq!(violations.len(), 1, "{package}: {violations:?}");
        assert!(
            violations[0].contains("[dev-dependencies] seatkeeper-proto"),
            "{violations:?}"
        );
    }
}

#[test]
fn a_crate_that_the_layer_must_not_know_is_named_with_the_reason() {
    let cases = [
        ("seatkeeper-domain", "serde_json", "own types"),
        ("seatkeeper-domain", "tokio", "never waits"),
        ("seatkeeper-domain", "uuid", "from outside"),
        ("seatkeeper-store", "tonic-health", "gRPC"),
        ("seatkeeper-engine", "sea-orm", "databases"),
        ("seatkeeper-engine", "prost", "own types"),
        ("seatkeeper-server", "sea-orm-migration", "databases"),
        ("seatkeeper", "sqlx", "databases"),
    ];
    for (package, dependency, reason) in cases {
        let violations = violations_of(package, &format!(r#"{{"name": "{dependency}"}}"#));
        assert_eq!(
            violations.len(),
            1,
            "{package}: {dependency}: {violations:?}"
        );
        assert!(violations[0].contains(reason), "{violations:?}");
    }
}

#[test]
fn a_name_that_only_begins_alike_is_no_relative() {
    assert!(violations_of("seatkeeper-domain", r#"{"name": "timeless"}"#).is_empty());
}

#[test]
fn the_test_kit_is_for_tests() {
    let in_tests = r#"{"name": "seatkeeper-testkit", "kind": "dev"}"#;
    assert!(violations_of("seatkeeper-store", in_tests).is_empty());
    let in_production = r#"{"name": "seatkeeper-testkit", "kind": null}"#;
    assert_eq!(violations_of("seatkeeper-store", in_production).len(), 1);
}

#[test]
fn a_crate_without_a_layer_is_named() {
    let violations = violations_of("seatkeeper-novelty", "");
    assert_eq!(
        violations,
        ["seatkeeper-novelty: give it a layer in crates/xtask/src/layers/table.rs"]
    );
}
