use seatkeeper_proto::v1::{
    CheckProductEligibilityRequest, CheckProductEligibilityResponse, ErrorReason,
    ProductEligibility, Violation, ViolationType,
};
use seatkeeper_tests::{
    CommandLine, Fixture, assign, listed, on_each_database, plan, product, refused,
};
use tonic::Code;

fn request(fixture: &Fixture, user: &str, products: &[&str]) -> CheckProductEligibilityRequest {
    CheckProductEligibilityRequest {
        name: fixture.user(user),
        products: products.iter().map(|id| product(id)).collect(),
        ..CheckProductEligibilityRequest::default()
    }
}

async fn check(
    fixture: &Fixture,
    request: CheckProductEligibilityRequest,
) -> CheckProductEligibilityResponse {
    let answer = fixture
        .connection
        .licenses()
        .check_product_eligibility(request)
        .await;
    answer.unwrap().into_inner()
}

fn violations(found: &ProductEligibility) -> Vec<ViolationType> {
    let violations = found.violations.iter();
    violations.map(Violation::r#type).collect()
}

async fn each_entitled_product_says_whether_and_why_not(fixture: Fixture) {
    fixture
        .import_users(vec![fixture.person("raj", "IN")])
        .await;
    for id in ["suite", "lite", "addon"] {
        fixture.buy(id, 1).await;
    }
    fixture
        .change(assign(&["lite"]), listed(fixture.users(&["raj"])))
        .await;
    let answer = check(&fixture, request(&fixture, "raj", &[])).await;
    let [addon, lite, suite] = &answer.eligibilities[..] else {
        panic!("{answer:?}");
    };
    assert_eq!(
        violations(addon),
        [
            ViolationType::ProhibitedInUsageLocation,
            ViolationType::DependencyMissing
        ]
    );
    assert_eq!(addon.plans_to_disable, [""; 0]);
    assert!(lite.held && lite.eligible);
    assert!(!suite.held && !suite.eligible);
    assert_eq!(violations(suite), [ViolationType::MutuallyExclusive]);
    assert_eq!(suite.plans_to_disable, [plan("suite", "mail")]);
    assert_eq!(fixture.holdings().await, ["raj:lite"]);
}

async fn products_without_an_entitlement_can_be_asked_for(fixture: Fixture) {
    fixture.add_users(1).await;
    let answer = check(&fixture, request(&fixture, "u1", &["tenant", "suite"])).await;
    let [tenant, suite] = &answer.eligibilities[..] else {
        panic!("{answer:?}");
    };
    assert_eq!(
        violations(tenant),
        [
            ViolationType::NotEntitled,
            ViolationType::NotAssignableToUser
        ]
    );
    assert_eq!(violations(suite), [ViolationType::NotEntitled]);
}

async fn an_unknown_user_is_not_found(fixture: Fixture) {
    let request = request(&fixture, "nobody", &["suite"]);
    let answer = fixture
        .connection
        .licenses()
        .check_product_eligibility(request)
        .await;
    refused(answer).is(Code::NotFound, ErrorReason::UserNotFound);
}

async fn a_person_reads_why_not(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture.buy("addon", 1).await;
    let words = ["eligibility", "u1", "--customer", fixture.customer_id()];
    let ended = CommandLine::of(&fixture).run(&words).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let line_of = |label: &str| {
        let mut lines = ended.output.lines();
        lines.find(|line| line.contains(label)).unwrap()
    };
    assert!(line_of("SUITE").contains('✔'), "{ended:?}");
    assert!(line_of("ADDON").contains('✘'), "{ended:?}");
    assert!(ended.output.contains("needs one of"), "{ended:?}");
}

on_each_database! {
    each_entitled_product_says_whether_and_why_not,
    products_without_an_entitlement_can_be_asked_for,
    an_unknown_user_is_not_found,
    a_person_reads_why_not,
}
