use super::Violation;
use super::metadata::{Dependency, Kind};

/// The dependencies that one crate may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer {
    pub(super) package: &'static str,
    /// The crates of this workspace that it may use, in any table of its `Cargo.toml`.
    pub(super) may_use: &'static [&'static str],
    /// The external crates that it must not use, in any table.
    pub(super) bans: &'static [Ban],
}

/// Families of crates that a layer must not use, and the reason. A family is a crate and all crates
/// whose names begin with its name and a hyphen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ban {
    families: &'static [&'static str],
    reason: &'static str,
}

const NO_GRPC: Ban = Ban {
    families: &["tonic", "hyper", "h2", "http", "tower"],
    reason: "only the server and the command line use gRPC",
};
const NO_MESSAGES: Ban = Ban {
    families: &["prost", "protox", "serde"],
    reason: "this layer uses the domain's own types",
};
const NO_DATABASE: Ban = Ban {
    families: &["sea-orm", "sea-query", "sqlx", "rusqlite", "tokio-postgres"],
    reason: "only the store accesses databases",
};
const NO_RUNTIME: Ban = Ban {
    families: &["tokio", "futures", "async", "tracing"],
    reason: "the domain decides, it never waits, reads or writes",
};
const NO_AMBIENT_INPUT: Ban = Ban {
    families: &["rand", "getrandom", "chrono", "time", "uuid"],
    reason: "time, randomness and ids come into the domain from outside",
};

const DOMAIN: &str = "seatkeeper-domain";
/// Failpoints for tests; empty in a released program. The crate is outside the layering, and the
/// domain must not use it.
const FAILPOINTS: &str = "seatkeeper-failpoints";
const STORE: &str = "seatkeeper-store";
const VERIFY: &str = "seatkeeper-verify";
const ENGINE: &str = "seatkeeper-engine";
const PROTO: &str = "seatkeeper-proto";
const SERVER: &str = "seatkeeper-server";
/// Allowed only in the dev-dependencies of the layers below the tests.
const TESTKIT: &str = "seatkeeper-testkit";

/// The layering, lowest first. A crate may use the crates below it, but only the server, the
/// command line and their clients may use the contract.
pub(super) const LAYERS: &[Layer] = &[
    Layer {
        package: DOMAIN,
        may_use: &[],
        bans: &[
            NO_GRPC,
            NO_MESSAGES,
            NO_DATABASE,
            NO_RUNTIME,
            NO_AMBIENT_INPUT,
        ],
    },
    Layer {
        package: FAILPOINTS,
        may_use: &[],
        bans: &[
            NO_GRPC,
            NO_MESSAGES,
            NO_DATABASE,
            NO_RUNTIME,
            NO_AMBIENT_INPUT,
        ],
    },
    Layer {
        package: STORE,
        may_use: &[DOMAIN, FAILPOINTS],
        bans: &[NO_GRPC],
    },
    Layer {
        package: VERIFY,
        may_use: &[DOMAIN, STORE],
        bans: &[NO_GRPC, NO_MESSAGES, NO_DATABASE],
    },
    Layer {
        package: ENGINE,
        may_use: &[DOMAIN, STORE, VERIFY, FAILPOINTS],
        bans: &[NO_GRPC, NO_MESSAGES, NO_DATABASE],
    },
    Layer {
        package: PROTO,
        may_use: &[],
        bans: &[NO_DATABASE],
    },
    Layer {
        package: SERVER,
        may_use: &[PROTO, DOMAIN, STORE, ENGINE, FAILPOINTS],
        bans: &[NO_DATABASE],
    },
    Layer {
        package: "seatkeeper",
        may_use: &[PROTO, DOMAIN, STORE, VERIFY, ENGINE, SERVER, FAILPOINTS],
        bans: &[NO_DATABASE],
    },
    Layer {
        package: TESTKIT,
        may_use: &[],
        bans: &[],
    },
    Layer {
        package: "seatkeeper-tests",
        may_use: &[PROTO, TESTKIT, FAILPOINTS],
        bans: &[],
    },
    Layer {
        package: "seatkeeper-bench",
        may_use: &[PROTO, TESTKIT],
        bans: &[],
    },
    Layer {
        package: "xtask",
        // Setup searches PostgreSQL in the same directories as the tests.
        may_use: &[TESTKIT],
        bans: &[],
    },
];

impl Layer {
    pub(super) fn check_own(&self, dependency: &Dependency) -> Option<Violation> {
        let name = dependency.name.as_str();
        let for_tests = name == TESTKIT && dependency.kind == Some(Kind::Dev);
        if for_tests || self.may_use.contains(&name) {
            return None;
        }
        Some(Violation::AgainstDirection {
            package: self.package.to_owned(),
            table: dependency.table(),
            dependency: name.to_owned(),
            allowed: self.may_use,
        })
    }

    pub(super) fn check_outside(&self, dependency: &Dependency) -> Option<Violation> {
        let ban = self.bans.iter().find(|ban| ban.covers(&dependency.name))?;
        Some(Violation::Forbidden {
            package: self.package.to_owned(),
            table: dependency.table(),
            dependency: dependency.name.clone(),
            reason: ban.reason,
        })
    }
}

impl Ban {
    fn covers(&self, name: &str) -> bool {
        self.families.iter().any(|family| {
            name.strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        })
    }
}
