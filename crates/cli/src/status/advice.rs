/// Advice for a user of the command line on how to resolve an error; `None` if there is none.
pub(super) fn for_reason(reason: &str) -> Option<&'static str> {
    let advice = match reason {
        "CATALOG_EMPTY" => "import a catalog: seatkeeper catalog import FILE…",
        "CUSTOMER_NOT_FOUND" => "to list customers: seatkeeper customers list",
        "USER_NOT_FOUND" => "to list users: seatkeeper users list --customer CUSTOMER",
        "ENTITLEMENT_NOT_FOUND" => {
            "to list entitlements: seatkeeper entitlements list --customer CUSTOMER"
        }
        "PRODUCT_NOT_FOUND" | "UNKNOWN_PRODUCT" => {
            "to search for it: seatkeeper catalog products --search TEXT"
        }
        "UNKNOWN_SERVICE_PLAN" | "FOREIGN_SERVICE_PLAN" | "SERVICE_PLAN_NOT_FOUND" => {
            "to list the plans of a product: seatkeeper catalog show PRODUCT"
        }
        "BATCH_NOT_FOUND" => "to list batches: seatkeeper batches list --customer CUSTOMER",
        "SEATS_SHORT" => {
            "buy the missing seats with `seatkeeper entitlements purchase`, or assign the \
             available ones with --shortage assign-until-exhausted"
        }
        "SEATS_IN_USE" => "revoke licenses first, or release seats of users with --release-user",
        "CUSTOMER_NOT_EMPTY" | "USER_HAS_LICENSES" => "to delete its contents as well, add --force",
        "PAGE_TOKEN_INVALID" | "PAGE_TOKEN_MISMATCH" => "start again with --page first",
        "REQUEST_ID_REUSED" => "use another --request-id, or none",
        "ETAG_MISMATCH" | "CONCURRENT_IMPORT" => "another caller made a change first: retry",
        _ => return None,
    };
    Some(advice)
}
