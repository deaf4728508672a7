use seatkeeper_proto::FILE_DESCRIPTOR_SET;
use seatkeeper_proto::v1::batch_service_server::BatchServiceServer;
use seatkeeper_proto::v1::catalog_service_server::CatalogServiceServer;
use seatkeeper_proto::v1::customer_service_server::CustomerServiceServer;
use seatkeeper_proto::v1::directory_service_server::DirectoryServiceServer;
use seatkeeper_proto::v1::entitlement_service_server::EntitlementServiceServer;
use seatkeeper_proto::v1::journal_service_server::JournalServiceServer;
use seatkeeper_proto::v1::license_service_server::LicenseServiceServer;
use seatkeeper_proto::v1::selection_service_server::SelectionServiceServer;
use seatkeeper_proto::v1::waitlist_service_server::WaitlistServiceServer;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic_reflection::server::Builder;

use super::ServeError;
use crate::services::{
    Batches, Catalogs, Context, Customers, Directory, Entitlements, Journal, Licenses, Selections,
    Waitlist,
};

/// Sets a service's message limits and its compression encodings.
macro_rules! set_up {
    ($server:ident, $service:expr, $context:expr) => {
        $server::new($service)
            .max_decoding_message_size($context.message_bytes_max)
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Zstd)
            .send_compressed(CompressionEncoding::Zstd)
            .send_compressed(CompressionEncoding::Gzip)
    };
}

/// Every service of the API, and reflection in both versions that clients use.
pub(super) fn routes(context: &Context) -> Result<Routes, ServeError> {
    let reflection = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let routes = Routes::new(reflection().build_v1().map_err(ServeError::Reflection)?)
        .add_service(
            reflection()
                .build_v1alpha()
                .map_err(ServeError::Reflection)?,
        )
        .add_service(set_up!(
            CatalogServiceServer,
            Catalogs::new(context),
            context
        ))
        .add_service(set_up!(
            CustomerServiceServer,
            Customers::new(context),
            context
        ))
        .add_service(set_up!(
            DirectoryServiceServer,
            Directory::new(context),
            context
        ))
        .add_service(set_up!(
            EntitlementServiceServer,
            Entitlements::new(context),
            context
        ))
        .add_service(set_up!(
            LicenseServiceServer,
            Licenses::new(context),
            context
        ))
        .add_service(set_up!(BatchServiceServer, Batches::new(context), context))
        .add_service(set_up!(
            SelectionServiceServer,
            Selections::new(context),
            context
        ))
        .add_service(set_up!(
            JournalServiceServer,
            Journal::new(context),
            context
        ))
        .add_service(set_up!(
            WaitlistServiceServer,
            Waitlist::new(context),
            context
        ));
    Ok(routes)
}
