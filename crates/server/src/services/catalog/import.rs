use seatkeeper_domain::{CatalogDraft, CatalogImportMode, CompiledCatalog};
use seatkeeper_engine::{Engine, EngineError, ImportCatalog};
use seatkeeper_proto::v1::import_catalog_request::{Content, Mode};
use seatkeeper_proto::v1::{self, ErrorReason};

use crate::caller::Caller;
use crate::convert::catalog::{count, to_proto};
use crate::convert::page_bytes::first_that_fit;
use crate::convert::{catalog_draft, catalog_warning, policy};
use crate::error::{FieldError, ServerError, ServerResult};
use crate::limits::{CATALOG_ITEMS_MAX, INLINE_ITEMS_MAX, REPORTED_MAX};
use crate::services::request_stream::RequestStream;

/// Imports a catalog: receives all messages, validates the whole, and stores one new version or
/// none.
pub(super) async fn import(
    engine: &Engine,
    caller: Caller,
    mut incoming: RequestStream<v1::ImportCatalogRequest>,
) -> ServerResult<v1::ImportCatalogResponse> {
    let Some((
        _,
        v1::ImportCatalogRequest {
            content: Some(Content::Header(header)),
        },
    )) = incoming.next().await?
    else {
        let expected = "the first message must be the header";
        return Err(ServerError::StreamOrder { index: 0, expected });
    };
    let draft = gather(mode(header.mode)?, &mut incoming).await?;
    let previous = match engine.catalog().await {
        Ok(catalog) => Some(catalog),
        Err(EngineError::CatalogEmpty) => None,
        Err(error) => return Err(error.into()),
    };
    let pool = incoming.pool();
    let checked = pool
        .run(move || draft.finish(previous.as_deref().map(CompiledCatalog::catalog)))
        .await?
        .map_err(|errors| catalog_draft::errors(&errors))?;
    let counts = checked.counts();
    let first = checked.warnings().iter().take(REPORTED_MAX);
    let (reported, _) = first_that_fit(first, catalog_warning::to_proto);
    let warning_count = count(checked.warnings().len());
    let import = ImportCatalog {
        draft: checked,
        validate_only: header.validate_only,
        principal: caller.principal(),
    };
    let imported = engine.import_catalog(import).await?;
    Ok(v1::ImportCatalogResponse {
        catalog: Some(to_proto(&imported.catalog)),
        created_product_count: count(counts.created),
        updated_product_count: count(counts.updated),
        retired_product_count: count(counts.retired),
        warnings: reported,
        warning_count,
    })
}

async fn gather(
    mode: CatalogImportMode,
    incoming: &mut RequestStream<v1::ImportCatalogRequest>,
) -> ServerResult<CatalogDraft> {
    let mut draft = CatalogDraft::new(mode);
    while let Some((index, message)) = incoming.next().await? {
        let Some(Content::Items(items)) = message.content else {
            let expected = "every message after the header must carry items";
            return Err(ServerError::StreamOrder { index, expected });
        };
        let given = items.products.len() + items.service_plans.len() + items.rules.len();
        if given > CATALOG_ITEMS_MAX {
            return Err(too_many(index, given).into());
        }
        let (mut added, items) = (draft, items);
        let add = move || catalog_draft::add(&mut added, &items).map(|()| added);
        draft = if given <= INLINE_ITEMS_MAX {
            add()
        } else {
            incoming.pool().run(add).await?
        }
        .map_err(|errors| errors.inside(&format!("items[{index}]")))?;
    }
    Ok(draft)
}

fn mode(given: i32) -> Result<CatalogImportMode, FieldError> {
    match Mode::try_from(given) {
        Ok(Mode::Unspecified | Mode::Merge) => Ok(CatalogImportMode::Merge),
        Ok(Mode::Replace) => Ok(CatalogImportMode::Replace),
        Err(_) => Err(policy::unknown_value("header.mode", given)),
    }
}

fn too_many(message: i64, given: usize) -> FieldError {
    let description =
        format!("has {given} items, at most {CATALOG_ITEMS_MAX} are allowed; send more messages");
    FieldError::new(
        format!("items[{message}]"),
        ErrorReason::ListTooLong,
        description,
    )
    .with("given", given)
    .with("maximum", CATALOG_ITEMS_MAX)
    .with("alternative", "more messages")
}
