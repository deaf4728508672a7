use std::path::{Path, PathBuf};

use seatkeeper_tests::{CommandLine, Database, Ended, Scratch, Server, Storage, on_each_database};

const FILES: [&str; 4] = [
    "catalog.csv",
    "exclusions.csv",
    "dependencies.csv",
    "locations-sample.csv",
];

/// The real-world catalog in this repository.
fn files() -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/cli/data");
    let paths = FILES.map(|name| directory.join(name));
    paths.map(text).to_vec()
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

/// Imports files into an empty server.
async fn import(database: Database, files: &[String], options: &[&str]) -> (Server, Ended) {
    let server = Server::start(Storage::create(database));
    let mut words = vec!["catalog", "import", "--output", "json"];
    words.extend(files.iter().map(String::as_str));
    words.extend(options);
    let ended = CommandLine::to(server.url()).run(&words).await;
    (server, ended)
}

async fn the_real_catalog_is_imported(database: Database) {
    let (_server, ended) = import(database, &files(), &[]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let catalog = &ended.objects()[0]["catalog"];
    assert_eq!(catalog["product_count"], 619);
    assert_eq!(catalog["exclusion_group_count"], 8);
}

async fn a_byte_order_mark_and_trailing_tabs_are_passed_over(database: Database) {
    let scratch = Scratch::create();
    let catalog = std::fs::read_to_string(&files()[0]).unwrap();
    let soiled = format!("\u{feff}{}", catalog.replace('\n', "\t\t\n"));
    let path = text(scratch.write("catalog.csv", &soiled));
    let (_server, ended) = import(database, &[path], &[]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.objects()[0]["catalog"]["product_count"], 619);
}

async fn a_product_is_found_by_its_part_number(database: Database) {
    let (server, _) = import(database, &files(), &[]).await;
    let line = CommandLine::to(server.url());
    let shown = line.objects(&["catalog", "show", "SPE_E3"]).await;
    let shown = serde_json::to_string(&shown).unwrap();
    assert!(
        shown.contains("05e9a617-0261-4cee-bb44-138d3ef5d965"),
        "{shown}"
    );
}

async fn an_ambiguous_part_number_is_reported(database: Database) {
    let (server, _) = import(database, &files(), &[]).await;
    let line = CommandLine::to(server.url());
    let ended = line.run(&["catalog", "show", "MCOPSTN5"]).await;
    assert_ne!(ended.code, 0);
    let candidates = ended.complaints.matches("MCOPSTN5").count();
    assert!(candidates >= 2, "{ended:?}");
}

async fn a_dry_run_imports_nothing(database: Database) {
    let (server, ended) = import(database, &files(), &["--dry-run"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let line = CommandLine::to(server.url());
    let products = line.run(&["catalog", "products", "--output", "json"]).await;
    assert!(
        products.output.is_empty() || products.code == 1,
        "{products:?}"
    );
}

async fn a_broken_file_is_refused_with_the_position(database: Database) {
    let scratch = Scratch::create();
    let broken = "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,\
                  Service_Plans_Included_Friendly_Names\nOne,ONE,not/an/id,P,p,A plan\n";
    let path = text(scratch.write("broken.csv", broken));
    let (_server, ended) = import(database, std::slice::from_ref(&path), &[]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.complaints.contains("broken.csv"), "{ended:?}");
    assert!(ended.complaints.contains("line 2"), "{ended:?}");
}

on_each_database! {
    the_real_catalog_is_imported,
    a_byte_order_mark_and_trailing_tabs_are_passed_over,
    a_product_is_found_by_its_part_number,
    an_ambiguous_part_number_is_reported,
    a_dry_run_imports_nothing,
    a_broken_file_is_refused_with_the_position,
}
