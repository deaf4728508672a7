use seatkeeper_domain::Customer;
use seatkeeper_proto::v1;

use super::{etag, names, time};

pub(crate) fn to_proto(customer: &Customer) -> v1::Customer {
    v1::Customer {
        name: names::customer(&customer.id),
        display_name: customer.display_name.clone(),
        user_count: customer.user_count,
        create_time: Some(time::to_proto(customer.create_time)),
        update_time: Some(time::to_proto(customer.update_time)),
        etag: etag::of(customer.revision),
    }
}
