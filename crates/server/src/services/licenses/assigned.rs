use seatkeeper_domain::{CustomerName, ProductName, UserOrder};
use seatkeeper_engine::{AssignedUserPage, EntitlementView, ListAssignedUsers, PageStart};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::list_assigned_users_response::AssignedUser;

use crate::admission::BlockingPool;
use crate::convert::license::LicenseEncoder;
use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::{PageEnd, users_that_fit};
use crate::convert::{query, selector, user};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{PageKeys, TokenScope, UserPageCursor, UserTokens};
use crate::services::Context;

/// Lists the users of a set that hold a product.
pub(super) async fn list(
    context: &Context,
    request: v1::ListAssignedUsersRequest,
) -> ServerResult<v1::ListAssignedUsersResponse> {
    let engine = &context.engine;
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let parsed = ParsedRequest::parse(&context.pool, &keys, request).await?;
    let (customer, order) = (parsed.list.customer.clone(), parsed.list.order);
    let end = PageEnd::of(&parsed.list.start);
    let mut found = engine.list_assigned_users(parsed.list).await?;
    let entitlements = engine.list_entitlements(&customer).await?;
    let assigned_users = assigned_users(&customer, &mut found, end, &entitlements);
    let tokens = UserTokens::of(&parsed.scope, &found.page, order);
    Ok(v1::ListAssignedUsersResponse {
        assigned_users,
        next_page_token: tokens.next,
        previous_page_token: tokens.previous,
        first_page_token: tokens.first,
        last_page_token: tokens.last,
        total_size: found.page.total,
    })
}

/// A parsed request.
struct ParsedRequest {
    list: ListAssignedUsers,
    scope: TokenScope,
}

impl ParsedRequest {
    async fn parse(
        pool: &BlockingPool,
        keys: &PageKeys,
        request: v1::ListAssignedUsersRequest,
    ) -> ServerResult<Self> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &request.parent));
        let product = errors.take(name::<ProductName>("product", &request.product));
        let order: Option<UserOrder> = errors.take(query::order("order_by", &request.order_by));
        let limit = errors.take(page_size(request.page_size));
        let (Some(parent), Some(product), Some(order), Some(limit)) =
            (parent, product, order, limit)
        else {
            return Err(errors.into());
        };
        let selector = selector::read(pool, &parent, "selection", request.selection).await??;
        let (selector, meaning) = selector::with_meaning(pool, selector).await?;
        let scope = TokenScope::new(
            keys,
            "ListAssignedUsers",
            &[
                &parent.to_string(),
                &meaning,
                &product.to_string(),
                &order.to_string(),
            ],
        );
        let cursor: Option<UserPageCursor> = scope.cursor(&request.page_token)?;
        let list = ListAssignedUsers {
            customer: parent.customer,
            selector,
            product: product.product,
            order,
            start: cursor.map_or(PageStart::First, |cursor| cursor.start(order)),
            limit,
        };
        Ok(Self { list, scope })
    }
}

fn assigned_users(
    customer: &seatkeeper_domain::CustomerId,
    found: &mut AssignedUserPage,
    end: PageEnd,
    entitlements: &[EntitlementView],
) -> Vec<AssignedUser> {
    let encoder = LicenseEncoder::new(customer, &found.catalog, entitlements);
    users_that_fit(&mut found.page, end, &found.licenses, |holder, license| {
        let license = encoder.encode(license.as_ref()?);
        Some(AssignedUser {
            user: Some(user::to_proto(customer, holder)),
            license: Some(license),
        })
    })
}
