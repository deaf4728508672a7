use seatkeeper_domain::{UserId, WaitlistEntryName, WaitlistParent};
use seatkeeper_engine::{Engine, LeaveWaitlist, ListWaitlist, PrioritizeWaiting, WaitlistPage};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::waitlist_service_server::WaitlistService;
use tonic::{Request, Response, Status};

use super::Context;
use crate::caller::Caller;
use crate::convert::mask::Mask;
use crate::convert::names::{name, user_of};
use crate::convert::page::page_size;
use crate::convert::page_bytes::first_that_fit;
use crate::convert::text::required;
use crate::convert::{etag, waitlist};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{AfterWaitlistEntry, PageKeys, TokenScope};

/// Lists the waitlists and changes the order of their entries.
pub(crate) struct Waitlist {
    engine: Engine,
}

impl Waitlist {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            engine: context.engine.clone(),
        }
    }

    async fn list(
        &self,
        request: v1::ListWaitlistEntriesRequest,
    ) -> ServerResult<v1::ListWaitlistEntriesResponse> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<WaitlistParent>("parent", &request.parent));
        let limit = errors.take(page_size(request.page_size));
        let user = match &parent {
            Some(parent) if !request.user.is_empty() => {
                let field = || "user".to_owned();
                errors.take(user_of(&parent.customer(), field, &request.user))
            }
            Some(_) | None => None,
        };
        let (Some(parent), Some(limit), true) = (parent, limit, errors.is_empty()) else {
            return Err(errors.into());
        };
        let of = user.as_ref().map_or("", UserId::as_str);
        let keys = PageKeys::of(&self.engine, &request.page_token).await?;
        let scope = TokenScope::new(&keys, "ListWaitlistEntries", &[&parent.to_string(), of]);
        let after: Option<AfterWaitlistEntry> = scope.cursor(&request.page_token)?;
        let customer = parent.customer().customer;
        let list = ListWaitlist {
            customer: customer.clone(),
            product: match parent {
                WaitlistParent::Entitlement(name) => Some(name.product),
                WaitlistParent::AllEntitlements(_) => None,
            },
            user,
            after: after.map(|after| after.position()),
            limit,
        };
        let WaitlistPage { page, catalog } = self.engine.list_waitlist(list).await?;
        let (waitlist_entries, _) = match catalog.as_deref() {
            Some(catalog) => first_that_fit(&page.items, |entry| {
                waitlist::to_proto(&customer, catalog, entry)
            }),
            None => (Vec::new(), true),
        };
        let included = &page.items[..waitlist_entries.len()];
        let more = page.more || included.len() < page.items.len();
        let last_sent = included.last().filter(|_| more);
        Ok(v1::ListWaitlistEntriesResponse {
            next_page_token: last_sent.map_or_else(String::new, |entry| {
                scope.token(&AfterWaitlistEntry::new(entry))
            }),
            waitlist_entries,
            total_size: page.total,
        })
    }

    async fn update(
        &self,
        caller: Caller,
        request: v1::UpdateWaitlistEntryRequest,
    ) -> ServerResult<v1::UpdateWaitlistEntryResponse> {
        let given = required("waitlist_entry", request.waitlist_entry)?;
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<WaitlistEntryName>(
            "waitlist_entry.name",
            &given.name,
        ));
        // Only the priority can be changed, so every valid mask changes it.
        let mask = errors.take(Mask::parse(request.update_mask, &["priority"]));
        let (Some(target), Some(_)) = (target, mask) else {
            return Err(errors.into());
        };
        let prioritize = PrioritizeWaiting {
            customer: target.customer.clone(),
            product: target.product,
            user: target.user,
            priority: given.priority,
            revision: etag::expected(&given.etag),
            principal: caller.principal(),
        };
        let waiting = self.engine.prioritize_waiting(prioritize).await?;
        let entry = waitlist::to_proto(&target.customer, &waiting.catalog, &waiting.entry);
        Ok(v1::UpdateWaitlistEntryResponse {
            waitlist_entry: Some(entry),
        })
    }

    async fn delete(
        &self,
        caller: Caller,
        request: v1::DeleteWaitlistEntryRequest,
    ) -> ServerResult<v1::DeleteWaitlistEntryResponse> {
        let WaitlistEntryName {
            customer,
            product,
            user,
        } = name("name", &request.name)?;
        let leave = LeaveWaitlist {
            customer,
            product,
            user,
            revision: etag::expected(&request.etag),
            principal: caller.principal(),
        };
        self.engine.leave_waitlist(leave).await?;
        Ok(v1::DeleteWaitlistEntryResponse {})
    }
}

#[tonic::async_trait]
impl WaitlistService for Waitlist {
    async fn list_waitlist_entries(
        &self,
        request: Request<v1::ListWaitlistEntriesRequest>,
    ) -> Result<Response<v1::ListWaitlistEntriesResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn update_waitlist_entry(
        &self,
        request: Request<v1::UpdateWaitlistEntryRequest>,
    ) -> Result<Response<v1::UpdateWaitlistEntryResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.update(caller, request.into_inner()).await?,
        ))
    }

    async fn delete_waitlist_entry(
        &self,
        request: Request<v1::DeleteWaitlistEntryRequest>,
    ) -> Result<Response<v1::DeleteWaitlistEntryResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.delete(caller, request.into_inner()).await?,
        ))
    }
}
