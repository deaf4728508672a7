use std::time::Duration;

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

/// The most bytes of one response. Responses with the licenses of many users are large.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The smallest initial flow-control window of HTTP/2 (RFC 9113).
const NARROW_WINDOW_BYTES: u32 = 65_535;

/// A connection to a server, with a client for each service.
#[derive(Debug, Clone)]
pub struct Connection {
    channel: Channel,
}

impl Connection {
    /// Connects to the server at a URL.
    ///
    /// # Panics
    /// When no server listens there.
    pub async fn open(url: &str) -> Self {
        Self::through(endpoint(url)).await
    }

    /// Connects to the server at a URL; `None` when no server listens there.
    pub async fn try_open(url: &str) -> Option<Self> {
        let channel = endpoint(url).connect().await.ok()?;
        Some(Self { channel })
    }

    /// Connects with the smallest window, so that an unread stream soon blocks the sender.
    ///
    /// # Panics
    /// When no server listens there.
    pub async fn open_narrow(url: &str) -> Self {
        let endpoint = endpoint(url)
            .initial_stream_window_size(NARROW_WINDOW_BYTES)
            .initial_connection_window_size(NARROW_WINDOW_BYTES);
        Self::through(endpoint).await
    }

    async fn through(endpoint: Endpoint) -> Self {
        Self {
            channel: endpoint.connect().await.unwrap(),
        }
    }

    /// The channel, for services without a client here.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Client for products, plans and rules.
    pub fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel())
    }

    /// Client for customers.
    pub fn customers(&self) -> CustomerServiceClient<Channel> {
        CustomerServiceClient::new(self.channel())
    }

    /// Client for the users of a directory.
    pub fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel())
    }

    /// Client for purchased seats.
    pub fn entitlements(&self) -> EntitlementServiceClient<Channel> {
        EntitlementServiceClient::new(self.channel())
    }

    /// Client for waitlists.
    pub fn waitlist(&self) -> WaitlistServiceClient<Channel> {
        WaitlistServiceClient::new(self.channel())
    }

    /// Client for license changes and license lists.
    pub fn licenses(&self) -> LicenseServiceClient<Channel> {
        LicenseServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Client for saved selections.
    pub fn selections(&self) -> SelectionServiceClient<Channel> {
        SelectionServiceClient::new(self.channel())
    }

    /// Client for the journal: who changed what, in order.
    pub fn journal(&self) -> JournalServiceClient<Channel> {
        JournalServiceClient::new(self.channel())
    }

    /// Client for batches and their results.
    pub fn batches(&self) -> BatchServiceClient<Channel> {
        BatchServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }
}

fn endpoint(url: &str) -> Endpoint {
    let endpoint = Endpoint::from_shared(url.to_owned()).unwrap();
    endpoint.connect_timeout(CONNECT_TIMEOUT)
}
