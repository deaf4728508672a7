use std::sync::Arc;

use seatkeeper_proto::v1::{
    Assignment, BatchUpdateLicensesRequest, Change, CreateUserRequest, DeleteUserRequest,
    PurchaseSeatsRequest, ShortagePolicy, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    Connection, Database, Launch, Own, Scene, Server, Storage, assign, assignment, everyone,
    import_catalog, listed, revoke, swap,
};

/// Small segments, and leases that outlast the test.
const PACE: [&str; 4] = ["--segment-users", "8", "--lease-milliseconds", "60000"];

/// A storage with something of everything, among it a batch that was accepted and never driven,
/// with seats set aside. No server runs on it.
pub(crate) async fn storage(database: Database) -> Arc<Storage> {
    let storage = Arc::new(Storage::create(database));
    let server = Server::start_on(Arc::clone(&storage), Launch::faulty(&PACE));
    import_catalog(&Connection::open(server.url()).await).await;
    let mut own = Own {
        scene: Scene::on(&server).await,
        server,
    };
    furnish(&own.scene).await;
    own.server.kill();
    let dying = Launch::faulty(&PACE).with("SEATKEEPER_FAILPOINT", "chunk-begun:1:abort");
    let server = Server::start_on(Arc::clone(&storage), dying);
    let scene = Scene {
        connection: Connection::open(server.url()).await,
        ..own.scene.clone()
    };
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::RequireAll.into(),
        ..scene.request(swap(&["suite"], &["lite"]), users(&scene, 51..=58))
    };
    // The server dies over it.
    if let Ok(mut reading) = scene.start(request).await {
        while let Ok(Some(_)) = reading.next().await {}
    }
    storage
}

fn users(
    scene: &Scene,
    numbers: std::ops::RangeInclusive<u32>,
) -> seatkeeper_proto::v1::UserSelector {
    listed(numbers.map(|number| scene.user(&format!("u{number}"))))
}

/// Batches 1 to 6, and what else leaves traces.
async fn furnish(scene: &Scene) {
    scene.add_users(60).await;
    for (product, seats) in [("suite", 50), ("lite", 30), ("addon", 20)] {
        scene.buy(product, seats).await;
    }
    scene.change(assign(&["suite"]), everyone()).await;
    scene
        .change(swap(&["suite"], &["lite"]), users(scene, 1..=5))
        .await;
    let without_chat = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    scene.change(without_chat, users(scene, 20..=29)).await;
    scene
        .change(revoke(&["suite"]), users(scene, 40..=70))
        .await;
    let once = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..scene.request(assign(&["addon"]), users(scene, 10..=15))
    };
    scene.run(once).await;
    let patiently = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..scene.request(assign(&["suite"]), everyone())
    };
    scene.run(patiently).await;
    singly(scene).await;
    somebody_passes_through(scene).await;
}

async fn singly(scene: &Scene) {
    let request = UpdateUserLicensesRequest {
        name: scene.user("u59"),
        change: Some(Change {
            assign: vec![Assignment {
                ..assignment("suite", &[])
            }],
            ..Change::default()
        }),
        request_id: "single".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = scene.connection.licenses();
    licenses.update_user_licenses(request).await.unwrap();
    let request = PurchaseSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 3,
        request_id: "purchase".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = scene.connection.entitlements();
    entitlements.purchase_seats(request).await.unwrap();
}

async fn somebody_passes_through(scene: &Scene) {
    let user = scene.person("passenger", "CH");
    let name = user.name.clone();
    let mut directory = scene.connection.directory();
    let create = CreateUserRequest {
        parent: scene.customer.clone(),
        user_id: "passenger".to_owned(),
        user: Some(user),
    };
    directory.create_user(create).await.unwrap();
    scene
        .change(assign(&["addon", "suite"]), listed([name.clone()]))
        .await;
    let delete = DeleteUserRequest {
        name,
        force: true,
        ..DeleteUserRequest::default()
    };
    directory.delete_user(delete).await.unwrap();
}
