use std::iter::repeat;

use seatkeeper_domain::{CustomerName, ProductId, UserFilter, UserOrder};
use seatkeeper_engine::{Engine, ListUsers, PageStart, UserPage};
use seatkeeper_proto::v1;

use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::{PageEnd, users_that_fit};
use crate::convert::{query, user};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{PageKeys, TokenScope, UserPageCursor, UserTokens};

/// Lists users by page.
pub(super) async fn list(
    engine: &Engine,
    request: v1::ListUsersRequest,
) -> ServerResult<v1::ListUsersResponse> {
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let parsed = ParsedRequest::parse(&keys, &request)?;
    let start = parsed
        .start
        .clone()
        .map_or(PageStart::First, |cursor| cursor.start(parsed.order));
    let end = PageEnd::of(&start);
    let list = ListUsers {
        customer: parsed.parent.customer.clone(),
        filter: parsed.filter.clone(),
        order: parsed.order,
        start,
        limit: parsed.limit,
    };
    let page = engine.list_users(list).await?;
    Ok(parsed.response(page, end))
}

/// A parsed request.
struct ParsedRequest {
    parent: CustomerName,
    filter: Option<UserFilter<ProductId>>,
    order: UserOrder,
    limit: usize,
    scope: TokenScope,
    start: Option<UserPageCursor>,
}

impl ParsedRequest {
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
        // The token is bound to the meaning of the parameters, so they may be written differently.
        let meaning = filter
            .as_ref()
            .map_or_else(String::new, UserFilter::to_string);
        let scope = TokenScope::new(
            keys,
            "ListUsers",
            &[&parent.to_string(), &meaning, &order.to_string()],
        );
        let start = scope.cursor(&request.page_token)?;
        Ok(Self {
            parent,
            filter,
            order,
            limit,
            scope,
            start,
        })
    }

    fn response(&self, mut page: UserPage, end: PageEnd) -> v1::ListUsersResponse {
        let customer = &self.parent.customer;
        let users = users_that_fit(&mut page, end, repeat(()), |found, ()| {
            Some(user::to_proto(customer, found))
        });
        let tokens = UserTokens::of(&self.scope, &page, self.order);
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
