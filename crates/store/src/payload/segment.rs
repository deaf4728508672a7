use seatkeeper_domain::{UserId, UserKey};

use super::column::{deltas, joined, sparse_deltas, sparse_undeltas, split, undeltas};
use super::{Malformed, parsed};
use crate::{Selected, SelectedUser};

/// A segment of a frozen selection, column by column.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SegmentPayload {
    #[prost(sint64, repeated, tag = "1")]
    user_deltas: Vec<i64>,
    /// The identifiers that no user of the directory had, in order.
    #[prost(string, tag = "2")]
    unknown_ids: String,
    #[prost(sint64, repeated, tag = "3")]
    request_index_deltas: Vec<i64>,
}

impl From<&[Selected]> for SegmentPayload {
    fn from(selected: &[Selected]) -> Self {
        let key = |one: &Selected| match &one.user {
            SelectedUser::Known(key) => Some(key.0),
            SelectedUser::Unknown(_) => None,
        };
        let unknown_ids = selected.iter().filter_map(|one| match &one.user {
            SelectedUser::Known(_) => None,
            SelectedUser::Unknown(id) => Some(id.as_str()),
        });
        Self {
            user_deltas: deltas(selected.iter().map(key)),
            unknown_ids: joined(unknown_ids),
            request_index_deltas: sparse_deltas(selected.iter().map(|one| one.request_index)),
        }
    }
}

impl TryFrom<SegmentPayload> for Vec<Selected> {
    type Error = Malformed;

    fn try_from(payload: SegmentPayload) -> Result<Self, Malformed> {
        let mut unknown = split(&payload.unknown_ids);
        let indices = sparse_undeltas(&payload.request_index_deltas, payload.user_deltas.len())?;
        let selected = undeltas(&payload.user_deltas)
            .zip(indices)
            .map(|(key, request_index)| {
                let user = match key {
                    Some(key) => SelectedUser::Known(UserKey(key)),
                    None => SelectedUser::Unknown(unknown_id(unknown.next())?),
                };
                Ok(Selected {
                    user,
                    request_index,
                })
            })
            .collect::<Result<Self, Malformed>>()?;
        if unknown.next().is_some() {
            return Err(Malformed::new("it names more unknown users than it has"));
        }
        Ok(selected)
    }
}

fn unknown_id(text: Option<&str>) -> Result<UserId, Malformed> {
    let text = text.ok_or_else(|| Malformed::new("an unknown user's identifier is missing"))?;
    parsed(text, |text| UserId::parse(text).ok())
}
