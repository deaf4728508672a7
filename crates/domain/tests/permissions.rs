//! Compares the permission matrix with the agreed table, cell by cell.

use seatkeeper_domain::{Permission, Role, allows};

const TABLE: &str = include_str!("data/permissions.csv");

/// The permission's title in the table.
fn title(permission: Permission) -> &'static str {
    match permission {
        Permission::ReadResources => {
            "read catalog customers users entitlements licenses batches selections"
        }
        Permission::ManageLicenses => {
            "assign revoke swap licenses; run cancel retry and revert batches; \
             manage selections; dry run; summaries; waitlists"
        }
        Permission::ManageUsers => "create update block delete and import users",
        Permission::ManageCustomers => "create and update customers",
        Permission::PurchaseSeats => "purchase seats (also BUY_MORE in a batch)",
        Permission::ReduceSeats => "reduce seats and change entitlement dates",
        Permission::ReadJournal => "read the journal (audit and change feed)",
        Permission::DeleteCustomers => "delete customers",
        Permission::ManageCatalog => "import and change the catalog",
    }
}

#[test]
fn every_cell_is_as_agreed() {
    let mut lines = TABLE.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let roles: Vec<Role> = header[1..]
        .iter()
        .map(|name| name.parse().unwrap())
        .collect();
    assert_eq!(roles, Role::ALL);

    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), Permission::ALL.len());
    for permission in Permission::ALL {
        let row = rows
            .iter()
            .find(|row| row[0] == title(permission))
            .unwrap_or_else(|| panic!("no row for {permission}"));
        assert_eq!(row.len(), header.len());
        for (&role, &cell) in roles.iter().zip(&row[1..]) {
            let expected = match cell {
                "Y" => true,
                "-" => false,
                other => panic!("{other:?} for {permission} and {role}"),
            };
            assert_eq!(
                allows(role, permission),
                expected,
                "{role} and {permission}"
            );
        }
    }
}
