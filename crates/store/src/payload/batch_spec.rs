use seatkeeper_domain::{
    BatchMode, CatalogVersion, Principal, RequestId, SelectionId, ShortagePolicy, Timestamp,
};

use super::batch_task::{FailedPayload, RevertPayload};
use super::change::ChangePayload;
use super::{Malformed, parsed, required};
use crate::{BatchSource, BatchSpec, BatchTask};

/// The request that created a batch.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BatchSpecPayload {
    #[prost(oneof = "TaskPayload", tags = "1, 15")]
    task: Option<TaskPayload>,
    #[prost(oneof = "SourcePayload", tags = "2, 3, 4, 5, 6, 16, 17")]
    source: Option<SourcePayload>,
    #[prost(int32, tag = "7")]
    mode: i32,
    #[prost(int32, tag = "8")]
    shortage: i32,
    #[prost(bool, tag = "9")]
    report_licenses: bool,
    #[prost(bool, tag = "10")]
    cancel_on_disconnect: bool,
    #[prost(int64, tag = "11")]
    catalog_version: i64,
    #[prost(string, tag = "12")]
    principal: String,
    #[prost(string, optional, tag = "13")]
    request_id: Option<String>,
    #[prost(int64, tag = "14")]
    create_time: i64,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum TaskPayload {
    #[prost(message, tag = "1")]
    Change(ChangePayload),
    #[prost(message, tag = "15")]
    Revert(RevertPayload),
}

/// For a source without details the field's presence is the whole value.
#[derive(Clone, PartialEq, prost::Oneof)]
enum SourcePayload {
    #[prost(bool, tag = "2")]
    Users(bool),
    #[prost(string, tag = "3")]
    Filter(String),
    #[prost(bool, tag = "4")]
    All(bool),
    #[prost(string, tag = "5")]
    Saved(String),
    #[prost(bool, tag = "6")]
    Stream(bool),
    #[prost(message, tag = "16")]
    Failed(FailedPayload),
    #[prost(bool, tag = "17")]
    Reverted(bool),
}

impl From<&BatchSpec> for BatchSpecPayload {
    fn from(spec: &BatchSpec) -> Self {
        Self {
            task: Some(TaskPayload::from(&spec.task)),
            source: Some(SourcePayload::from(&spec.source)),
            mode: match spec.mode {
                BatchMode::PerUser => 1,
                BatchMode::PerLicense => 2,
                BatchMode::AllOrNothing => 3,
            },
            shortage: match spec.shortage {
                ShortagePolicy::AssignUntilExhausted => 1,
                ShortagePolicy::RequireAll => 2,
                ShortagePolicy::BuyMore => 3,
                ShortagePolicy::Waitlist => 4,
            },
            report_licenses: spec.report_licenses,
            cancel_on_disconnect: spec.cancel_on_disconnect,
            catalog_version: spec.catalog_version.0,
            principal: spec.principal.as_str().to_owned(),
            request_id: spec.request_id.as_ref().map(|id| id.as_str().to_owned()),
            create_time: spec.create_time.as_micros(),
        }
    }
}

impl TryFrom<BatchSpecPayload> for BatchSpec {
    type Error = Malformed;

    fn try_from(payload: BatchSpecPayload) -> Result<Self, Malformed> {
        Ok(Self {
            task: required(payload.task, "the task")?.try_into()?,
            source: required(payload.source, "the source")?.try_into()?,
            mode: match payload.mode {
                1 => BatchMode::PerUser,
                2 => BatchMode::PerLicense,
                3 => BatchMode::AllOrNothing,
                other => return Err(Malformed::number("batch mode", other)),
            },
            shortage: match payload.shortage {
                1 => ShortagePolicy::AssignUntilExhausted,
                2 => ShortagePolicy::RequireAll,
                3 => ShortagePolicy::BuyMore,
                4 => ShortagePolicy::Waitlist,
                other => return Err(Malformed::number("shortage policy", other)),
            },
            report_licenses: payload.report_licenses,
            cancel_on_disconnect: payload.cancel_on_disconnect,
            catalog_version: CatalogVersion(payload.catalog_version),
            principal: Principal::new(payload.principal),
            request_id: payload
                .request_id
                .map(|id| parsed(&id, |text| RequestId::parse(text).ok()))
                .transpose()?,
            create_time: Timestamp::from_micros(payload.create_time),
        })
    }
}

impl From<&BatchTask> for TaskPayload {
    fn from(task: &BatchTask) -> Self {
        match task {
            BatchTask::Change(change) => Self::Change(change.into()),
            BatchTask::Revert { batch, products } => {
                Self::Revert(RevertPayload::new(batch, products))
            }
        }
    }
}

impl TryFrom<TaskPayload> for BatchTask {
    type Error = Malformed;

    fn try_from(payload: TaskPayload) -> Result<Self, Malformed> {
        Ok(match payload {
            TaskPayload::Change(change) => Self::Change(change.try_into()?),
            TaskPayload::Revert(revert) => {
                let (batch, products) = revert.read()?;
                Self::Revert { batch, products }
            }
        })
    }
}

impl From<&BatchSource> for SourcePayload {
    fn from(source: &BatchSource) -> Self {
        match source {
            BatchSource::Users => Self::Users(true),
            BatchSource::Filter(filter) => Self::Filter(filter.clone()),
            BatchSource::All => Self::All(true),
            BatchSource::Saved(id) => Self::Saved(id.as_str().to_owned()),
            BatchSource::Stream => Self::Stream(true),
            BatchSource::Failed { batch, violations } => {
                Self::Failed(FailedPayload::new(batch, violations))
            }
            BatchSource::Reverted => Self::Reverted(true),
        }
    }
}

impl TryFrom<SourcePayload> for BatchSource {
    type Error = Malformed;

    fn try_from(payload: SourcePayload) -> Result<Self, Malformed> {
        Ok(match payload {
            SourcePayload::Users(_) => Self::Users,
            SourcePayload::Filter(filter) => Self::Filter(filter),
            SourcePayload::All(_) => Self::All,
            SourcePayload::Saved(id) => {
                Self::Saved(parsed(&id, |text| SelectionId::parse(text).ok())?)
            }
            SourcePayload::Stream(_) => Self::Stream,
            SourcePayload::Failed(failed) => {
                let (batch, violations) = failed.read()?;
                Self::Failed { batch, violations }
            }
            SourcePayload::Reverted(_) => Self::Reverted,
        })
    }
}
