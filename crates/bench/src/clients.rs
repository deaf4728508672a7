use seatkeeper_proto::v1::batch_service_client::BatchServiceClient;
use seatkeeper_proto::v1::catalog_service_client::CatalogServiceClient;
use seatkeeper_proto::v1::customer_service_client::CustomerServiceClient;
use seatkeeper_proto::v1::directory_service_client::DirectoryServiceClient;
use seatkeeper_proto::v1::entitlement_service_client::EntitlementServiceClient;
use seatkeeper_proto::v1::license_service_client::LicenseServiceClient;
use seatkeeper_proto::v1::selection_service_client::SelectionServiceClient;
use tonic::transport::Channel;

use crate::Error;

/// The clients of one connection to a server.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    channel: Channel,
}

impl Clients {
    pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
        let channel = Channel::from_shared(url.to_owned())?.connect().await?;
        Ok(Self { channel })
    }

    pub(crate) fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone())
    }

    pub(crate) fn customers(&self) -> CustomerServiceClient<Channel> {
        CustomerServiceClient::new(self.channel.clone())
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn entitlements(&self) -> EntitlementServiceClient<Channel> {
        EntitlementServiceClient::new(self.channel.clone())
    }

    pub(crate) fn selections(&self) -> SelectionServiceClient<Channel> {
        SelectionServiceClient::new(self.channel.clone())
    }

    pub(crate) fn licenses(&self) -> LicenseServiceClient<Channel> {
        LicenseServiceClient::new(self.channel.clone())
    }

    pub(crate) fn batches(&self) -> BatchServiceClient<Channel> {
        BatchServiceClient::new(self.channel.clone())
    }
}
