use seatkeeper_domain::{
    BatchKey, BatchSpan, CatalogVersion, ChunkPlan, Decision, LicenseChanges, Member, UserId,
    UserKey,
};

use super::column::{deltas, joined, sparse_deltas, sparse_undeltas, split, undeltas};
use super::decision::DecisionPayload;
use super::{Malformed, each, parsed};

/// The decisions of one chunk, column by column; complete in itself, so that replay needs no
/// other table and knows users that were deleted since.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LicenseChangesPayload {
    /// Absent for a single call.
    #[prost(message, optional, tag = "1")]
    span: Option<SpanPayload>,
    #[prost(int64, tag = "2")]
    catalog_version: i64,
    #[prost(sint64, repeated, tag = "3")]
    user_deltas: Vec<i64>,
    #[prost(string, tag = "4")]
    user_ids: String,
    #[prost(sint64, repeated, tag = "5")]
    request_index_deltas: Vec<i64>,
    #[prost(message, repeated, tag = "6")]
    decisions: Vec<DecisionPayload>,
    /// For each user the index of the decision.
    #[prost(uint32, repeated, tag = "7")]
    member_decisions: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct SpanPayload {
    #[prost(int64, tag = "1")]
    batch: i64,
    #[prost(int64, tag = "2")]
    first_result: i64,
}

impl From<&LicenseChanges> for LicenseChangesPayload {
    fn from(changes: &LicenseChanges) -> Self {
        let members = changes.members.iter();
        Self {
            span: changes.span.map(|span| SpanPayload {
                batch: span.batch.0,
                first_result: span.first_result,
            }),
            catalog_version: changes.catalog_version.0,
            user_deltas: deltas(members.clone().map(|member| member.user.map(|key| key.0))),
            user_ids: joined(members.clone().map(|member| member.user_id.as_str())),
            request_index_deltas: sparse_deltas(members.map(|member| member.request_index)),
            decisions: changes
                .plan
                .decisions
                .iter()
                .map(DecisionPayload::from)
                .collect(),
            member_decisions: changes.plan.members.clone(),
        }
    }
}

impl TryFrom<LicenseChangesPayload> for LicenseChanges {
    type Error = Malformed;

    fn try_from(payload: LicenseChangesPayload) -> Result<Self, Malformed> {
        let decisions: Vec<Decision> = each(payload.decisions)?;
        let members = members(
            &payload.user_deltas,
            &payload.user_ids,
            &payload.request_index_deltas,
        )?;
        if payload.member_decisions.len() != members.len() {
            return Err(Malformed::new("its columns differ in length"));
        }
        let last = payload.member_decisions.iter().max();
        if last.is_some_and(|&last| last as usize >= decisions.len()) {
            return Err(Malformed::new("a user's decision is not there"));
        }
        Ok(Self {
            span: payload.span.map(|span| BatchSpan {
                batch: BatchKey(span.batch),
                first_result: span.first_result,
            }),
            catalog_version: CatalogVersion(payload.catalog_version),
            members,
            plan: ChunkPlan {
                decisions,
                members: payload.member_decisions,
            },
        })
    }
}

fn members(
    user_deltas: &[i64],
    user_ids: &str,
    request_index_deltas: &[i64],
) -> Result<Vec<Member>, Malformed> {
    let count = user_deltas.len();
    let mut ids = split(user_ids);
    let indices = sparse_undeltas(request_index_deltas, count)?;
    let members = undeltas(user_deltas)
        .zip(indices)
        .map(|(user, request_index)| {
            let id = ids
                .next()
                .ok_or_else(|| Malformed::new("its columns differ in length"))?;
            Ok(Member {
                user: user.map(UserKey),
                user_id: parsed(id, |text| UserId::parse(text).ok())?,
                request_index,
            })
        })
        .collect::<Result<Vec<_>, Malformed>>()?;
    if ids.next().is_some() {
        return Err(Malformed::new("its columns differ in length"));
    }
    Ok(members)
}
