use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use seatkeeper_proto::v1::import_users_request::{Content, Header, UserBatch};
use seatkeeper_proto::v1::{
    Batch, BatchUpdateLicensesRequest, BatchUpdateLicensesResponse, Change, CreateCustomerRequest,
    Customer, DeleteUserRequest, Entitlement, GetBatchRequest, GetEntitlementRequest,
    ImportUsersRequest, ImportUsersResponse, PurchaseSeatsRequest, StreamBatchResultsRequest,
    StreamBatchResultsResponse, User, UserSelector, user,
};
use tonic::Status;

use crate::{
    Connection, Reading, Refusal, Server, State, Storage, Transcript, import_catalog, refused,
};

/// The most users in one message of an import.
const IMPORT_SIZE: usize = 10_000;
/// Timeout of a batch that the test does not follow.
const BATCH_TIMEOUT: Duration = Duration::from_mins(1);
const DEPARTMENTS: [&str; 2] = ["Sales", "Research"];

/// A customer that only one test uses, on a server with the small catalog.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The connection to the server.
    pub connection: Connection,
    /// The URL of the server.
    pub url: String,
    /// The resource name of the customer.
    pub customer: String,
}

/// A fixture on a server that only one test uses.
#[derive(Debug)]
pub struct OwnServer {
    /// The server that the fixture's customer is on.
    pub server: Server,
    /// The fixture on that server.
    pub fixture: Fixture,
}

impl OwnServer {
    /// Starts a server on an empty storage and imports the small catalog.
    pub async fn start(storage: Storage) -> Self {
        Self::start_with(storage, &[]).await
    }

    /// Starts such a server with further arguments.
    pub async fn start_with(storage: Storage, arguments: &[&str]) -> Self {
        Self::on(Server::start_with(storage, arguments)).await
    }

    /// Imports the small catalog into a new server.
    pub async fn on(server: Server) -> Self {
        import_catalog(&Connection::open(server.url()).await).await;
        let fixture = Fixture::on(&server).await;
        Self { server, fixture }
    }

    /// Starts the server again on the same data, and reconnects.
    pub async fn start_again(&mut self) {
        self.server.start_again();
        self.fixture = self.fixture.at(&self.server).await;
    }
}

impl Fixture {
    /// The same customer through another server.
    pub async fn at(&self, server: &Server) -> Self {
        Self {
            connection: Connection::open(server.url()).await,
            url: server.url().to_owned(),
            customer: self.customer.clone(),
        }
    }

    /// Creates a customer without users and seats.
    pub async fn on(server: &Server) -> Self {
        static CUSTOMERS: AtomicU32 = AtomicU32::new(1);

        let connection = Connection::open(server.url()).await;
        let id = format!("customer-{}", CUSTOMERS.fetch_add(1, Ordering::Relaxed));
        let request = CreateCustomerRequest {
            customer_id: id.clone(),
            customer: Some(Customer::default()),
        };
        connection
            .customers()
            .create_customer(request)
            .await
            .unwrap();
        Self {
            connection,
            url: server.url().to_owned(),
            customer: format!("customers/{id}"),
        }
    }

    /// The customer's identifier.
    pub fn customer_id(&self) -> &str {
        self.customer.trim_start_matches("customers/")
    }

    /// The resource name of a user.
    pub fn user(&self, id: &str) -> String {
        format!("{}/users/{id}", self.customer)
    }

    /// The resource names of users.
    pub fn users(&self, ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| self.user(id)).collect()
    }

    /// Adds active users `u1`, `u2`, … in Switzerland, alternately in Sales and Research.
    pub async fn add_users(&self, count: usize) {
        let users = (1..=count).zip(DEPARTMENTS.into_iter().cycle());
        let users = users.map(|(number, department)| User {
            department: department.to_owned(),
            ..self.person(&format!("u{number}"), "CH")
        });
        let answer = self.import_users(users.collect()).await;
        assert_eq!(usize::try_from(answer.created_count).unwrap(), count);
    }

    /// An active user that is not added yet.
    pub fn person(&self, id: &str, usage_location: &str) -> User {
        User {
            name: self.user(id),
            sign_in_name: format!("{id}@contoso.example"),
            display_name: format!("User {id}"),
            usage_location: usage_location.to_owned(),
            state: user::State::Active.into(),
            ..User::default()
        }
    }

    /// Imports users; the server must accept them.
    pub async fn import_users(&self, users: Vec<User>) -> ImportUsersResponse {
        let answer = self.try_import_users(users).await.unwrap();
        assert_eq!(answer.failures, []);
        answer
    }

    /// Imports users on a server that may reject the call.
    pub async fn try_import_users(&self, users: Vec<User>) -> Result<ImportUsersResponse, Status> {
        let header = Content::Header(Header {
            parent: self.customer.clone(),
            ..Header::default()
        });
        let batches = users.chunks(IMPORT_SIZE).map(|users| {
            Content::Users(UserBatch {
                users: users.to_vec(),
            })
        });
        let contents = std::iter::once(header).chain(batches);
        let messages = contents.map(|content| ImportUsersRequest {
            content: Some(content),
        });
        let messages = tokio_stream::iter(messages.collect::<Vec<_>>());
        let answer = self.connection.directory().import_users(messages).await?;
        Ok(answer.into_inner())
    }

    /// Deletes a user.
    pub async fn delete_user(&self, id: &str) {
        let request = DeleteUserRequest {
            name: self.user(id),
            ..DeleteUserRequest::default()
        };
        let answer = self.connection.directory().delete_user(request).await;
        answer.unwrap();
    }

    /// Buys seats of a product.
    pub async fn buy(&self, product: &str, seats: i64) {
        let request = PurchaseSeatsRequest {
            name: self.entitlement_name(product),
            seat_count: seats,
            ..PurchaseSeatsRequest::default()
        };
        let answer = self.connection.entitlements().purchase_seats(request).await;
        answer.unwrap();
    }

    /// The entitlement to a product, with its seat counts.
    pub async fn entitlement(&self, product: &str) -> Entitlement {
        let request = GetEntitlementRequest {
            name: self.entitlement_name(product),
        };
        let answer = self
            .connection
            .entitlements()
            .get_entitlement(request)
            .await;
        answer.unwrap().into_inner().entitlement.unwrap()
    }

    /// The resource name of the entitlement to a product.
    pub fn entitlement_name(&self, product: &str) -> String {
        format!("{}/entitlements/{product}", self.customer)
    }

    /// A batch request with defaults for all other fields.
    pub fn request(&self, change: Change, selection: UserSelector) -> BatchUpdateLicensesRequest {
        BatchUpdateLicensesRequest {
            parent: self.customer.clone(),
            change: Some(change),
            selection: Some(selection),
            ..BatchUpdateLicensesRequest::default()
        }
    }

    /// Starts a batch and returns its result stream.
    pub async fn start(
        &self,
        request: BatchUpdateLicensesRequest,
    ) -> Result<Reading<BatchUpdateLicensesResponse>, Status> {
        let mut licenses = self.connection.licenses();
        Ok(Reading::of(licenses.batch_update_licenses(request).await?))
    }

    /// Runs a batch to its end and returns all its results.
    pub async fn run(&self, request: BatchUpdateLicensesRequest) -> Transcript {
        self.start(request).await.unwrap().to_end().await
    }

    /// Runs a batch with default options to its end.
    pub async fn change(&self, change: Change, selection: UserSelector) -> Transcript {
        self.run(self.request(change, selection)).await
    }

    /// Reads a batch's results again, after a sequence number.
    pub async fn follow(
        &self,
        batch: &str,
        after_sequence_number: i64,
    ) -> Result<Reading<StreamBatchResultsResponse>, Status> {
        let request = StreamBatchResultsRequest {
            name: batch.to_owned(),
            after_sequence_number,
            ..StreamBatchResultsRequest::default()
        };
        let answer = self
            .connection
            .batches()
            .stream_batch_results(request)
            .await?;
        Ok(Reading::after(after_sequence_number, answer))
    }

    /// The current state of a batch.
    pub async fn batch(&self, name: &str) -> Batch {
        let request = GetBatchRequest {
            name: name.to_owned(),
        };
        let answer = self.connection.batches().get_batch(request).await;
        answer.unwrap().into_inner().batch.unwrap()
    }

    /// Waits until a batch has ended, and returns it.
    ///
    /// # Panics
    /// When the batch does not end before the timeout.
    pub async fn ended_batch(&self, name: &str) -> Batch {
        let deadline = Instant::now() + BATCH_TIMEOUT;
        loop {
            let batch = self.batch(name).await;
            if batch.end_time.is_some() {
                return batch;
            }
            assert!(
                Instant::now() < deadline,
                "the batch has timed out: {batch:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The customer's current state.
    pub async fn state(&self) -> State {
        State::of(&self.connection, &self.customer).await
    }

    /// The rejection of a batch request. The call must change nothing.
    pub async fn refusal(&self, request: BatchUpdateLicensesRequest) -> Refusal {
        let before = self.state().await;
        let refusal = refused(self.first_event(request).await);
        assert_eq!(self.state().await, before);
        refusal
    }

    async fn first_event(&self, request: BatchUpdateLicensesRequest) -> Result<(), Status> {
        self.start(request).await?.next().await.map(drop)
    }

    /// All licenses as `user:product`, in the order of the directory.
    pub async fn holdings(&self) -> Vec<String> {
        let state = self.state().await;
        let licenses = state.licenses.iter();
        let parts = licenses.map(|license| license.name.split('/').collect::<Vec<_>>());
        parts
            .map(|parts| format!("{}:{}", parts[3], parts[5]))
            .collect()
    }
}
