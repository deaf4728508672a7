use seatkeeper_proto::v1::{
    CheckProductEligibilityRequest, CheckProductEligibilityResponse, ErrorReason,
    ProductEligibility, Violation, ViolationType,
};
use seatkeeper_tests::{
    CommandLine, Scene, assign, listed, on_each_database, plan, product, refused,
};
use tonic::Code;

fn request(scene: &Scene, user: &str, products: &[&str]) -> CheckProductEligibilityRequest {
    CheckProductEligibilityRequest {
        name: scene.user(user),
        products: products.iter().map(|id| product(id)).collect(),
        ..CheckProductEligibilityRequest::default()
    }
}

async fn check(
    scene: &Scene,
    request: CheckProductEligibilityRequest,
) -> CheckProductEligibilityResponse {
    let answer = scene
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

async fn each_entitled_product_says_whether_and_why_not(scene: Scene) {
    scene.import_users(vec![scene.person("raj", "IN")]).await;
    for id in ["suite", "lite", "addon"] {
        scene.buy(id, 1).await;
    }
    scene
        .change(assign(&["lite"]), listed(scene.users(&["raj"])))
        .await;
    let answer = check(&scene, request(&scene, "raj", &[])).await;
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
    assert_eq!(scene.holdings().await, ["raj:lite"]);
}

async fn products_without_an_entitlement_can_be_asked_for(scene: Scene) {
    scene.add_users(1).await;
    let answer = check(&scene, request(&scene, "u1", &["tenant", "suite"])).await;
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

async fn a_user_whom_nobody_knows_is_not_found(scene: Scene) {
    let request = request(&scene, "nobody", &["suite"]);
    let answer = scene
        .connection
        .licenses()
        .check_product_eligibility(request)
        .await;
    refused(answer).is(Code::NotFound, ErrorReason::UserNotFound);
}

async fn a_person_reads_why_not(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    scene.buy("addon", 1).await;
    let words = ["eligibility", "u1", "--customer", scene.customer_id()];
    let ended = CommandLine::of(&scene).run(&words).await;
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
    a_user_whom_nobody_knows_is_not_found,
    a_person_reads_why_not,
}
