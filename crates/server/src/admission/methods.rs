use std::collections::HashMap;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use seatkeeper_proto::FILE_DESCRIPTOR_SET;

/// The path prefix of the health service.
const HEALTH_PREFIX: &str = "/grpc.health.v1.";

/// The path prefix of the reflection service, in every version.
const REFLECTION_PREFIX: &str = "/grpc.reflection.";

/// The path of the method that streams health changes.
const HEALTH_WATCH_PATH: &str = "/grpc.health.v1.Health/Watch";

/// A method of the health or the reflection service. It returns no data of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// A single health check.
    HealthCheck,
    /// A stream of health changes.
    HealthWatch,
    /// A stream of queries about the API.
    Reflection,
}

impl Probe {
    /// The probe at a path; `None` for every other method.
    pub(crate) fn at(path: &str) -> Option<Self> {
        if path == HEALTH_WATCH_PATH {
            Some(Self::HealthWatch)
        } else if path.starts_with(HEALTH_PREFIX) {
            Some(Self::HealthCheck)
        } else if path.starts_with(REFLECTION_PREFIX) {
            Some(Self::Reflection)
        } else {
            None
        }
    }

    /// Whether it is a method of the health service.
    pub(crate) fn is_health(self) -> bool {
        match self {
            Self::HealthCheck | Self::HealthWatch => true,
            Self::Reflection => false,
        }
    }
}

/// How a method sends requests and responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MethodKind {
    /// Health or reflection: an overloaded server answers it too.
    Probe,
    /// One request, one response.
    Unary,
    /// A stream of requests, one response.
    ClientStreaming,
    /// One request, or a stream of them, and a stream of responses without a bound on its duration.
    ServerStreaming {
        /// Whether the requests are a stream too.
        requests: bool,
    },
}

impl MethodKind {
    /// Whether the caller sends exactly one message.
    pub(crate) fn has_one_request(self) -> bool {
        match self {
            Self::Unary | Self::ServerStreaming { requests: false } => true,
            Self::Probe | Self::ClientStreaming | Self::ServerStreaming { requests: true } => false,
        }
    }
}

/// The methods of the API.
#[derive(Debug)]
pub(crate) struct Methods {
    streaming: HashMap<String, MethodKind>,
}

impl Methods {
    pub(crate) fn of_contract() -> Self {
        let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET);
        let files = files.expect("the contract's descriptors are those it was generated with");
        let mut streaming = HashMap::new();
        for file in &files.file {
            for service in &file.service {
                for method in &service.method {
                    let kind = match (method.client_streaming(), method.server_streaming()) {
                        (false, false) => continue,
                        (true, false) => MethodKind::ClientStreaming,
                        (requests, true) => MethodKind::ServerStreaming { requests },
                    };
                    let (package, service) = (file.package(), service.name());
                    streaming.insert(format!("/{package}.{service}/{}", method.name()), kind);
                }
            }
        }
        Self { streaming }
    }

    /// The kind of the method at a path. An unknown method counts as unary, because its response is
    /// immediate.
    pub(crate) fn kind(&self, path: &str) -> MethodKind {
        if Probe::at(path).is_some() {
            return MethodKind::Probe;
        }
        let streaming = self.streaming.get(path).copied();
        streaming.unwrap_or(MethodKind::Unary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_classified() {
        for (path, probe) in [
            ("/grpc.health.v1.Health/Check", Some(Probe::HealthCheck)),
            ("/grpc.health.v1.Health/Watch", Some(Probe::HealthWatch)),
            (
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                Some(Probe::Reflection),
            ),
            ("/seatkeeper.v1.BatchService/GetBatch", None),
        ] {
            assert_eq!(Probe::at(path), probe, "{path}");
        }
    }

    #[test]
    fn methods_are_classified_by_streaming() {
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
                MethodKind::ServerStreaming { requests: false },
            ),
            (
                "/seatkeeper.v1.LicenseService/StreamBatchUpdateLicenses",
                MethodKind::ServerStreaming { requests: true },
            ),
            (
                "/seatkeeper.v1.DirectoryService/ImportUsers",
                MethodKind::ClientStreaming,
            ),
            ("/seatkeeper.v1.Nobody/Nothing", MethodKind::Unary),
        ];
        for (path, kind) in kinds {
            assert_eq!(methods.kind(path), kind, "{path}");
        }
    }
}
