use seatkeeper_domain::{CustomerName, ProductName, UserOrder};
use seatkeeper_engine::{AssignedUserPage, EntitlementView, ListAssignedUsers, PageStart};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::list_assigned_users_response::AssignedUser;

use crate::convert::license::LicenseWriter;
use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::{PageEnd, users_that_fit};
use crate::convert::{query, selector, user};
use crate::error::{FieldErrors, ServerResult};
use crate::overload::BlockingPool;
use crate::page_token::{Binding, PageKeys, UserPlace, UserTokens};
use crate::services::Context;

/// Lists which users of a set hold a product.
pub(super) async fn list(
    context: &Context,
    request: v1::ListAssignedUsersRequest,
) -> ServerResult<v1::ListAssignedUsersResponse> {
    let engine = &context.engine;
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let asked = Asked::parse(&context.pool, &keys, request).await?;
    let (customer, order) = (asked.list.customer.clone(), asked.list.order);
    let end = PageEnd::of(&asked.list.start);
    let mut found = engine.list_assigned_users(asked.list).await?;
    let entitlements = engine.list_entitlements(&customer).await?;
    let assigned_users = assigned_users(&customer, &mut found, end, &entitlements);
    let tokens = UserTokens::of(&asked.binding, &found.page, order);
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
struct Asked {
    list: ListAssignedUsers,
    binding: Binding,
}

impl Asked {
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
        let binding = Binding::new(
            keys,
            "ListAssignedUsers",
            &[
                &parent.to_string(),
                &meaning,
                &product.to_string(),
                &order.to_string(),
            ],
        );
        let place: Option<UserPlace> = binding.place(&request.page_token)?;
        let list = ListAssignedUsers {
            customer: parent.customer,
            selector,
            product: product.product,
            order,
            start: place.map_or(PageStart::First, |place| place.start(order)),
            limit,
        };
        Ok(Self { list, binding })
    }
}

fn assigned_users(
    customer: &seatkeeper_domain::CustomerId,
    found: &mut AssignedUserPage,
    end: PageEnd,
    entitlements: &[EntitlementView],
) -> Vec<AssignedUser> {
    let writer = LicenseWriter::new(customer, &found.catalog, entitlements);
    users_that_fit(&mut found.page, end, &found.licenses, |holder, license| {
        let license = writer.write(license.as_ref()?);
        Some(AssignedUser {
            user: Some(user::to_proto(customer, holder)),
            license: Some(license),
        })
    })
}
