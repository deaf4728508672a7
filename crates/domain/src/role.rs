use std::fmt;
use std::str::FromStr;

/// A role of a caller; a caller may have several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// All permissions, including catalog management and deletion of customers.
    GlobalAdmin,
    /// All permissions for existing customers.
    AdminAgent,
    /// Manages users and their licenses.
    UserManagementAdmin,
    /// Manages customers, seats and licenses.
    SalesAgent,
    /// Manages licenses and buys the seats they need.
    HelpdeskAgent,
    /// Read-only access.
    Reader,
}

/// An action that a role may be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Read the catalog, customers, users, entitlements, licenses, batches and selections.
    ReadResources,
    /// Assign, revoke and swap licenses; run, cancel, retry and revert batches; manage
    /// selections; dry runs, summaries and waitlists.
    ManageLicenses,
    /// Create, update, block, delete and import users.
    ManageUsers,
    /// Create and update customers.
    ManageCustomers,
    /// Buy seats, also as part of a batch.
    PurchaseSeats,
    /// Reduce seats and change the dates of entitlements.
    ReduceSeats,
    /// Read the journal: audit log and change feed.
    ReadJournal,
    /// Delete customers.
    DeleteCustomers,
    /// Import and change the catalog.
    ManageCatalog,
}

/// A text that is not the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown role {given:?}; known are global_admin, admin_agent, user_management_admin, sales_agent, helpdesk_agent, reader"
)]
pub struct RoleError {
    /// The text, cut to 64 characters.
    pub given: String,
}

const Y: bool = true;
const N: bool = false;

/// The permissions of each role. Rows are permissions and columns are roles, both in the order of
/// their declaration. Permissions are defined only here.
#[rustfmt::skip]
const MATRIX: [(Permission, [bool; Role::ALL.len()]); Permission::ALL.len()] = [
    //                             global, agent, users, sales, helpdesk, reader
    (Permission::ReadResources,   [Y,      Y,     Y,     Y,     Y,        Y]),
    (Permission::ManageLicenses,  [Y,      Y,     Y,     Y,     Y,        N]),
    (Permission::ManageUsers,     [Y,      Y,     Y,     N,     N,        N]),
    (Permission::ManageCustomers, [Y,      Y,     Y,     Y,     N,        N]),
    (Permission::PurchaseSeats,   [Y,      Y,     Y,     Y,     Y,        N]),
    (Permission::ReduceSeats,     [Y,      Y,     N,     Y,     N,        N]),
    (Permission::ReadJournal,     [Y,      Y,     Y,     Y,     Y,        Y]),
    (Permission::DeleteCustomers, [Y,      N,     N,     N,     N,        N]),
    (Permission::ManageCatalog,   [Y,      N,     N,     N,     N,        N]),
];

/// Whether `role` has `permission`.
#[must_use]
pub const fn allows(role: Role, permission: Permission) -> bool {
    MATRIX[permission as usize].1[role as usize]
}

impl Role {
    /// All roles, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::GlobalAdmin,
        Self::AdminAgent,
        Self::UserManagementAdmin,
        Self::SalesAgent,
        Self::HelpdeskAgent,
        Self::Reader,
    ];

    /// The role's name in tokens and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GlobalAdmin => "global_admin",
            Self::AdminAgent => "admin_agent",
            Self::UserManagementAdmin => "user_management_admin",
            Self::SalesAgent => "sales_agent",
            Self::HelpdeskAgent => "helpdesk_agent",
            Self::Reader => "reader",
        }
    }

    /// Parses a role's name.
    pub fn parse(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| RoleError {
                given: text.chars().take(64).collect(),
            })
    }
}

impl Permission {
    /// All permissions, in the order of their declaration.
    pub const ALL: [Self; 9] = [
        Self::ReadResources,
        Self::ManageLicenses,
        Self::ManageUsers,
        Self::ManageCustomers,
        Self::PurchaseSeats,
        Self::ReduceSeats,
        Self::ReadJournal,
        Self::DeleteCustomers,
        Self::ManageCatalog,
    ];

    /// The permission's name, for errors and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadResources => "read_resources",
            Self::ManageLicenses => "manage_licenses",
            Self::ManageUsers => "manage_users",
            Self::ManageCustomers => "manage_customers",
            Self::PurchaseSeats => "purchase_seats",
            Self::ReduceSeats => "reduce_seats",
            Self::ReadJournal => "read_journal",
            Self::DeleteCustomers => "delete_customers",
            Self::ManageCatalog => "manage_catalog",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_stand_in_the_order_of_declaration() {
        for (index, (permission, _)) in MATRIX.iter().enumerate() {
            assert_eq!(*permission as usize, index);
            assert_eq!(*permission, Permission::ALL[index]);
        }
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, index);
        }
    }

    #[test]
    fn a_role_reads_back_as_printed() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert!(Role::parse("Global_Admin").is_err());
    }
}
