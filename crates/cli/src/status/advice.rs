/// What a person at the command line can do about an error, where there is something.
pub(super) fn for_reason(reason: &str) -> Option<&'static str> {
    let advice = match reason {
        "CATALOG_EMPTY" => "import one: seatkeeper catalog import FILE…",
        "CUSTOMER_NOT_FOUND" => "the customers there are: seatkeeper customers list",
        "USER_NOT_FOUND" => "the users there are: seatkeeper users list --customer CUSTOMER",
        "ENTITLEMENT_NOT_FOUND" => {
            "what the customer has: seatkeeper entitlements list --customer CUSTOMER"
        }
        "PRODUCT_NOT_FOUND" | "UNKNOWN_PRODUCT" => {
            "look for it: seatkeeper catalog products --search TEXT"
        }
        "UNKNOWN_SERVICE_PLAN" | "FOREIGN_SERVICE_PLAN" | "SERVICE_PLAN_NOT_FOUND" => {
            "the plans of a product: seatkeeper catalog show PRODUCT"
        }
        "BATCH_NOT_FOUND" => "the batches there are: seatkeeper batches list --customer CUSTOMER",
        "SEATS_SHORT" => {
            "buy what is missing with `seatkeeper entitlements purchase`, or serve as many as there \
             are seats with --shortage assign-until-exhausted"
        }
        "SEATS_IN_USE" => "revoke first, or name users whose seats to release with --release-user",
        "CUSTOMER_NOT_EMPTY" | "USER_HAS_LICENSES" => "delete all that belongs to it with --force",
        "PAGE_TOKEN_INVALID" | "PAGE_TOKEN_MISMATCH" => "begin again with --page first",
        "REQUEST_ID_REUSED" => "take another --request-id, or none",
        "ETAG_MISMATCH" | "CONCURRENT_IMPORT" => "somebody else was faster: try again",
        _ => return None,
    };
    Some(advice)
}
