mod peer;

use seatkeeper_domain::{Permission, Principal, Role, ShortagePolicy, allows};
use seatkeeper_engine::CallerId;
use tonic::Request;

pub(crate) use peer::{PeerInfo, peer};

use crate::admission::CallerKey;
use crate::error::{ServerError, ServerResult};

/// The caller of a request.
///
/// This module alone establishes the caller. Callers do not authenticate yet, so every caller has
/// all roles, and the journal records [`Principal::local`].
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    principal: Principal,
    roles: Vec<Role>,
    key: CallerKey,
}

impl Caller {
    /// Identifies the caller of a request.
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        Self {
            principal: Principal::local(),
            roles: vec![Role::GlobalAdmin],
            key: CallerKey::of(request.extensions()),
        }
    }

    /// Rejects a call unless one of the caller's roles has the permission.
    ///
    /// # Errors
    /// [`ServerError::PermissionDenied`] with the missing permission.
    pub(crate) fn check(&self, permission: Permission) -> ServerResult<()> {
        if self.roles.iter().any(|role| allows(*role, permission)) {
            Ok(())
        } else {
            Err(ServerError::PermissionDenied { permission })
        }
    }

    /// Rejects a shortage policy that the caller may not use: buying seats needs a permission of
    /// its own.
    pub(crate) fn check_shortage(&self, shortage: ShortagePolicy) -> ServerResult<()> {
        if shortage == ShortagePolicy::BuyMore {
            self.check(Permission::PurchaseSeats)?;
        }
        Ok(())
    }

    /// The key for counting the caller's unfinished batches.
    pub(crate) fn id(&self) -> CallerId {
        CallerId::new(&self.key.to_string())
    }

    /// The name that the journal records with each change by the caller.
    pub(crate) fn principal(&self) -> Principal {
        self.principal.clone()
    }
}

#[cfg(test)]
impl Caller {
    /// A caller that has only these roles.
    pub(crate) fn with_roles(roles: &[Role]) -> Self {
        Self {
            principal: Principal::local(),
            roles: roles.to_vec(),
            key: CallerKey::of(&http::Extensions::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(roles: &[Role], permission: Permission) -> bool {
        Caller::with_roles(roles).check(permission).is_ok()
    }

    #[test]
    fn a_local_caller_may_do_everything() {
        let caller = Caller::of(&Request::new(()));
        for permission in Permission::ALL {
            assert!(caller.check(permission).is_ok(), "{permission}");
        }
    }

    #[test]
    fn one_role_that_allows_it_is_enough() {
        assert!(!may(&[Role::Reader], Permission::PurchaseSeats));
        assert!(may(
            &[Role::Reader, Role::HelpdeskAgent],
            Permission::PurchaseSeats
        ));
    }

    #[test]
    fn a_caller_without_roles_may_do_nothing() {
        for permission in Permission::ALL {
            assert!(!may(&[], permission), "{permission}");
        }
    }
}
