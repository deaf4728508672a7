use std::iter::repeat;

use seatkeeper_domain::{CustomerName, SelectionKey, SelectionName};
use seatkeeper_engine::{Engine, ListSelectionUsers, PageStart};
use seatkeeper_proto::v1;

use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::{PageEnd, users_that_fit};
use crate::convert::{query, selection, user};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{AfterNumber, PageKeys, TokenScope, UserPageCursor, UserTokens};

pub(super) async fn get(
    engine: &Engine,
    request: &v1::GetSelectionRequest,
) -> ServerResult<v1::GetSelectionResponse> {
    let target: SelectionName = name("name", &request.name)?;
    let found = engine
        .selection(&target.customer, &target.selection)
        .await?;
    let customer = CustomerName {
        customer: target.customer,
    };
    Ok(v1::GetSelectionResponse {
        selection: Some(selection::to_proto(&customer, &found)),
    })
}

pub(super) async fn list(
    engine: &Engine,
    request: &v1::ListSelectionsRequest,
) -> ServerResult<v1::ListSelectionsResponse> {
    let mut errors = FieldErrors::default();
    let parent = errors.take(name::<CustomerName>("parent", &request.parent));
    let limit = errors.take(page_size(request.page_size));
    let (Some(parent), Some(limit)) = (parent, limit) else {
        return Err(errors.into());
    };
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let scope = TokenScope::new(&keys, "ListSelections", &[&parent.to_string()]);
    let before: Option<AfterNumber> = scope.cursor(&request.page_token)?;
    let before = before.map(|before| SelectionKey(before.number));
    let page = engine
        .list_selections(&parent.customer, before, limit)
        .await?;
    let last = page.items.last().filter(|_| page.more);
    Ok(v1::ListSelectionsResponse {
        next_page_token: last.map_or_else(String::new, |last| {
            scope.token(&AfterNumber { number: last.key.0 })
        }),
        selections: page
            .items
            .iter()
            .map(|found| selection::to_proto(&parent, found))
            .collect(),
        total_size: page.total,
    })
}

pub(super) async fn list_users(
    engine: &Engine,
    request: &v1::ListSelectionUsersRequest,
) -> ServerResult<v1::ListSelectionUsersResponse> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<SelectionName>("parent", &request.parent));
    let order = errors.take(query::order("order_by", &request.order_by));
    let limit = errors.take(page_size(request.page_size));
    let (Some(target), Some(order), Some(limit)) = (target, order, limit) else {
        return Err(errors.into());
    };
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let scope = TokenScope::new(
        &keys,
        "ListSelectionUsers",
        &[&target.to_string(), &order.to_string()],
    );
    let start: Option<UserPageCursor> = scope.cursor(&request.page_token)?;
    let start = start.map_or(PageStart::First, |cursor| cursor.start(order));
    let end = PageEnd::of(&start);
    let list = ListSelectionUsers {
        customer: target.customer.clone(),
        selection: target.selection,
        order,
        start,
        limit,
    };
    let mut page = engine.list_selection_users(list).await?;
    let users = users_that_fit(&mut page, end, repeat(()), |found, ()| {
        Some(user::to_proto(&target.customer, found))
    });
    let tokens = UserTokens::of(&scope, &page, order);
    Ok(v1::ListSelectionUsersResponse {
        users,
        next_page_token: tokens.next,
        previous_page_token: tokens.previous,
        first_page_token: tokens.first,
        last_page_token: tokens.last,
        total_size: page.total,
    })
}
