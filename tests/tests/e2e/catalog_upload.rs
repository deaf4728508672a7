use seatkeeper_proto::v1::import_catalog_request::{Content, Header, Items};
use seatkeeper_proto::v1::{
    ErrorReason, GetCatalogRequest, ImportCatalogRequest, ListProductsRequest, Product,
};
use seatkeeper_tests::{
    Connection, Database, OwnServer, Refusal, Server, Storage, import_catalog, on_each_database,
    plan, refused,
};
use tonic::Code;

async fn version(connection: &Connection) -> i64 {
    let answer = connection
        .catalog()
        .get_catalog(GetCatalogRequest::default())
        .await;
    answer.unwrap().into_inner().catalog.unwrap().version
}

async fn upload(connection: &Connection, contents: Vec<Content>) -> Refusal {
    let messages = contents.into_iter().map(|content| ImportCatalogRequest {
        content: Some(content),
    });
    let messages = tokio_stream::iter(messages.collect::<Vec<_>>());
    refused(connection.catalog().import_catalog(messages).await)
}

fn items(product: Product) -> Content {
    Content::Items(Items {
        products: vec![product],
        ..Items::default()
    })
}

async fn a_catalog_is_counted(own: OwnServer) {
    let request = GetCatalogRequest::default();
    let answer = own.fixture.connection.catalog().get_catalog(request).await;
    let catalog = answer.unwrap().into_inner().catalog.unwrap();
    let counts = (catalog.product_count, catalog.service_plan_count);
    assert_eq!((catalog.version, counts), (1, (4, 5)));
}

async fn the_same_catalog_again_makes_no_new_version(own: OwnServer) {
    import_catalog(&own.fixture.connection).await;
    assert_eq!(version(&own.fixture.connection).await, 1);
}

async fn products_are_listed_by_their_names(own: OwnServer) {
    let request = ListProductsRequest::default();
    let answer = own
        .fixture
        .connection
        .catalog()
        .list_products(request)
        .await;
    let products = answer.unwrap().into_inner().products;
    let names = products.iter().map(|product| product.display_name.as_str());
    let expected = ["The addon", "The lite", "The suite", "The tenant"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

async fn a_product_with_an_undescribed_plan_is_refused(own: OwnServer) {
    let connection = &own.fixture.connection;
    let product = Product {
        name: "products/new".to_owned(),
        service_plans: vec![plan("new", "unheard-of")],
        ..Product::default()
    };
    let contents = vec![Content::Header(Header::default()), items(product)];
    let refusal = upload(connection, contents).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::UnknownServicePlan)
        .at("items.products");
    assert_eq!(version(connection).await, 1);
}

async fn a_malformed_name_is_refused_with_its_position(own: OwnServer) {
    let product = Product {
        name: "new".to_owned(),
        ..Product::default()
    };
    let contents = vec![Content::Header(Header::default()), items(product)];
    let refusal = upload(&own.fixture.connection, contents).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at("items[1].products[0].name");
}

async fn items_before_the_header_are_refused(own: OwnServer) {
    let contents = vec![items(Product::default())];
    let refusal = upload(&own.fixture.connection, contents).await;
    refusal.is(Code::InvalidArgument, ErrorReason::StreamOutOfOrder);
}

async fn without_a_catalog_there_is_nothing_to_get(database: Database) {
    let server = Server::start(Storage::create(database));
    let connection = Connection::open(server.url()).await;
    let answer = connection
        .catalog()
        .get_catalog(GetCatalogRequest::default())
        .await;
    refused(answer).is(Code::FailedPrecondition, ErrorReason::CatalogEmpty);
}

on_each_database! {
    a_catalog_is_counted,
    the_same_catalog_again_makes_no_new_version,
    products_are_listed_by_their_names,
    a_product_with_an_undescribed_plan_is_refused,
    a_malformed_name_is_refused_with_its_position,
    items_before_the_header_are_refused,
    without_a_catalog_there_is_nothing_to_get,
}
