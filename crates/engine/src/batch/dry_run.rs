use std::sync::Arc;

use seatkeeper_domain::{
    BatchKey, BatchMode, BatchSpan, ChunkPlan, CompiledCatalog, CustomerKey, LicenseChanges,
    Member, OutcomeCounts, Planner, ProductKey, SeatPools, ShortagePolicy, ViolationCounts,
};
use seatkeeper_store::Selected;

use super::accept::freeze::check_user_count;
use super::accept::request::{BatchRequest, Selector};
use super::accept::reservation::shortages;
use super::accept::user_source::Source;
use super::address::length;
use super::errors::empty_selection;
use super::run::decider::planner_options;
use super::run::seat_demand::SeatDemand;
use crate::change::seat_pools;
use crate::entitlements::SeatPurchaser;
use crate::{Engine, EngineError, EngineResult};

/// A dry run of a batch: it makes the same decisions in the same order and writes nothing.
///
/// It takes no lock. If another transaction changes the customer during the dry run, later users
/// are decided on the changed state.
pub struct DryRun {
    engine: Engine,
    catalog: Arc<CompiledCatalog>,
    customer: CustomerKey,
    source: Source,
    planner: Planner,
    pools: SeatPools,
    /// Whether the batch is all-or-nothing and a user fails, so that every user is refused.
    refused: bool,
    totals: Totals,
    processed: i64,
    counts: OutcomeCounts,
    violations: ViolationCounts,
    phase: Phase,
}

#[derive(Clone, Copy)]
enum Phase {
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy)]
struct Totals {
    users: i64,
    duplicates: i64,
}

/// An event of a dry run.
#[derive(Debug, Clone)]
pub enum DryRunEvent {
    /// The size of the selection; always the first event.
    Started {
        /// Distinct users selected.
        users: i64,
        /// Repeated users, which are counted once.
        duplicates: i64,
    },
    /// The decisions of one chunk.
    Results(Arc<LicenseChanges>),
    /// The totals of the dry run; always the last event.
    Finished {
        /// Users decided.
        users: i64,
        /// Repeated users, which are counted once.
        duplicates: i64,
        /// Counts over all results.
        counts: OutcomeCounts,
        /// Number of violations of each type.
        violations: ViolationCounts,
        /// Seats that would be left of each product of the change, ascending by product.
        seats_left: Vec<(ProductKey, i64)>,
        /// Seats that would be bought, ascending by product.
        seats_bought: Vec<(ProductKey, i64)>,
    },
}

impl Engine {
    /// Starts a dry run.
    ///
    /// # Errors
    /// All errors that would reject the batch itself, including [`EngineError::SeatsShort`].
    pub async fn dry_run_batch(
        &self,
        request: BatchRequest,
        selector: Selector,
    ) -> EngineResult<DryRun> {
        let checked = self.check_request(&request).await?;
        let found = self.find_customer(&request.customer).await?;
        let customer = found.key;
        let options = planner_options(request.mode, request.report_licenses, request.shortage);
        let planner = Planner::new(Arc::clone(&checked.catalog), checked.change, options);
        let source = self.source(&found, "selection", selector).await?;
        let mut dry_run = DryRun {
            engine: self.clone(),
            catalog: checked.catalog,
            customer,
            source,
            pools: self.pools_now(customer, &planner, request.shortage).await?,
            planner,
            refused: false,
            totals: Totals {
                users: 0,
                duplicates: 0,
            },
            processed: 0,
            counts: OutcomeCounts::default(),
            violations: ViolationCounts::new(),
            phase: Phase::Start,
        };
        dry_run.totals = dry_run.count(request.mode).await?;
        if request.shortage == ShortagePolicy::RequireAll {
            dry_run.check_seats().await?;
        }
        if request.mode == BatchMode::AllOrNothing {
            let pools = dry_run.pools.clone();
            dry_run.refused = dry_run.seat_demand(pools).await?.any_failed;
        }
        Ok(dry_run)
    }

    async fn pools_now(
        &self,
        customer: CustomerKey,
        planner: &Planner,
        shortage: ShortagePolicy,
    ) -> EngineResult<SeatPools> {
        let products = planner.change().products().collect::<Vec<_>>();
        let entitlements = self
            .core
            .store
            .entitlements(customer, Some(&products))
            .await?;
        let now = self.core.clock.now();
        Ok(match shortage {
            ShortagePolicy::AssignUntilExhausted
            | ShortagePolicy::RequireAll
            | ShortagePolicy::Waitlist => seat_pools(&products, &entitlements, &[], now),
            ShortagePolicy::BuyMore => SeatPurchaser::of_call(&*self.core.ids, &self.core.limits)
                .pools(&products, &entitlements, now),
        })
    }
}

impl DryRun {
    /// The catalog that decides the dry run and defines its keys.
    #[must_use]
    pub fn catalog(&self) -> &Arc<CompiledCatalog> {
        &self.catalog
    }

    /// The next event; `None` after [`DryRunEvent::Finished`].
    pub async fn next(&mut self) -> EngineResult<Option<DryRunEvent>> {
        if self.engine.core.tasks.is_stopping() {
            return Err(EngineError::Draining);
        }
        match self.phase {
            Phase::Start => {
                self.phase = Phase::Middle;
                let Totals { users, duplicates } = self.totals;
                Ok(Some(DryRunEvent::Started { users, duplicates }))
            }
            Phase::Middle => {
                let mut source = self.source.clone();
                let selected = self.read(&mut source).await?;
                self.source = source;
                match selected {
                    Some(selected) => self.results(&selected).await.map(Some),
                    None => {
                        self.phase = Phase::End;
                        Ok(Some(self.finished()))
                    }
                }
            }
            Phase::End => Ok(None),
        }
    }

    async fn results(&mut self, selected: &[Selected]) -> EngineResult<DryRunEvent> {
        let (members, plan) = self.decide(selected).await?;
        let (counts, violations) = OutcomeCounts::of(&plan);
        self.counts.add(&counts);
        for (violation, count) in violations {
            *self.violations.entry(violation).or_default() += count;
        }
        // A dry run has no batch; the span carries the sequence numbers of its results.
        let span = BatchSpan {
            batch: BatchKey(0),
            first_result: self.processed + 1,
        };
        self.processed += length(members.len());
        Ok(DryRunEvent::Results(Arc::new(LicenseChanges {
            span: Some(span),
            catalog_version: self.catalog.version(),
            members,
            plan,
        })))
    }

    async fn decide(&mut self, selected: &[Selected]) -> EngineResult<(Vec<Member>, ChunkPlan)> {
        let loaded = self
            .engine
            .core
            .store
            .load_chunk(self.customer, selected, self.planner.relevant())
            .await?;
        let plan = if self.refused {
            self.planner.plan_refused(&loaded.state, &mut self.pools)
        } else {
            self.planner.plan(&loaded.state, &mut self.pools)
        };
        Ok((loaded.members, plan))
    }

    fn finished(&self) -> DryRunEvent {
        let mut products = self.planner.change().products().collect::<Vec<_>>();
        products.sort_unstable();
        let left = products.into_iter().filter_map(|product| {
            let pool = self.pools.get(product).filter(|pool| pool.entitled)?;
            Some((product, pool.available))
        });
        DryRunEvent::Finished {
            users: self.processed,
            duplicates: self.totals.duplicates,
            counts: self.counts,
            violations: self.violations.clone(),
            seats_left: left.collect(),
            seats_bought: self.bought(),
        }
    }

    /// Seats that would be bought for the decided users; none if the batch is refused.
    fn bought(&self) -> Vec<(ProductKey, i64)> {
        if self.refused {
            return Vec::new();
        }
        self.pools.bought().collect()
    }

    async fn read(&self, source: &mut Source) -> EngineResult<Option<Vec<Selected>>> {
        let limits = &self.engine.core.limits;
        let limit = limits.segment_users * limits.chunk_segments_max;
        source
            .read(&*self.engine.core.store, self.customer, limit)
            .await
    }

    /// Reads the whole selection once to count its users.
    async fn count(&self, mode: BatchMode) -> EngineResult<Totals> {
        let mut source = self.source.clone();
        let mut users = 0;
        while let Some(selected) = self.read(&mut source).await? {
            users += length(selected.len());
            check_user_count(&self.engine.core.limits, mode, users)?;
        }
        if users == 0 {
            return Err(empty_selection());
        }
        Ok(Totals {
            users,
            duplicates: source.duplicates(),
        })
    }

    async fn check_seats(&mut self) -> EngineResult<()> {
        let enough = SeatPools::unlimited(self.pools.iter().copied().collect());
        let needed = self.seat_demand(enough).await?.needed();
        let shortages = shortages(&self.catalog, &self.pools, &needed);
        if shortages.is_empty() {
            Ok(())
        } else {
            Err(EngineError::SeatsShort(shortages))
        }
    }

    /// Decides all users once against `pools`, without emitting results.
    async fn seat_demand(&mut self, mut pools: SeatPools) -> EngineResult<SeatDemand> {
        let mut source = self.source.clone();
        let mut demand = SeatDemand::default();
        while let Some(selected) = self.read(&mut source).await? {
            let loaded = self
                .engine
                .core
                .store
                .load_chunk(self.customer, &selected, self.planner.relevant())
                .await?;
            demand.add(&self.planner.plan(&loaded.state, &mut pools));
        }
        Ok(demand)
    }
}
