use seatkeeper_proto::v1::{
    CreateCustomerRequest, CreateUserRequest, Customer, DeleteCustomerRequest, DeleteUserRequest,
    UpdateUserRequest, User,
};
use seatkeeper_tests::try_import_catalog;
use tonic::Status;

use super::Caller;

impl Caller {
    /// Creates a user, renames the user, and deletes the user with all licenses.
    pub(super) async fn user(&mut self) -> Result<(), Status> {
        let id = format!("x{:08x}", self.rng.next() >> 32);
        let user = self.fixture.person(&id, "CH");
        let name = user.name.clone();
        let mut directory = self.fixture.connection.directory();
        let create = CreateUserRequest {
            parent: self.fixture.customer.clone(),
            user_id: id,
            user: Some(user.clone()),
        };
        directory.create_user(create).await?;
        let update = UpdateUserRequest {
            user: Some(User {
                display_name: "Somebody else".to_owned(),
                ..user
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["display_name".to_owned()],
            }),
        };
        directory.update_user(update).await?;
        let delete = DeleteUserRequest {
            name,
            force: true,
            ..DeleteUserRequest::default()
        };
        directory.delete_user(delete).await.map(drop)
    }

    /// Imports the catalog again, with a random name for the suite.
    pub(super) async fn catalog(&mut self) -> Result<(), Status> {
        let name = format!("The suite, edition {}", self.rng.below(1000));
        let imported = try_import_catalog(&self.fixture.connection, &name).await;
        imported.map(drop)
    }

    /// Creates a customer and deletes it.
    pub(super) async fn customer(&mut self) -> Result<(), Status> {
        let id = format!("guest-{:08x}", self.rng.next() >> 32);
        let mut customers = self.fixture.connection.customers();
        let create = CreateCustomerRequest {
            customer_id: id.clone(),
            customer: Some(Customer::default()),
        };
        customers.create_customer(create).await?;
        let delete = DeleteCustomerRequest {
            name: format!("customers/{id}"),
            force: true,
            ..DeleteCustomerRequest::default()
        };
        customers.delete_customer(delete).await.map(drop)
    }
}
