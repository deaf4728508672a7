use super::*;

#[test]
fn blank_means_directory_order() {
    for text in ["", "   "] {
        assert_eq!(UserOrder::parse(text), Ok(UserOrder::default()));
    }
}

#[test]
fn a_field_is_ascending_by_default() {
    let ascending = UserOrder {
        field: UserOrderField::DisplayName,
        descending: false,
    };
    let descending = UserOrder {
        descending: true,
        ..ascending
    };
    assert_eq!(UserOrder::parse("display_name"), Ok(ascending));
    assert_eq!(UserOrder::parse("display_name asc"), Ok(ascending));
    assert_eq!(UserOrder::parse("  display_name   desc "), Ok(descending));
}

#[test]
fn every_named_field_reads_back_as_printed() {
    for field in UserOrderField::NAMED {
        for descending in [false, true] {
            let order = UserOrder { field, descending };
            assert_eq!(order.to_string().parse(), Ok(order));
        }
    }
}

#[test]
fn errors_say_what_would_be_right() {
    let error_of = |text: &str| UserOrder::parse(text).unwrap_err().to_string();
    assert_eq!(
        error_of("department"),
        "can't order by \"department\"; use one of display_name, sign_in_name, update_time"
    );
    assert_eq!(
        error_of("display_name down"),
        "unknown direction \"down\" after display_name; use asc or desc, or nothing for asc"
    );
    assert_eq!(
        error_of("display_name, update_time"),
        "orders by 2 fields, at most 1 is allowed"
    );
    assert!(UserOrder::parse("display_name desc desc").is_err());
    assert!(UserOrder::parse("Display_Name").is_err());
}
