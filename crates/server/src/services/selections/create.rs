use seatkeeper_domain::{CustomerName, SelectionId, SelectionName};
use seatkeeper_engine::{CombineSelections, CreateSelection, Engine, Selector, SetOperation};
use seatkeeper_proto::v1::combine_selections_request::Operation;
use seatkeeper_proto::v1::create_selection_request::{Content, Header};
use seatkeeper_proto::v1::{self, ErrorReason};

use crate::admission::BlockingPool;
use crate::convert::names::{foreign, name};
use crate::convert::{policy, selection, selector};
use crate::error::{FieldError, FieldErrors, ServerError, ServerResult};
use crate::limits::{COMBINED_SELECTIONS_MAX, COMBINED_SELECTIONS_MIN};
use crate::services::request_stream::RequestStream;

/// Creates a selection of users that are streamed in, message by message.
pub(super) async fn streamed(
    engine: &Engine,
    mut incoming: RequestStream<v1::CreateSelectionRequest>,
) -> ServerResult<v1::CreateSelectionResponse> {
    let Some((
        _,
        v1::CreateSelectionRequest {
            content: Some(Content::Header(header)),
        },
    )) = incoming.next().await?
    else {
        let expected = "the first message must be the header";
        return Err(ServerError::StreamOrder { index: 0, expected });
    };
    let (customer, create, source) = parse(incoming.pool(), *header).await?;
    let mut builder = engine.selection_builder(&customer.customer).await?;
    if let Some(source) = source {
        builder.add("header.source", source).await?;
    }
    while let Some((index, message)) = incoming.next().await? {
        match message.content {
            Some(Content::Users(list)) => {
                let (pool, names) = (incoming.pool(), list.names);
                let users = selector::read_users(pool, &customer, "users.names", names).await?;
                builder.add("users", Selector::Users(users)).await?;
            }
            Some(Content::Header(_)) | None => {
                let expected = "every message after the header must carry users";
                return Err(ServerError::StreamOrder { index, expected });
            }
        }
    }
    let resolved = builder.finish();
    let created = engine.create_selection(create, &resolved).await?;
    Ok(v1::CreateSelectionResponse {
        selection: Some(selection::to_proto(&customer, &created)),
        summary: Some(selection::summary(&customer, &resolved, created.user_count)),
    })
}

async fn parse(
    pool: &BlockingPool,
    header: Header,
) -> ServerResult<(CustomerName, CreateSelection, Option<Selector>)> {
    let customer: CustomerName = name("header.parent", &header.parent)?;
    let mut errors = FieldErrors::default();
    let given = header.selection.as_ref();
    let create = errors.take(selection::new(
        &customer,
        "header",
        &header.selection_id,
        given,
    ));
    let source = match header.source {
        Some(source) => {
            let read = selector::read(pool, &customer, "header.source", Some(source));
            errors.take(read.await?).map(Some)
        }
        None => Some(None),
    };
    match (create, source) {
        (Some(create), Some(source)) => Ok((customer, create, source)),
        (None, _) | (_, None) => Err(errors.into()),
    }
}

/// Creates a selection by combining other selections.
pub(super) async fn combined(
    engine: &Engine,
    request: v1::CombineSelectionsRequest,
) -> ServerResult<v1::CombineSelectionsResponse> {
    let customer: CustomerName = name("parent", &request.parent)?;
    let mut errors = FieldErrors::default();
    let given = request.selection.as_ref();
    let create = errors.take(selection::new(&customer, "", &request.selection_id, given));
    let operation = errors.take(operation(request.operation));
    let sources = errors.take(sources(&customer, &request.sources));
    let (Some(create), Some(operation), Some(sources)) = (create, operation, sources) else {
        return Err(errors.into());
    };
    let combine = CombineSelections {
        create,
        operation,
        sources,
    };
    let created = engine.combine_selections(combine).await?;
    Ok(v1::CombineSelectionsResponse {
        selection: Some(selection::to_proto(&customer, &created)),
    })
}

fn operation(given: i32) -> Result<SetOperation, FieldError> {
    match Operation::try_from(given) {
        Ok(Operation::Union) => Ok(SetOperation::Union),
        Ok(Operation::Intersection) => Ok(SetOperation::Intersection),
        Ok(Operation::Difference) => Ok(SetOperation::Difference),
        Ok(Operation::Unspecified) => Err(FieldError::invalid(
            "operation",
            "must be set to UNION, INTERSECTION or DIFFERENCE",
        )),
        Err(_) => Err(policy::unknown_value("operation", given)),
    }
}

fn sources(customer: &CustomerName, given: &[String]) -> Result<Vec<SelectionId>, FieldErrors> {
    let bounds = COMBINED_SELECTIONS_MIN..=COMBINED_SELECTIONS_MAX;
    if !bounds.contains(&given.len()) {
        let description = format!(
            "names {} selections; {COMBINED_SELECTIONS_MIN} to {COMBINED_SELECTIONS_MAX} can be \
             combined",
            given.len()
        );
        return Err(
            FieldError::new("sources", ErrorReason::InvalidField, description)
                .with("given", given.len())
                .with("minimum", COMBINED_SELECTIONS_MIN)
                .with("maximum", COMBINED_SELECTIONS_MAX)
                .into(),
        );
    }
    let mut errors = FieldErrors::default();
    let mut sources = Vec::with_capacity(given.len());
    for (index, text) in given.iter().enumerate() {
        sources.extend(errors.take(source(customer, &format!("sources[{index}]"), text)));
    }
    errors.finish(sources)
}

fn source(customer: &CustomerName, field: &str, given: &str) -> Result<SelectionId, FieldError> {
    let selection: SelectionName = name(field, given)?;
    if selection.customer == customer.customer {
        Ok(selection.selection)
    } else {
        Err(foreign(field, given, customer))
    }
}
