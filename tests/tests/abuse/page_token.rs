//! Forged page tokens, and tokens of another list.

use seatkeeper_proto::v1::{
    CheckProductEligibilityRequest, ErrorReason, ListAssignedUsersRequest, ListBatchResultsRequest,
    ListJournalEntriesRequest, ListLicensesRequest, ListProductsRequest, ListServicePlansRequest,
    ListUsersRequest, SummarizeLicensesRequest,
};
use seatkeeper_tests::{Database, Fixture, assign, everyone, on_each_database, product, refusal};
use tonic::{Code, Response, Status};

use crate::bystander::Bystander;
use crate::rng::Rng;
use crate::test_server::TestServer;

/// Number of forged tokens per list.
const FORGED: usize = 100;
/// The alphabet of base64url, the encoding of page tokens.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A list whose first page is not the last.
#[derive(Debug, Clone, Copy)]
enum List {
    Users,
    UsersByName,
    Licenses,
    AssignedUsers,
    BatchResults,
    JournalEntries,
    Products,
    ServicePlans,
    Summaries,
    Eligibilities,
}

const LISTS: [List; 10] = [
    List::Users,
    List::UsersByName,
    List::Licenses,
    List::AssignedUsers,
    List::BatchResults,
    List::JournalEntries,
    List::Products,
    List::ServicePlans,
    List::Summaries,
    List::Eligibilities,
];

/// Requests a page of one item and returns the next page token.
macro_rules! page {
    ($client:expr, $method:ident, $request:expr, $token:expr) => {{
        let given = $request;
        let mut request = given;
        request.page_size = 1;
        request.page_token = $token;
        let answer = $client.$method(request).await;
        answer
            .map(Response::into_inner)
            .map(|page| page.next_page_token)
    }};
}

impl List {
    #[expect(
        clippy::too_many_lines,
        reason = "a table, with a few lines for each row"
    )]
    async fn page(
        self,
        fixture: &Fixture,
        batch: &str,
        page_token: String,
    ) -> Result<String, Status> {
        let connection = &fixture.connection;
        let parent = || fixture.customer.clone();
        match self {
            Self::Users => page!(
                connection.directory(),
                list_users,
                ListUsersRequest {
                    parent: parent(),
                    ..ListUsersRequest::default()
                },
                page_token
            ),
            Self::UsersByName => page!(
                connection.directory(),
                list_users,
                ListUsersRequest {
                    parent: parent(),
                    order_by: "display_name".to_owned(),
                    ..ListUsersRequest::default()
                },
                page_token
            ),
            Self::Licenses => page!(
                connection.licenses(),
                list_licenses,
                ListLicensesRequest {
                    parent: fixture.user("-"),
                    ..ListLicensesRequest::default()
                },
                page_token
            ),
            Self::AssignedUsers => page!(
                connection.licenses(),
                list_assigned_users,
                ListAssignedUsersRequest {
                    parent: parent(),
                    selection: Some(everyone()),
                    product: product("suite"),
                    ..ListAssignedUsersRequest::default()
                },
                page_token
            ),
            Self::BatchResults => page!(
                connection.batches(),
                list_batch_results,
                ListBatchResultsRequest {
                    name: batch.to_owned(),
                    ..ListBatchResultsRequest::default()
                },
                page_token
            ),
            Self::JournalEntries => page!(
                connection.journal(),
                list_journal_entries,
                ListJournalEntriesRequest {
                    parent: parent(),
                    ..ListJournalEntriesRequest::default()
                },
                page_token
            ),
            Self::Products => page!(
                connection.catalog(),
                list_products,
                ListProductsRequest::default(),
                page_token
            ),
            Self::ServicePlans => page!(
                connection.catalog(),
                list_service_plans,
                ListServicePlansRequest {
                    parent: product("-"),
                    ..ListServicePlansRequest::default()
                },
                page_token
            ),
            Self::Summaries => page!(
                connection.licenses(),
                summarize_licenses,
                SummarizeLicensesRequest {
                    parent: parent(),
                    selection: Some(everyone()),
                    ..SummarizeLicensesRequest::default()
                },
                page_token
            ),
            Self::Eligibilities => page!(
                connection.licenses(),
                check_product_eligibility,
                CheckProductEligibilityRequest {
                    name: fixture.user("u1"),
                    ..CheckProductEligibilityRequest::default()
                },
                page_token
            ),
        }
    }
}

/// A token that differs from a genuine one.
fn forged(token: &str, rng: &mut Rng) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let letter = |rng: &mut Rng| ALPHABET[rng.below(ALPHABET.len())];
    match rng.below(4) {
        0 => bytes.truncate(1 + rng.below(bytes.len() - 1)),
        1 => (0..=rng.below(8)).for_each(|_| bytes.push(letter(rng))),
        2 => bytes = (0..=rng.below(100)).map(|_| letter(rng)).collect(),
        _ => {
            // The cursor and its MAC are near the end of a token.
            let index = bytes.len() - 1 - rng.below(bytes.len());
            bytes[index] = letter(rng);
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn a_token_that_was_changed_is_refused(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    let fixture = &test_server.fixture;
    let batch = fixture.change(assign(&["suite"]), everyone()).await.batch();
    fixture.buy("addon", 1).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut rng = Rng::of(9);
    for list in LISTS {
        let token = list.page(fixture, &batch, String::new()).await.unwrap();
        assert!(!token.is_empty(), "{list:?} has one page");
        list.page(fixture, &batch, token.clone()).await.unwrap();
        for _ in 0..FORGED {
            let forged = forged(&token, &mut rng);
            if forged == token {
                continue;
            }
            let answer = list.page(fixture, &batch, forged.clone()).await;
            let Err(status) = answer else {
                panic!("{list:?} accepts {forged}, forged from {token}");
            };
            let what = format!("{list:?} {forged} for {token}: {status:?}");
            assert_eq!(status.code(), Code::InvalidArgument, "{what}");
            assert_eq!(
                refusal(&status).reason,
                ErrorReason::PageTokenInvalid,
                "{what}"
            );
        }
    }
    bystander.assert_unharmed_on(&test_server).await;
    test_server.finish();
}

/// Every list rejects the genuine tokens of all other lists.
async fn a_token_of_another_list_is_refused(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    let fixture = &test_server.fixture;
    let batch = fixture.change(assign(&["suite"]), everyone()).await.batch();
    fixture.buy("addon", 1).await;
    for (of, list) in LISTS.into_iter().enumerate() {
        let token = list.page(fixture, &batch, String::new()).await.unwrap();
        for (other, list) in LISTS.into_iter().enumerate() {
            let answer = list.page(fixture, &batch, token.clone()).await;
            if of == other {
                answer.unwrap();
                continue;
            }
            let refusal = refusal(&answer.unwrap_err());
            let reasons = [
                ErrorReason::PageTokenMismatch,
                ErrorReason::PageTokenInvalid,
            ];
            assert_eq!(refusal.code, Code::InvalidArgument, "{list:?}: {refusal:?}");
            assert!(reasons.contains(&refusal.reason), "{list:?}: {refusal:?}");
        }
    }
    test_server.finish();
}

on_each_database! {
    a_token_that_was_changed_is_refused,
    a_token_of_another_list_is_refused,
}
