//! Identifiers in the format of the contract, and the resource names built from them.

const LENGTH_MAX: usize = 64;

/// Whether a text is valid as the last segment of a resource name.
pub(crate) fn is_identifier(text: &str) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.len() <= LENGTH_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~@+'!".contains(&byte))
}

/// An identifier as the server stores it: lower case if it has the form of a GUID.
pub(crate) fn normal(text: &str) -> String {
    if is_guid(text) {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}

/// Parses an identifier of the command line.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    if is_identifier(text) {
        return Ok(normal(text));
    }
    Err(format!(
        "expected an identifier without a path: 1 to {LENGTH_MAX} ASCII letters, digits and - . _ ~ @ + ' !"
    ))
}

/// The last identifier of a resource name.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

pub(crate) fn customer(customer: &str) -> String {
    format!("customers/{customer}")
}

pub(crate) fn user(customer: &str, user: &str) -> String {
    format!("customers/{customer}/users/{user}")
}

pub(crate) fn entitlement(customer: &str, product: &str) -> String {
    format!("customers/{customer}/entitlements/{product}")
}

pub(crate) fn waitlist_entry(customer: &str, product: &str, user: &str) -> String {
    format!("customers/{customer}/entitlements/{product}/waitlistEntries/{user}")
}

pub(crate) fn selection(customer: &str, selection: &str) -> String {
    format!("customers/{customer}/selections/{selection}")
}

pub(crate) fn batch(customer: &str, batch: &str) -> String {
    format!("customers/{customer}/batches/{batch}")
}

pub(crate) fn product(product: &str) -> String {
    format!("products/{product}")
}

/// The resource name of a service plan, with a dash for the product.
pub(crate) fn any_plan(plan: &str) -> String {
    format!("products/-/servicePlans/{plan}")
}

/// Whether a text has the form of a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_kept_in_lower_case_and_nothing_else_is() {
        let guid = "6FD2C87F-B296-42F0-B197-1E91E994B900";
        assert_eq!(normal(guid), guid.to_lowercase());
        assert_eq!(normal("Ann"), "Ann");
    }

    #[test]
    fn a_sign_in_name_is_an_identifier_and_a_path_is_not() {
        assert!(is_identifier("ann.o'neill+1@contoso.example"));
        assert!(!is_identifier("customers/contoso"));
        assert!(!is_identifier(".hidden"));
        assert!(!is_identifier(""));
        assert!(!is_identifier(&"a".repeat(65)));
    }
}
