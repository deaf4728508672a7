//! Arbitrary values of every type that is stored as bytes.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use seatkeeper_domain::*;

use crate::{Batch, BatchRef, BatchSource, BatchSpec, BatchTask, Lease, Selected, SelectedUser};

pub(super) fn range(first: i64, count: i64) -> Vec<Selected> {
    (first..first + count)
        .map(|key| Selected {
            user: SelectedUser::Known(UserKey(key)),
            request_index: None,
        })
        .collect()
}

fn id() -> impl Strategy<Value = String> {
    "[a-z0-9][a-zA-Z0-9._~@+'!-]{0,63}"
}

fn user_id() -> impl Strategy<Value = UserId> {
    id().prop_map(|text| UserId::parse(&text).unwrap())
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_micros)
}

fn location() -> impl Strategy<Value = UsageLocation> {
    "[A-Z]{2}".prop_map(|text| UsageLocation::parse(&text).unwrap())
}

fn product() -> impl Strategy<Value = ProductKey> {
    (0..2_000_u32).prop_map(ProductKey)
}

fn plan() -> impl Strategy<Value = PlanKey> {
    (0..2_000_u32).prop_map(PlanKey)
}

fn plan_set() -> impl Strategy<Value = PlanSet> {
    vec(plan(), 0..5).prop_map(|plans| plans.into_iter().collect())
}

pub(super) fn selection() -> impl Strategy<Value = Vec<Selected>> {
    let user = prop_oneof![
        3 => (1..i64::MAX).prop_map(|key| SelectedUser::Known(UserKey(key))),
        1 => user_id().prop_map(SelectedUser::Unknown),
    ];
    let selected = (user, option::of(0..i64::MAX)).prop_map(|(user, request_index)| Selected {
        user,
        request_index,
    });
    vec(selected, 0..40)
}

fn violation() -> impl Strategy<Value = Violation> {
    prop_oneof![
        select(vec![
            Violation::UserNotFound,
            Violation::UserBlocked,
            Violation::NotEntitled,
            Violation::EntitlementSuspended,
            Violation::NotAssignableToUser,
            Violation::UsageLocationMissing,
            Violation::OtherUserFailed,
            Violation::Cancelled,
            Violation::ChangedSince,
            Violation::ProductRetired,
        ]),
        (location(), option::of(plan()))
            .prop_map(|(location, plan)| Violation::ProhibitedInUsageLocation { location, plan }),
        (
            any::<u32>(),
            option::of(plan()),
            product(),
            option::of(plan())
        )
            .prop_map(|(group, plan, other_product, other_plan)| {
                Violation::MutuallyExclusive {
                    group: group as usize,
                    plan,
                    other_product,
                    other_plan,
                }
            }),
        (product(), plan()).prop_map(|(dependent_product, plan)| Violation::DependencyMissing {
            dependent_product,
            plan,
        }),
        any::<i64>().prop_map(|available| Violation::SeatsExhausted { available }),
        product().prop_map(|product| Violation::OtherChangeFailed { product }),
    ]
}

fn warning() -> impl Strategy<Value = Warning> {
    prop_oneof![
        Just(Warning::SeatInGrace),
        vec(plan(), 1..4).prop_map(|plans| Warning::PlanLeftOff { plans }),
    ]
}

fn product_decision() -> impl Strategy<Value = ProductDecision> {
    let outcome = select(vec![
        Outcome::Assigned,
        Outcome::Updated,
        Outcome::Revoked,
        Outcome::Unchanged,
        Outcome::Failed,
    ]);
    (
        product(),
        outcome,
        option::of(plan_set()),
        option::of(plan_set()),
        vec(violation(), 0..3),
        vec(warning(), 0..2),
    )
        .prop_map(
            |(product, outcome, before, after, violations, warnings)| ProductDecision {
                product,
                outcome,
                before,
                after,
                violations,
                warnings,
            },
        )
}

fn decision() -> impl Strategy<Value = Decision> {
    let held = (product(), plan_set()).prop_map(|(product, disabled_plans)| HeldLicense {
        product,
        disabled_plans,
    });
    (vec(product_decision(), 0..3), option::of(vec(held, 0..3))).prop_map(
        |(products, held_after)| Decision {
            products,
            held_after,
        },
    )
}

fn license_changes() -> impl Strategy<Value = LicenseChanges> {
    let member = (
        option::of(1..i64::MAX),
        user_id(),
        option::of(0..i64::MAX),
        any::<prop::sample::Index>(),
    );
    let span = option::of((any::<i64>(), 0..i64::MAX / 2));
    (
        span,
        any::<i64>(),
        vec(decision(), 1..4),
        vec(member, 0..30),
    )
        .prop_map(|(span, version, decisions, members)| LicenseChanges {
            span: span.map(|(batch, first_result)| BatchSpan {
                batch: BatchKey(batch),
                first_result,
            }),
            catalog_version: CatalogVersion(version),
            plan: ChunkPlan {
                members: members
                    .iter()
                    .map(|(_, _, _, decision)| {
                        u32::try_from(decision.index(decisions.len())).unwrap()
                    })
                    .collect(),
                decisions,
            },
            members: members
                .into_iter()
                .map(|(user, user_id, request_index, _)| Member {
                    user: user.map(UserKey),
                    user_id,
                    request_index,
                })
                .collect(),
        })
}

fn user() -> impl Strategy<Value = User> {
    (
        (any::<i64>(), user_id(), any::<i64>(), any::<bool>()),
        (".{0,20}", ".{0,20}", ".{0,20}", ".{0,20}"),
        (option::of(location()), time(), time()),
    )
        .prop_map(
            |((key, id, revision, blocked), texts, (location, create, update))| User {
                key: UserKey(key),
                id,
                sign_in_name: texts.0,
                display_name: texts.1,
                department: texts.2,
                job_title: texts.3,
                usage_location: location,
                state: if blocked {
                    UserState::Blocked
                } else {
                    UserState::Active
                },
                revision,
                create_time: create,
                update_time: update,
            },
        )
}

fn customer() -> impl Strategy<Value = Customer> {
    (any::<[i64; 5]>(), id(), ".{0,20}").prop_map(|(numbers, id, display_name)| Customer {
        key: CustomerKey(numbers[0]),
        id: CustomerId::parse(&id).unwrap(),
        display_name,
        user_count: numbers[1],
        revision: numbers[2],
        create_time: Timestamp::from_micros(numbers[3]),
        update_time: Timestamp::from_micros(numbers[4]),
    })
}

fn purchase() -> impl Strategy<Value = Purchase> {
    (id(), any::<i64>(), time(), option::of(time())).prop_map(
        |(id, seats, start_time, end_time)| Purchase {
            id: PurchaseId::parse(&id).unwrap(),
            seats,
            start_time,
            end_time,
        },
    )
}

fn waitlist_leave() -> impl Strategy<Value = WaitlistLeave> {
    let reason = prop_oneof![
        Just(LeaveReason::Removed),
        vec(violation(), 0..3).prop_map(LeaveReason::Failed),
        product().prop_map(LeaveReason::ProductRetired),
        Just(LeaveReason::NothingToDo),
    ];
    (user_id(), vec(product(), 0..3), reason).prop_map(|(user, products, reason)| WaitlistLeave {
        user,
        products,
        reason,
    })
}

pub(super) fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        4 => license_changes().prop_map(Effect::LicensesChanged),
        1 => (product(), purchase())
            .prop_map(|(product, purchase)| Effect::PurchaseChanged { product, purchase }),
        1 => any::<i64>().prop_map(|key| Effect::BatchAccepted { batch: BatchKey(key) }),
        1 => any::<i64>().prop_map(|key| Effect::BatchCancelled { batch: BatchKey(key) }),
        1 => (any::<i64>(), select(vec![BatchState::Succeeded, BatchState::Cancelled]))
            .prop_map(|(key, state)| Effect::BatchEnded { batch: BatchKey(key), state }),
        1 => customer().prop_map(Effect::CustomerChanged),
        1 => vec(user(), 0..5).prop_map(|users| Effect::UsersChanged { users }),
        1 => user_id().prop_map(|user| Effect::UserDeleted { user }),
        1 => vec(waitlist_leave(), 0..4).prop_map(|leaves| Effect::WaitlistLeft { leaves }),
        1 => (user_id(), product(), any::<i32>()).prop_map(|(user, product, priority)| {
            Effect::WaitlistPrioritized { user, product, priority }
        }),
    ]
}

fn applies_to() -> impl Strategy<Value = AppliesTo> {
    select(vec![AppliesTo::User, AppliesTo::Company])
}

pub(super) fn catalog() -> impl Strategy<Value = Catalog> {
    let product_row = (
        (product(), id(), ".{0,20}", ".{0,20}"),
        (vec(plan(), 0..5), applies_to(), any::<bool>()),
    )
        .prop_map(|((key, id, display_name, part_number), rest)| Product {
            key,
            id: ProductId::parse(&id).unwrap(),
            display_name,
            part_number,
            service_plans: rest.0,
            applies_to: rest.1,
            retired: rest.2,
        });
    let plan_row = (plan(), id(), ".{0,20}", ".{0,20}", applies_to()).prop_map(
        |(key, id, part_number, display_name, applies_to)| ServicePlan {
            key,
            id: ServicePlanId::parse(&id).unwrap(),
            part_number,
            display_name,
            applies_to,
        },
    );
    let members = prop_oneof![
        vec(plan(), 0..4).prop_map(ExclusionMembers::ServicePlans),
        vec(product(), 0..4).prop_map(ExclusionMembers::Products),
    ];
    let group = (".{0,20}", members).prop_map(|(display_name, members)| ExclusionGroup {
        display_name,
        members,
    });
    let dependency = (plan(), vec(plan(), 1..4))
        .prop_map(|(plan, needs_any_of)| Dependency { plan, needs_any_of });
    let restricted = prop_oneof![
        product().prop_map(Restricted::Product),
        plan().prop_map(Restricted::ServicePlan),
    ];
    let rule = (restricted, btree_set(location(), 0..4)).prop_map(|(restricted, prohibited_in)| {
        LocationRule {
            restricted,
            prohibited_in,
        }
    });
    (
        vec(product_row, 0..4),
        vec(plan_row, 0..4),
        vec(group, 0..3),
        vec(dependency, 0..3),
        vec(rule, 0..3),
    )
        .prop_map(
            |(products, service_plans, groups, dependencies, rules)| Catalog {
                products,
                service_plans,
                exclusion_groups: groups,
                dependencies,
                location_rules: rules,
            },
        )
}

fn change() -> impl Strategy<Value = Change> {
    let policy = select(vec![PlanPolicy::Replace, PlanPolicy::Keep]);
    let assignment =
        (product(), plan_set(), policy).prop_map(|(product, disabled_plans, plan_policy)| {
            Assignment {
                product,
                disabled_plans,
                plan_policy,
            }
        });
    (vec(assignment, 0..3), vec(product(), 0..3))
        .prop_map(|(assign, revoke)| Change { assign, revoke })
}

fn batch_ref() -> impl Strategy<Value = BatchRef> {
    (any::<i64>(), id()).prop_map(|(key, id)| BatchRef {
        key: BatchKey(key),
        id: BatchId::parse(&id).unwrap(),
    })
}

fn task() -> impl Strategy<Value = BatchTask> {
    prop_oneof![
        change().prop_map(BatchTask::Change),
        (batch_ref(), vec(product(), 0..4))
            .prop_map(|(batch, products)| BatchTask::Revert { batch, products }),
    ]
}

fn spec() -> impl Strategy<Value = BatchSpec> {
    let source = prop_oneof![
        Just(BatchSource::Users),
        ".{0,20}".prop_map(BatchSource::Filter),
        Just(BatchSource::All),
        id().prop_map(|id| BatchSource::Saved(SelectionId::parse(&id).unwrap())),
        Just(BatchSource::Stream),
        (batch_ref(), vec(select(ViolationType::ALL.to_vec()), 0..3))
            .prop_map(|(batch, violations)| BatchSource::Failed { batch, violations }),
        Just(BatchSource::Reverted),
    ];
    let mode = select(vec![
        BatchMode::PerUser,
        BatchMode::PerLicense,
        BatchMode::AllOrNothing,
    ]);
    let shortage = select(vec![
        ShortagePolicy::AssignUntilExhausted,
        ShortagePolicy::RequireAll,
        ShortagePolicy::BuyMore,
        ShortagePolicy::Waitlist,
    ]);
    (
        (task(), source, mode, shortage),
        (
            any::<[bool; 2]>(),
            any::<i64>(),
            ".{0,20}",
            option::of(id()),
            time(),
        ),
    )
        .prop_map(
            |((task, source, mode, shortage), (flags, version, principal, request_id, time))| {
                BatchSpec {
                    task,
                    source,
                    mode,
                    shortage,
                    report_licenses: flags[0],
                    cancel_on_disconnect: flags[1],
                    catalog_version: CatalogVersion(version),
                    principal: Principal::new(principal),
                    request_id: request_id.map(|id| RequestId::parse(&id).unwrap()),
                    create_time: time,
                }
            },
        )
}

pub(super) fn batch() -> impl Strategy<Value = Batch> {
    let violations = btree_map(select(ViolationType::ALL.to_vec()), any::<i64>(), 0..5);
    let seats = || vec((product(), any::<i64>()), 0..4);
    (spec(), any::<[i64; 9]>(), violations, seats(), seats()).prop_map(
        |(spec, counts, violations, seats_left, seats_bought)| Batch {
            key: BatchKey(1),
            id: BatchId::parse("b").unwrap(),
            spec,
            state: BatchState::Running,
            user_count: 0,
            duplicate_count: 0,
            user_stream_open: false,
            user_stream_interrupted: false,
            processed_count: 0,
            counts: OutcomeCounts {
                users_succeeded: counts[0],
                users_failed: counts[1],
                users_unchanged: counts[2],
                assigned: counts[3],
                updated: counts[4],
                revoked: counts[5],
                unchanged: counts[6],
                failed: counts[7],
                waitlisted: counts[8],
            },
            violations,
            seats_left,
            seats_bought,
            cancel_requested: false,
            lease: Lease::default(),
            start_time: None,
            end_time: None,
        },
    )
}

/// A chunk that assigns a product to users whose identifiers are random GUIDs.
pub(super) fn assignment_to_guids(count: i64) -> Effect {
    let members = (1..=count).map(|key| {
        let high = key.wrapping_mul(0x5851_f42d_4c95_7f2d);
        let low = key.wrapping_mul(0x2545_f491_4f6c_dd1d) & 0xffff_ffff_ffff;
        let high_half = high >> 32 & 0xffff_ffff;
        let id = format!("{high_half:08x}-{:04x}-4abc-8def-{low:012x}", high & 0xffff);
        Member {
            user: Some(UserKey(key)),
            user_id: UserId::parse(&id).unwrap(),
            request_index: None,
        }
    });
    let members: Vec<Member> = members.collect();
    let assigned = ProductDecision {
        product: ProductKey(1),
        outcome: Outcome::Assigned,
        before: None,
        after: Some(PlanSet::new()),
        violations: Vec::new(),
        warnings: Vec::new(),
    };
    Effect::LicensesChanged(LicenseChanges {
        span: Some(BatchSpan {
            batch: BatchKey(1),
            first_result: 1,
        }),
        catalog_version: CatalogVersion(1),
        plan: ChunkPlan {
            decisions: vec![Decision {
                products: vec![assigned],
                held_after: None,
            }],
            members: vec![0; members.len()],
        },
        members,
    })
}
