use std::collections::HashSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use seatkeeper_proto::FILE_DESCRIPTOR_SET;

/// What the paths begin with of services that say how the server is, not what it keeps.
const PROBES: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

/// What is to be expected of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MethodKind {
    /// It asks for the server's health, or for the contract: an overloaded server answers it too.
    Probe,
    /// One request, one answer.
    Unary,
    /// A stream of requests, or of answers: it takes as long as its caller likes.
    Streaming,
}

/// The methods of the contract.
#[derive(Debug)]
pub(crate) struct Methods {
    streaming: HashSet<String>,
}

impl Methods {
    pub(crate) fn of_contract() -> Self {
        let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET);
        let files = files.expect("the contract's descriptors are those it was generated with");
        let mut streaming = HashSet::new();
        for file in &files.file {
            for service in &file.service {
                let methods = service.method.iter();
                let methods = methods.filter(|it| it.client_streaming() || it.server_streaming());
                let (package, service) = (file.package(), service.name());
                streaming.extend(methods.map(|it| format!("/{package}.{service}/{}", it.name())));
            }
        }
        Self { streaming }
    }

    /// The kind of the method at a path. One that nobody knows is answered at once, as one that
    /// takes a single request.
    pub(crate) fn kind(&self, path: &str) -> MethodKind {
        if PROBES.iter().any(|probe| path.starts_with(probe)) {
            MethodKind::Probe
        } else if self.streaming.contains(path) {
            MethodKind::Streaming
        } else {
            MethodKind::Unary
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_requests_and_of_answers_are_told_from_single_calls() {
        let methods = Methods::of_contract();
        let kinds = [
            ("/grpc.health.v1.Health/Check", MethodKind::Probe),
            (
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                MethodKind::Probe,
            ),
            (
                "/seatkeeper.v1.LicenseService/UpdateUserLicenses",
                MethodKind::Unary,
            ),
            (
                "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
                MethodKind::Streaming,
            ),
            (
                "/seatkeeper.v1.DirectoryService/ImportUsers",
                MethodKind::Streaming,
            ),
            ("/seatkeeper.v1.Nobody/Nothing", MethodKind::Unary),
        ];
        for (path, kind) in kinds {
            assert_eq!(methods.kind(path), kind, "{path}");
        }
    }
}
