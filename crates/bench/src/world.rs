use seatkeeper_proto::v1::catalog_service_client::CatalogServiceClient;
use seatkeeper_proto::v1::customer_service_client::CustomerServiceClient;
use seatkeeper_proto::v1::directory_service_client::DirectoryServiceClient;
use seatkeeper_proto::v1::entitlement_service_client::EntitlementServiceClient;
use seatkeeper_proto::v1::license_service_client::LicenseServiceClient;
use seatkeeper_proto::v1::{
    AllUsers, Assignment, BatchUpdateLicensesRequest, Change, CreateCustomerRequest, Customer,
    ImportCatalogRequest, ImportUsersRequest, Product, PurchaseSeatsRequest, ServicePlan, User,
    UserSelector, import_catalog_request, import_users_request, user, user_selector,
};
use tonic::transport::Channel;

use crate::Error;

const CUSTOMER: &str = "customers/bench";
const PRODUCTS: [&str; 2] = ["products/suite", "products/addon"];

/// Users of one message of an import: about 1 MB.
const IMPORT_USERS: usize = 5_000;

/// A customer with its users, two products and a seat of each for everyone.
pub(crate) struct World {
    pub(crate) licenses: LicenseServiceClient<Channel>,
    pub(crate) users: usize,
}

impl World {
    pub(crate) async fn create(url: &str, users: usize) -> Result<Self, Error> {
        let channel = Channel::from_shared(url.to_owned())?.connect().await?;
        import_catalog(channel.clone()).await?;
        let create = CreateCustomerRequest {
            customer: Some(Customer {
                display_name: "Bench".to_owned(),
                ..Customer::default()
            }),
            customer_id: "bench".to_owned(),
        };
        CustomerServiceClient::new(channel.clone())
            .create_customer(create)
            .await?;
        import_users(channel.clone(), users).await?;
        buy_seats(channel.clone(), i64::try_from(users)?).await?;
        Ok(Self {
            licenses: LicenseServiceClient::new(channel),
            users,
        })
    }
}

/// Both products for everyone.
pub(crate) fn assign_all() -> BatchUpdateLicensesRequest {
    let assign = PRODUCTS.map(|product| Assignment {
        product: product.to_owned(),
        ..Assignment::default()
    });
    for_everyone(Change {
        assign: assign.into(),
        revoke: Vec::new(),
    })
}

/// Both products from everyone.
pub(crate) fn revoke_all() -> BatchUpdateLicensesRequest {
    let revoke = PRODUCTS.map(str::to_owned).into();
    for_everyone(Change {
        assign: Vec::new(),
        revoke,
    })
}

fn for_everyone(change: Change) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        parent: CUSTOMER.to_owned(),
        change: Some(change),
        selection: Some(UserSelector {
            kind: Some(user_selector::Kind::AllUsers(AllUsers {})),
        }),
        ..BatchUpdateLicensesRequest::default()
    }
}

/// Products of 40 and 3 plans, about what real ones have.
async fn import_catalog(channel: Channel) -> Result<(), Error> {
    let (suite, addon) = (plan_names("suite", 40), plan_names("addon", 3));
    let plan = |name: &String| ServicePlan {
        name: name.clone(),
        display_name: name.rsplit('/').next().unwrap_or_default().to_owned(),
        ..ServicePlan::default()
    };
    let service_plans = suite.iter().chain(&addon).map(plan).collect();
    let product = |id: &str, service_plans| Product {
        name: format!("products/{id}"),
        display_name: id.to_owned(),
        service_plans,
        ..Product::default()
    };
    let items = import_catalog_request::Items {
        products: vec![product("suite", suite), product("addon", addon)],
        service_plans,
        ..import_catalog_request::Items::default()
    };
    let header = import_catalog_request::Header::default();
    let messages = [
        import_catalog_request::Content::Header(header),
        import_catalog_request::Content::Items(items),
    ]
    .map(|content| ImportCatalogRequest {
        content: Some(content),
    });
    CatalogServiceClient::new(channel)
        .import_catalog(futures::stream::iter(messages))
        .await?;
    Ok(())
}

fn plan_names(product: &str, count: usize) -> Vec<String> {
    let plan = |number| format!("products/{product}/servicePlans/{product}-plan-{number}");
    (0..count).map(plan).collect()
}

async fn import_users(channel: Channel, users: usize) -> Result<(), Error> {
    let header = import_users_request::Header {
        parent: CUSTOMER.to_owned(),
        ..import_users_request::Header::default()
    };
    let header = import_users_request::Content::Header(header);
    let batches = (0..users.div_ceil(IMPORT_USERS)).map(move |batch| {
        let numbers = batch * IMPORT_USERS..users.min((batch + 1) * IMPORT_USERS);
        let users = numbers.map(bench_user).collect();
        import_users_request::Content::Users(import_users_request::UserBatch { users })
    });
    let messages = std::iter::once(header)
        .chain(batches)
        .map(|content| ImportUsersRequest {
            content: Some(content),
        });
    let answer = DirectoryServiceClient::new(channel)
        .import_users(futures::stream::iter(messages))
        .await?;
    let created = answer.into_inner().created_count;
    if created != i64::try_from(users)? {
        return Err(format!("{created} of {users} users were created").into());
    }
    Ok(())
}

/// Identifiers are GUID-shaped, as real directories have them.
fn bench_user(number: usize) -> User {
    User {
        name: format!("{CUSTOMER}/users/00000000-0000-4000-8000-{number:012}"),
        principal_name: format!("user{number}@bench.example"),
        display_name: format!("User {number}"),
        department: format!("Department {}", number % 20),
        usage_location: "CH".to_owned(),
        state: user::State::Active.into(),
        ..User::default()
    }
}

async fn buy_seats(channel: Channel, seats: i64) -> Result<(), Error> {
    let mut client = EntitlementServiceClient::new(channel);
    for product in PRODUCTS {
        let id = product.trim_start_matches("products/");
        let purchase = PurchaseSeatsRequest {
            name: format!("{CUSTOMER}/entitlements/{id}"),
            seat_count: seats,
            ..PurchaseSeatsRequest::default()
        };
        client.purchase_seats(purchase).await?;
    }
    Ok(())
}
