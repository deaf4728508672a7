//! Small messages that grow many times over when the server decompresses and decodes them.

use std::time::{Duration, Instant};

use bytes::Bytes;
use seatkeeper_proto::v1::import_users_request::{Content, Header};
use seatkeeper_proto::v1::{ImportCatalogRequest, ImportUsersRequest, import_catalog_request};
use seatkeeper_tests::{Database, on_each_database};
use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{CLIENT, Raw};
use crate::test_server::TestServer;
use crate::wire::{compressed, dense, field, framed};

/// Size of a message with a list of users, just within the accepted size. Other messages use
/// `SHORT_BYTES`.
const LONG_BYTES: usize = 16 * 1024 * 1024 - 1024;
const SHORT_BYTES: usize = 4 * 1024 * 1024 - 1024;
/// Number of concurrent calls.
const AT_ONCE: usize = 4;
/// Bound of the time until a rejection, on a slow machine. Decoding the message would take longer.
const REFUSED_WITHIN: Duration = Duration::from_secs(10);

/// A method to attack: its first message, and the repeated field that the attack fills, given by
/// the enclosing fields and the field number.
struct Attack {
    path: &'static str,
    first: Option<Bytes>,
    outer: &'static [u32],
    repeated: u32,
    bytes: usize,
    /// Fields that the method checks before the list.
    others: Vec<u8>,
}

/// The methods whose messages grow the most when decoded.
#[expect(
    clippy::too_many_lines,
    reason = "a table, with a few lines for each row"
)]
fn attacks(customer: &str) -> Vec<Attack> {
    let users = ImportUsersRequest {
        content: Some(Content::Header(Header {
            parent: customer.to_owned(),
            ..Header::default()
        })),
    };
    let catalog = ImportCatalogRequest {
        content: Some(import_catalog_request::Content::Header(
            import_catalog_request::Header::default(),
        )),
    };
    let parent = || field(1, customer.as_bytes());
    let attack = |path, outer, repeated, bytes, others| Attack {
        path,
        first: None,
        outer,
        repeated,
        bytes,
        others,
    };
    vec![
        Attack {
            first: Some(framed(&users)),
            ..attack(
                "/seatkeeper.v1.DirectoryService/ImportUsers",
                &[2],
                1,
                LONG_BYTES,
                vec![],
            )
        },
        attack(
            "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
            &[2],
            1,
            LONG_BYTES,
            parent(),
        ),
        attack(
            "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
            &[3, 1],
            1,
            LONG_BYTES,
            parent(),
        ),
        attack(
            "/seatkeeper.v1.LicenseService/StreamBatchUpdateLicenses",
            &[1, 2],
            1,
            LONG_BYTES,
            vec![],
        ),
        attack(
            "/seatkeeper.v1.SelectionService/CreateSelection",
            &[2],
            1,
            LONG_BYTES,
            vec![],
        ),
        attack(
            "/seatkeeper.v1.LicenseService/SummarizeLicenses",
            &[],
            3,
            LONG_BYTES,
            parent(),
        ),
        Attack {
            first: Some(framed(&catalog)),
            ..attack(
                "/seatkeeper.v1.CatalogService/ImportCatalog",
                &[2],
                1,
                LONG_BYTES,
                vec![],
            )
        },
        Attack {
            first: Some(framed(&catalog)),
            ..attack(
                "/seatkeeper.v1.CatalogService/ImportCatalog",
                &[2],
                3,
                SHORT_BYTES,
                vec![],
            )
        },
        attack(
            "/seatkeeper.v1.LicenseService/UpdateUserLicenses",
            &[2],
            1,
            SHORT_BYTES,
            vec![],
        ),
        attack(
            "/seatkeeper.v1.LicenseService/CheckProductEligibility",
            &[],
            2,
            SHORT_BYTES,
            vec![],
        ),
        attack(
            "/seatkeeper.v1.EntitlementService/ReduceSeats",
            &[],
            4,
            SHORT_BYTES,
            vec![],
        ),
        attack(
            "/seatkeeper.v1.DirectoryService/UpdateUser",
            &[2],
            1,
            SHORT_BYTES,
            vec![],
        ),
    ]
}

impl Attack {
    fn body(&self) -> Bytes {
        let mut message = self.others.clone();
        message.extend(dense(
            self.outer,
            self.repeated,
            self.bytes - self.others.len(),
        ));
        let first = self.first.clone().unwrap_or_default();
        [first, compressed(&message)].concat().into()
    }
}

async fn a_message_of_many_elements_is_refused_before_it_is_decoded(database: Database) {
    let test_server = TestServer::start(database, &[]).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    let attacks = attacks(&test_server.fixture.customer);
    let begin = Instant::now();
    for attacks in attacks.chunks(AT_ONCE) {
        let bodies = attacks.iter().map(Attack::body).collect::<Vec<_>>();
        let begin = Instant::now();
        let mut calls = Vec::new();
        for (attack, body) in attacks.iter().zip(bodies) {
            let headers = [("grpc-encoding", "zstd")];
            calls.push((attack, raw.call(attack.path, &headers, body).await.unwrap()));
        }
        for (attack, call) in calls {
            let answer = call.answer().await.unwrap();
            let status = answer.status();
            let refused = [Code::InvalidArgument, Code::ResourceExhausted];
            assert!(
                refused.contains(&status.code()),
                "{}: {status:?}",
                attack.path
            );
            let taken = begin.elapsed();
            assert!(taken < REFUSED_WITHIN, "{} after {taken:?}", attack.path);
        }
    }
    eprintln!("rejected within {:?}", begin.elapsed());
    bystander.assert_unharmed_on(&test_server).await;
    test_server.finish();
}

on_each_database! {
    a_message_of_many_elements_is_refused_before_it_is_decoded,
}
