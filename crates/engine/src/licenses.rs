mod assigned;
mod eligibility;
mod products;
mod summary;

use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    Actor, BatchMode, ChangeRequest, CompiledCatalog, CustomerId, Decision, Effect, Entitlement,
    JournalSequence, License, LicenseChanges, Planner, PlannerOptions, ProductId, ProductKey,
    RequestId, SeatPools, ShortagePolicy, Timestamp, User, UserId, UserKey, Violation,
    parse_change,
};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{
    CustomerTx, LicensePageQuery, LoadedChunk, RequestTarget, Selected, SelectedUser,
};

use crate::change::seat_pools;
use crate::digest::RequestDigest;
use crate::directory::{find_user, user_resource};
use crate::engine::check_revision;
use crate::entitlements::Buyer;
use crate::requests::Request;
use crate::transact::Work;
use crate::waitlist::join;
use crate::{Engine, EngineError, EngineResult, Shortage};

pub use assigned::{AssignedUserPage, ListAssignedUsers};
pub use eligibility::{CheckProductEligibility, Eligibilities, Eligibility};
pub use products::ProductPage;
pub use summary::{LicenseSummaries, LicenseSummary, SummarizeLicenses};

/// A change for one user.
#[derive(Debug, Clone)]
pub struct UpdateUserLicenses {
    /// Of which customer.
    pub customer: CustomerId,
    /// Whose licenses.
    pub user: UserId,
    /// What to do.
    pub change: ChangeRequest,
    /// Whether the change applies whole, or product by product.
    pub mode: BatchMode,
    /// What to do when a seat is missing: fail its product, refuse the call, buy it, or wait for one.
    pub shortage: ShortagePolicy,
    /// The revision of the user the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// Tell the licenses held afterwards.
    pub report_licenses: bool,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who asks.
    pub actor: Actor,
}

/// What a change for one user came to.
#[derive(Debug, Clone)]
pub struct UserLicensesUpdated {
    /// The one result, with the catalog it was judged by.
    pub changes: LicenseChanges,
    /// The catalog it was judged by.
    pub catalog: Arc<CompiledCatalog>,
    /// The journal entry that holds it; `None` when nothing changed or nothing was to be written.
    pub sequence: Option<JournalSequence>,
}

/// Licenses to be listed, by user in directory order, then by product.
#[derive(Debug, Clone)]
pub struct ListLicenses {
    /// Of which customer.
    pub customer: CustomerId,
    /// Whose; `None` for everyone's.
    pub user: Option<UserId>,
    /// Of which product; `None` for all.
    pub product: Option<ProductId>,
    /// Only licenses after this place.
    pub after: Option<(UserKey, ProductKey)>,
    /// The most licenses to return.
    pub limit: usize,
}

/// A page of licenses.
#[derive(Debug, Clone)]
pub struct LicensePage {
    /// The licenses.
    pub licenses: Vec<License>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<(UserKey, ProductKey)>,
    /// The catalog whose keys they carry; `None` before the first import.
    pub catalog: Option<Arc<CompiledCatalog>>,
}

impl Engine {
    /// Changes one user's licenses in one transaction.
    ///
    /// Violations of rules are part of the result, as in a batch; only what is wrong with the
    /// request itself is an error.
    pub async fn update_user_licenses(
        &self,
        update: UpdateUserLicenses,
    ) -> EngineResult<UserLicensesUpdated> {
        let catalog = self.catalog().await?;
        let change = parse_change(&catalog, &update.change).map_err(EngineError::InvalidChange)?;
        let request = update.request_id.clone().map(|id| Request {
            id,
            digest: RequestDigest::new("UpdateUserLicenses")
                .text(update.user.as_str())
                .change(&change)
                .flag(update.mode == BatchMode::PerLicense)
                .shortage(update.shortage)
                .flag(update.report_licenses)
                .finish(),
        });
        let options = PlannerOptions {
            mode: update.mode,
            report_licenses: update.report_licenses,
            waits_for_seats: update.shortage == ShortagePolicy::Waitlist,
        };
        let planner = Planner::new(Arc::clone(&catalog), change, options);
        let customer = update.customer.clone();
        let now = self.shared.clock.now();
        let buyer = (update.shortage == ShortagePolicy::BuyMore).then(|| self.shared.buyer());
        let work = UpdateWork {
            update,
            planner,
            buyer,
            request,
            now,
        };
        let (changes, sequence) = self.change_customer(&customer, work).await?;
        let catalog = self.catalog_version(changes.catalog_version).await?;
        Ok(UserLicensesUpdated {
            changes,
            catalog,
            sequence,
        })
    }

    /// A page of licenses.
    pub async fn list_licenses(&self, list: ListLicenses) -> EngineResult<LicensePage> {
        let customer = self.find_customer(&list.customer).await?.key;
        let user = match &list.user {
            Some(user) => Some(self.user(&list.customer, user).await?.key),
            None => None,
        };
        let catalog = match self.catalog().await {
            Err(EngineError::CatalogEmpty) => {
                return Ok(LicensePage {
                    licenses: Vec::new(),
                    next: None,
                    catalog: None,
                });
            }
            catalog => catalog?,
        };
        let product = match &list.product {
            Some(id) => match catalog.product_by_id(id) {
                Some(product) => Some(product.key),
                None => return Err(unknown("product", id)),
            },
            None => None,
        };
        let query = LicensePageQuery {
            users: user.map(|user| vec![user]),
            product,
            after: list.after,
            limit: list.limit + 1,
        };
        let mut licenses = self.shared.store.licenses(customer, &query).await?;
        let more = licenses.len() > list.limit;
        licenses.truncate(list.limit);
        let next = licenses
            .last()
            .filter(|_| more)
            .map(|last| (last.user, last.held.product));
        Ok(LicensePage {
            licenses,
            next,
            catalog: Some(catalog),
        })
    }
}

fn unknown(field: &str, id: &ProductId) -> EngineError {
    crate::Invalid::one(
        crate::InvalidKind::UnknownProduct(id.clone()),
        field,
        format!("product {id} is not in the catalog"),
    )
}

fn seats_available(violation: &Violation) -> Option<i64> {
    if let Violation::SeatsExhausted { available } = violation {
        Some(*available)
    } else {
        None
    }
}

struct UpdateWork {
    update: UpdateUserLicenses,
    planner: Planner,
    /// Where missing seats are to be bought.
    buyer: Option<Buyer>,
    request: Option<Request>,
    now: Timestamp,
}

/// A change as decided, with what it draws on.
struct Decided {
    changes: LicenseChanges,
    entitlements: Vec<Entitlement>,
    pools: SeatPools,
}

#[async_trait]
impl Work for UpdateWork {
    type Output = (LicenseChanges, Option<JournalSequence>);

    fn locked_at(&mut self, now: Timestamp) {
        self.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output> {
        if let Some(done) = self.done_before(tx).await? {
            return Ok(done);
        }
        let user = find_user(tx, &self.update.user).await?;
        check_revision(self.update.revision, user.revision, || {
            user_resource(&self.update.customer, &self.update.user)
        })?;
        let decided = self.decide(tx, &user).await?;
        pass(Point::SingleDecided);
        let changes = &decided.changes;
        self.check_seats(changes)?;
        let decisions = &changes.plan.decisions;
        let anything_done =
            decisions.iter().any(Decision::has_changes) || changes.plan.has_waiting();
        if self.update.validate_only || (!anything_done && self.request.is_none()) {
            return Ok((decided.changes, None));
        }
        let actor = &self.update.actor;
        if let Some(buyer) = &self.buyer {
            let Decided {
                entitlements,
                pools,
                ..
            } = &decided;
            buyer.buy(tx, entitlements, pools, actor, self.now).await?;
        }
        let changes = decided.changes;
        let entry = tx.record_licenses(self.now, actor, changes.clone()).await?;
        pass(Point::SingleRecorded);
        join(tx, &self.planner, &changes, actor, None, self.now).await?;
        if let Some(request) = &self.request {
            request
                .remember(tx, RequestTarget::Entry(entry.sequence), self.now)
                .await?;
        }
        Ok((changes, Some(entry.sequence)))
    }
}

impl UpdateWork {
    async fn decide(&mut self, tx: &mut dyn CustomerTx, user: &User) -> EngineResult<Decided> {
        let selected = [Selected {
            user: SelectedUser::Known(user.key),
            request_index: None,
        }];
        let LoadedChunk { members, state, .. } = tx.load_chunk(&selected).await?;
        let products = self.planner.change().products().collect::<Vec<_>>();
        let entitlements = tx.entitlements(&products).await?;
        let mut pools = match &self.buyer {
            Some(buyer) => buyer.pools(&products, &entitlements, self.now),
            None => seat_pools(&products, &entitlements, &[], self.now),
        };
        let plan = self.planner.plan(&state, &mut pools);
        let catalog_version = self.planner.catalog().version();
        let changes = LicenseChanges {
            span: None,
            catalog_version,
            members,
            plan,
        };
        Ok(Decided {
            changes,
            entitlements,
            pools,
        })
    }

    /// Refuses what lacks a seat, where every seat is required.
    fn check_seats(&self, changes: &LicenseChanges) -> EngineResult<()> {
        if self.update.shortage != ShortagePolicy::RequireAll {
            return Ok(());
        }
        let catalog = self.planner.catalog();
        let decided = changes
            .plan
            .decisions
            .iter()
            .flat_map(|decision| &decision.products);
        let short = decided.filter_map(|decided| {
            let available = decided.violations.iter().find_map(seats_available)?;
            let product = catalog.product(decided.product)?.id.clone();
            Some(Shortage {
                product,
                needed: 1,
                available,
            })
        });
        let short: Vec<Shortage> = short.collect();
        if short.is_empty() {
            Ok(())
        } else {
            Err(EngineError::SeatsShort(short))
        }
    }

    /// What an earlier call under the same request id came to.
    async fn done_before(
        &self,
        tx: &mut dyn CustomerTx,
    ) -> EngineResult<Option<(LicenseChanges, Option<JournalSequence>)>> {
        let Some(request) = &self.request else {
            return Ok(None);
        };
        let earlier = request.earlier(tx.request(&request.id).await?)?;
        let Some(RequestTarget::Entry(sequence)) = earlier else {
            return Ok(None);
        };
        let entry = tx.entry(sequence).await?;
        let Some(Effect::LicensesChanged(changes)) = entry.map(|entry| entry.effect) else {
            return Ok(None);
        };
        Ok(Some((changes, Some(sequence))))
    }
}
