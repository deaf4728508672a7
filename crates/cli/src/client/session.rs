use seatkeeper_proto::v1::batch_service_client::BatchServiceClient;
use seatkeeper_proto::v1::catalog_service_client::CatalogServiceClient;
use seatkeeper_proto::v1::customer_service_client::CustomerServiceClient;
use seatkeeper_proto::v1::directory_service_client::DirectoryServiceClient;
use seatkeeper_proto::v1::entitlement_service_client::EntitlementServiceClient;
use seatkeeper_proto::v1::journal_service_client::JournalServiceClient;
use seatkeeper_proto::v1::license_service_client::LicenseServiceClient;
use seatkeeper_proto::v1::selection_service_client::SelectionServiceClient;
use seatkeeper_proto::v1::waitlist_service_client::WaitlistServiceClient;
use tonic::transport::{Channel, Endpoint};

use super::ClientOptions;
use crate::CliError;

/// Maximum message size accepted from a server, in bytes: a page of the largest resources, with
/// room.
const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A connection to one server. Cheap to clone; clones share the connection.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    channel: Channel,
}

impl Session {
    /// Connects to the server; fails if no server accepts the connection.
    pub(crate) async fn open(options: &ClientOptions) -> Result<Self, CliError> {
        let endpoint = Endpoint::from(options.server.clone());
        match endpoint.connect().await {
            Ok(channel) => Ok(Self { channel }),
            Err(source) => Err(CliError::NoServer {
                server: options.server.to_string(),
                source,
            }),
        }
    }

    pub(crate) fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn customers(&self) -> CustomerServiceClient<Channel> {
        CustomerServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn entitlements(&self) -> EntitlementServiceClient<Channel> {
        EntitlementServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn waitlist(&self) -> WaitlistServiceClient<Channel> {
        WaitlistServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn licenses(&self) -> LicenseServiceClient<Channel> {
        LicenseServiceClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn selections(&self) -> SelectionServiceClient<Channel> {
        SelectionServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn journal(&self) -> JournalServiceClient<Channel> {
        JournalServiceClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn batches(&self) -> BatchServiceClient<Channel> {
        BatchServiceClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }
}
