use seatkeeper_domain::{
    BatchKey, BatchSpan, CatalogVersion, ChunkPlan, Decision, LicenseChanges, Member, UserId,
    UserKey,
};

use super::column::{deltas, joined, sparse_deltas, sparse_undeltas, split, undeltas};
use super::decision::DecisionPayload;
use super::{Malformed, each, guids, parsed};

/// The decisions of one chunk, column by column. Complete in itself: replay needs no other table,
/// and users that were deleted later are included.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LicenseChangesPayload {
    /// `None` for a single call.
    #[prost(message, optional, tag = "1")]
    span: Option<SpanPayload>,
    #[prost(int64, tag = "2")]
    catalog_version: i64,
    #[prost(sint64, repeated, tag = "3")]
    user_deltas: Vec<i64>,
    /// Empty when all identifiers are GUIDs.
    #[prost(string, tag = "4")]
    user_ids: String,
    #[prost(sint64, repeated, tag = "5")]
    request_index_deltas: Vec<i64>,
    #[prost(message, repeated, tag = "6")]
    decisions: Vec<DecisionPayload>,
    /// The index of each user's decision.
    #[prost(uint32, repeated, tag = "7")]
    member_decisions: Vec<u32>,
    /// The users' identifiers when all of them are GUIDs.
    #[prost(bytes = "vec", tag = "8")]
    user_guids: Vec<u8>,
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
        let user_ids = members.clone().map(|member| member.user_id.as_str());
        let user_guids = guids::packed(user_ids.clone());
        Self {
            span: changes.span.map(|span| SpanPayload {
                batch: span.batch.0,
                first_result: span.first_result,
            }),
            catalog_version: changes.catalog_version.0,
            user_deltas: deltas(members.clone().map(|member| member.user.map(|key| key.0))),
            user_ids: match &user_guids {
                Some(_) => String::new(),
                None => joined(user_ids),
            },
            request_index_deltas: sparse_deltas(members.map(|member| member.request_index)),
            decisions: changes
                .plan
                .decisions
                .iter()
                .map(DecisionPayload::from)
                .collect(),
            member_decisions: changes.plan.members.clone(),
            user_guids: user_guids.unwrap_or_default(),
        }
    }
}

impl TryFrom<LicenseChangesPayload> for LicenseChanges {
    type Error = Malformed;

    fn try_from(payload: LicenseChangesPayload) -> Result<Self, Malformed> {
        let decisions: Vec<Decision> = each(payload.decisions)?;
        let user_ids = if payload.user_guids.is_empty() {
            texts(&payload.user_ids)?
        } else {
            guids::unpacked(&payload.user_guids)?
        };
        let members = members(
            &payload.user_deltas,
            user_ids,
            &payload.request_index_deltas,
        )?;
        if payload.member_decisions.len() != members.len() {
            return Err(Malformed::new("its columns differ in length"));
        }
        let last = payload.member_decisions.iter().max();
        if last.is_some_and(|&last| last as usize >= decisions.len()) {
            return Err(Malformed::new("a user refers to a missing decision"));
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

fn texts(user_ids: &str) -> Result<Vec<UserId>, Malformed> {
    split(user_ids)
        .map(|id| parsed(id, |text| UserId::parse(text).ok()))
        .collect()
}

fn members(
    user_deltas: &[i64],
    user_ids: Vec<UserId>,
    request_index_deltas: &[i64],
) -> Result<Vec<Member>, Malformed> {
    let count = user_deltas.len();
    if user_ids.len() != count {
        return Err(Malformed::new("its columns differ in length"));
    }
    let indices = sparse_undeltas(request_index_deltas, count)?;
    let members = undeltas(user_deltas).zip(user_ids).zip(indices);
    let members = members.map(|((user, user_id), request_index)| Member {
        user: user.map(UserKey),
        user_id,
        request_index,
    });
    Ok(members.collect())
}
