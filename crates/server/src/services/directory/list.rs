use std::iter::repeat;

use seatkeeper_domain::{CustomerName, ProductId, UserFilter, UserOrder};
use seatkeeper_engine::{Engine, ListUsers, PageStart, UserPage};
use seatkeeper_proto::v1;

use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::{PageEnd, users_that_fit};
use crate::convert::{query, user};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{Binding, PageKeys, UserPlace, UserTokens};

/// Lists users by page.
pub(super) async fn list(
    engine: &Engine,
    request: v1::ListUsersRequest,
) -> ServerResult<v1::ListUsersResponse> {
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let asked = Asked::parse(&keys, &request)?;
    let start = asked
        .start
        .clone()
        .map_or(PageStart::First, |place| place.start(asked.order));
    let end = PageEnd::of(&start);
    let list = ListUsers {
        customer: asked.parent.customer.clone(),
        filter: asked.filter.clone(),
        order: asked.order,
        start,
        limit: asked.limit,
    };
    let page = engine.list_users(list).await?;
    Ok(asked.response(page, end))
}

/// A parsed request.
struct Asked {
    parent: CustomerName,
    filter: Option<UserFilter<ProductId>>,
    order: UserOrder,
    limit: usize,
    binding: Binding,
    start: Option<UserPlace>,
}

impl Asked {
    fn parse(keys: &PageKeys, request: &v1::ListUsersRequest) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &request.parent));
        let filter = errors.take(query::filter("filter", &request.filter));
        let order = errors.take(query::order("order_by", &request.order_by));
        let limit = errors.take(page_size(request.page_size));
        let (Some(parent), Some(filter), Some(order), Some(limit)) = (parent, filter, order, limit)
        else {
            return Err(errors);
        };
        // Bound to what the parameters mean, not to how they are written.
        let meaning = filter
            .as_ref()
            .map_or_else(String::new, UserFilter::to_string);
        let binding = Binding::new(
            keys,
            "ListUsers",
            &[&parent.to_string(), &meaning, &order.to_string()],
        );
        let start = binding.place(&request.page_token)?;
        Ok(Self {
            parent,
            filter,
            order,
            limit,
            binding,
            start,
        })
    }

    fn response(&self, mut page: UserPage, end: PageEnd) -> v1::ListUsersResponse {
        let customer = &self.parent.customer;
        let users = users_that_fit(&mut page, end, repeat(()), |found, ()| {
            Some(user::to_proto(customer, found))
        });
        let tokens = UserTokens::of(&self.binding, &page, self.order);
        v1::ListUsersResponse {
            users,
            next_page_token: tokens.next,
            previous_page_token: tokens.previous,
            first_page_token: tokens.first,
            last_page_token: tokens.last,
            total_size: page.total,
        }
    }
}
