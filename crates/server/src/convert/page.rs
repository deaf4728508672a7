use seatkeeper_proto::v1::ErrorReason;

use crate::error::FieldError;
use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, RESULTS_DEFAULT, RESULTS_MAX};

/// The number of items in a page of resources.
pub(crate) fn page_size(given: i32) -> Result<usize, FieldError> {
    size("page_size", given, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)
}

/// The number of results in a page.
pub(crate) fn result_page_size(given: i32) -> Result<usize, FieldError> {
    size("page_size", given, RESULTS_DEFAULT, RESULTS_MAX)
}

/// The number of results in a message of a stream.
pub(crate) fn results_per_message(field: &str, given: i32) -> Result<usize, FieldError> {
    size(field, given, RESULTS_DEFAULT, RESULTS_MAX)
}

fn size(field: &str, given: i32, default: i32, max: i32) -> Result<usize, FieldError> {
    let wrong = |description| {
        FieldError::new(field, ErrorReason::PageTooLarge, description)
            .with("given", given)
            .with("maximum", max)
    };
    let size = if given == 0 { default } else { given };
    if size > max {
        return Err(wrong(format!("is {given}, at most {max} are allowed")));
    }
    usize::try_from(size)
        .map_err(|_| wrong("must not be negative; zero means the default".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_the_default_and_the_maximum_is_allowed() {
        assert_eq!(page_size(0), Ok(100));
        assert_eq!(page_size(1_000), Ok(1_000));
        assert_eq!(result_page_size(5_000), Ok(5_000));
    }

    #[test]
    fn one_more_than_the_maximum_names_both() {
        let error = page_size(1_001).unwrap_err();
        assert_eq!(error.reason, ErrorReason::PageTooLarge);
        let metadata = [("given", "1001".to_owned()), ("maximum", "1000".to_owned())];
        assert_eq!(error.metadata, metadata);
    }

    #[test]
    fn a_negative_size_is_refused() {
        assert_eq!(page_size(-1).unwrap_err().reason, ErrorReason::PageTooLarge);
    }
}
