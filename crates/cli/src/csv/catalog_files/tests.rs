use super::*;
use crate::csv::Problem;

const FOUNDATION: &str = "products/-/servicePlans/113feb6c-3fe4-4440-bddc-54d774bf0318";

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

fn files(names: &[&str]) -> CatalogFiles {
    let mut files = CatalogFiles::default();
    for name in names {
        files.read(&file(name)).unwrap();
    }
    files
}

fn of_text(texts: &[&'static str]) -> CatalogFiles {
    let mut files = CatalogFiles::default();
    for text in texts {
        let reader = CsvReader::of_text("f.csv", text.as_bytes()).unwrap();
        files.take(reader).unwrap();
    }
    files
}

fn refusal(text: &'static str) -> CsvError {
    let mut files = CatalogFiles::default();
    let reader = CsvReader::of_text("f.csv", text.as_bytes()).unwrap();
    files.take(reader).unwrap_err()
}

#[test]
fn the_real_catalog_has_its_products_plans_and_pairs() {
    let items = files(&["catalog.csv"]).into_items().unwrap();
    assert_eq!(items.products.len(), 619);
    let pairs: usize = items.products.iter().map(|p| p.service_plans.len()).sum();
    assert_eq!(pairs, 5_959);
    let plans: BTreeSet<_> = items.plans.iter().map(|plan| &plan.name).collect();
    assert_eq!(plans.len(), 791);
    assert!(items.rules.is_empty());
}

#[test]
fn the_real_rules_become_one_rule_per_group_and_plan() {
    let items = files(&["exclusions.csv", "dependencies.csv", "locations-sample.csv"])
        .into_items()
        .unwrap();
    assert_eq!(items.rules.len(), 8 + 3 + 4);
}

#[test]
fn a_plan_in_two_spellings_is_sent_in_both() {
    let items = files(&["catalog.csv"]).into_items().unwrap();
    let spellings = items.plans.iter().filter(|plan| plan.name == FOUNDATION);
    assert!(spellings.count() > 1);
}

#[test]
fn the_most_common_spelling_comes_first() {
    let items = files(&["catalog.csv"]).into_items().unwrap();
    let sharepoint = "products/-/servicePlans/5dbe027f-2339-4123-9542-606e4d348a72";
    let first = items.plans.iter().find(|plan| plan.name == sharepoint);
    assert_eq!(first.unwrap().part_number, "SHAREPOINTENTERPRISE");
    assert_eq!(first.unwrap().display_name, "SharePoint (Plan 2)");
}

#[test]
fn a_company_plan_is_marked_in_every_spelling() {
    let items = files(&["applies-to-sample.csv", "catalog.csv"])
        .into_items()
        .unwrap();
    for plan in items.plans.iter().filter(|plan| plan.name == FOUNDATION) {
        assert_eq!(plan.applies_to(), AppliesTo::Company);
    }
}

#[test]
fn an_applies_to_row_for_an_unknown_item_is_refused() {
    let marks = of_text(&["kind,id,applies_to\nproduct,p9,company\n"]);
    let error = marks.into_items().unwrap_err();
    assert_eq!((error.line, error.column.as_deref()), (Some(2), Some("id")));
    assert!(matches!(error.problem, Problem::NotInThisImport { .. }));
}

#[test]
fn the_published_header_is_known_too() {
    let text = "\u{feff}Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,\
                Service_Plans_Included_Friendly_Names\t\nOne,ONE,P1,PLAN,S1,A plan\t\n";
    let items = of_text(&[text]).into_items().unwrap();
    assert_eq!(items.products[0].part_number, "ONE");
    assert_eq!(items.plans[0].display_name, "A plan");
}

#[test]
fn an_empty_identifier_names_file_line_and_column() {
    let error = refusal("exclusion_group,service_plan_id\nG,s1\nG,\n");
    assert_eq!(error.to_string(), "f.csv line 3, column `service_plan_id`");
    assert!(matches!(error.problem, Problem::Empty));
}

#[test]
fn a_country_of_three_letters_is_refused() {
    let error = refusal("service_plan_id,prohibited_country\ns1,CHE\n");
    assert!(matches!(error.problem, Problem::NotACountry(_)));
}

#[test]
fn a_header_of_something_else_is_refused_with_its_columns() {
    let error = refusal("shoe,size\n1,2\n");
    assert!(error.problem.to_string().contains("shoe"));
}
