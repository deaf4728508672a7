use std::sync::Arc;

use seatkeeper_proto::v1::{
    Assignment, BatchUpdateLicensesRequest, Change, CreateUserRequest, DeleteUserRequest,
    PurchaseSeatsRequest, ShortagePolicy, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    Connection, Database, Fixture, Launch, OwnServer, Server, Storage, assign, assignment,
    everyone, import_catalog, listed, revoke, swap,
};

/// Small segments, and leases that outlast the test.
const PACE: [&str; 4] = ["--segment-users", "8", "--lease-milliseconds", "60000"];

/// A storage with data of every kind. It includes a batch that was accepted and never run, with
/// reserved seats. No server runs on it.
pub(crate) async fn storage(database: Database) -> Arc<Storage> {
    let storage = Arc::new(Storage::create(database));
    let server = Server::start_on(Arc::clone(&storage), Launch::with_fault_injection(&PACE));
    import_catalog(&Connection::open(server.url()).await).await;
    let mut own = OwnServer {
        fixture: Fixture::on(&server).await,
        server,
    };
    populate(&own.fixture).await;
    own.server.kill();
    let dying =
        Launch::with_fault_injection(&PACE).with("SEATKEEPER_FAILPOINT", "chunk-begun:1:abort");
    let server = Server::start_on(Arc::clone(&storage), dying);
    let fixture = Fixture {
        connection: Connection::open(server.url()).await,
        ..own.fixture.clone()
    };
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::RequireAll.into(),
        ..fixture.request(swap(&["suite"], &["lite"]), users(&fixture, 51..=58))
    };
    // The server aborts in the first chunk of the batch.
    if let Ok(mut reading) = fixture.start(request).await {
        while let Ok(Some(_)) = reading.next().await {}
    }
    storage
}

fn users(
    fixture: &Fixture,
    numbers: std::ops::RangeInclusive<u32>,
) -> seatkeeper_proto::v1::UserSelector {
    listed(numbers.map(|number| fixture.user(&format!("u{number}"))))
}

/// Creates batches 1 to 6, and data of all other kinds.
async fn populate(fixture: &Fixture) {
    fixture.add_users(60).await;
    for (product, seats) in [("suite", 50), ("lite", 30), ("addon", 20)] {
        fixture.buy(product, seats).await;
    }
    fixture.change(assign(&["suite"]), everyone()).await;
    fixture
        .change(swap(&["suite"], &["lite"]), users(fixture, 1..=5))
        .await;
    let without_chat = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    fixture.change(without_chat, users(fixture, 20..=29)).await;
    fixture
        .change(revoke(&["suite"]), users(fixture, 40..=70))
        .await;
    let once = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..fixture.request(assign(&["addon"]), users(fixture, 10..=15))
    };
    fixture.run(once).await;
    let waitlisting = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    fixture.run(waitlisting).await;
    singly(fixture).await;
    add_and_delete_a_user(fixture).await;
}

async fn singly(fixture: &Fixture) {
    let request = UpdateUserLicensesRequest {
        name: fixture.user("u59"),
        change: Some(Change {
            assign: vec![Assignment {
                ..assignment("suite", &[])
            }],
            ..Change::default()
        }),
        request_id: "single".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = fixture.connection.licenses();
    licenses.update_user_licenses(request).await.unwrap();
    let request = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 3,
        request_id: "purchase".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.purchase_seats(request).await.unwrap();
}

async fn add_and_delete_a_user(fixture: &Fixture) {
    let user = fixture.person("passenger", "CH");
    let name = user.name.clone();
    let mut directory = fixture.connection.directory();
    let create = CreateUserRequest {
        parent: fixture.customer.clone(),
        user_id: "passenger".to_owned(),
        user: Some(user),
    };
    directory.create_user(create).await.unwrap();
    fixture
        .change(assign(&["addon", "suite"]), listed([name.clone()]))
        .await;
    let delete = DeleteUserRequest {
        name,
        force: true,
        ..DeleteUserRequest::default()
    };
    directory.delete_user(delete).await.unwrap();
}
