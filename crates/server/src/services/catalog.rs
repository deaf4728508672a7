mod import;
mod listing;

use seatkeeper_domain::{
    CompiledCatalog, ProductName, ServicePlan, ServicePlanName, ServicePlanParent,
};
use seatkeeper_engine::{Engine, EngineError, Resource, ResourceKind};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::catalog_service_server::CatalogService;
use tonic::{Request, Response, Status, Streaming};

use super::Context;
use super::request_stream::RequestStream;
use crate::caller::Caller;
use crate::convert::names::{self, name};
use crate::convert::{catalog, product, service_plan};
use crate::error::{FieldError, ServerError, ServerResult};
use crate::page_token::PageKeys;

/// Imports the catalog and returns its content.
pub(crate) struct Catalogs {
    context: Context,
}

/// The prefix of a plan's name that leaves the product open.
const ANY_PRODUCT: &str = "products/-/";

impl Catalogs {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
        }
    }

    fn engine(&self) -> &Engine {
        &self.context.engine
    }

    async fn get(&self, request: v1::GetCatalogRequest) -> ServerResult<v1::GetCatalogResponse> {
        if !request.name.is_empty() && request.name != catalog::NAME {
            let description = format!("{:?} is not of the form catalog", request.name);
            let reason = v1::ErrorReason::InvalidResourceName;
            return Err(FieldError::new("name", reason, description)
                .with("name", &request.name)
                .with("pattern", catalog::NAME)
                .into());
        }
        let current = self.engine().catalog().await?;
        Ok(v1::GetCatalogResponse {
            catalog: Some(catalog::to_proto(&current)),
        })
    }

    async fn get_product(
        &self,
        request: v1::GetProductRequest,
    ) -> ServerResult<v1::GetProductResponse> {
        let wanted: ProductName = name("name", &request.name)?;
        let found = self.catalog_or_none().await?;
        let product = found.as_ref().and_then(|catalog| {
            let product = catalog.product_by_id(&wanted.product)?;
            Some(product::to_proto(catalog, product))
        });
        match product {
            Some(product) => Ok(v1::GetProductResponse {
                product: Some(product),
            }),
            None => Err(product_not_found(&wanted)),
        }
    }

    async fn get_service_plan(
        &self,
        request: v1::GetServicePlanRequest,
    ) -> ServerResult<v1::GetServicePlanResponse> {
        let found = self.catalog_or_none().await?;
        let catalog = found.as_deref();
        let (name, plan) = match request.name.strip_prefix(ANY_PRODUCT) {
            Some(rest) => plan_anywhere(catalog, rest)?,
            None => plan_of_product(catalog, &request.name)?,
        };
        let plan = catalog
            .zip(plan)
            .map(|(catalog, plan)| service_plan::to_proto(catalog, name.clone(), plan));
        match plan {
            Some(plan) => Ok(v1::GetServicePlanResponse {
                service_plan: Some(plan),
            }),
            None => Err(ServerError::ServicePlanNotFound { name }),
        }
    }

    /// The newest catalog; `None` before the first import.
    async fn catalog_or_none(&self) -> ServerResult<Option<std::sync::Arc<CompiledCatalog>>> {
        match self.engine().catalog().await {
            Ok(catalog) => Ok(Some(catalog)),
            Err(EngineError::CatalogEmpty) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A plan whose name leaves the product open, with the canonical form of the name.
fn plan_anywhere<'a>(
    catalog: Option<&'a CompiledCatalog>,
    rest: &str,
) -> ServerResult<(String, Option<&'a ServicePlan>)> {
    // The rest of the name is parsed like any other plan name, with a placeholder for the product.
    let wanted: ServicePlanName = name("name", &format!("products/0/{rest}"))?;
    let plan = catalog.and_then(|catalog| catalog.plan_by_id(&wanted.plan));
    Ok((names::service_plan_anywhere(&wanted.plan), plan))
}

/// A plan as a part of a product, with the canonical form of its name.
fn plan_of_product<'a>(
    catalog: Option<&'a CompiledCatalog>,
    given: &str,
) -> ServerResult<(String, Option<&'a ServicePlan>)> {
    let wanted: ServicePlanName = name("name", given)?;
    let Some(catalog) = catalog else {
        return Err(product_not_found(&wanted.parent()));
    };
    let Some(product) = catalog.product_by_id(&wanted.product) else {
        return Err(product_not_found(&wanted.parent()));
    };
    let plan = catalog.plan_by_id(&wanted.plan);
    let plan = plan.filter(|plan| product.service_plans.contains(&plan.key));
    Ok((wanted.to_string(), plan))
}

fn product_not_found(name: &ProductName) -> ServerError {
    let resource = Resource {
        kind: ResourceKind::Product,
        name: name.to_string(),
    };
    EngineError::NotFound(resource).into()
}

#[tonic::async_trait]
impl CatalogService for Catalogs {
    async fn import_catalog(
        &self,
        request: Request<Streaming<v1::ImportCatalogRequest>>,
    ) -> Result<Response<v1::ImportCatalogResponse>, Status> {
        let caller = Caller::of(&request);
        let incoming = RequestStream::new(&self.context, request);
        Ok(Response::new(
            import::import(self.engine(), caller, incoming).await?,
        ))
    }

    async fn get_catalog(
        &self,
        request: Request<v1::GetCatalogRequest>,
    ) -> Result<Response<v1::GetCatalogResponse>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_catalog_rules(
        &self,
        request: Request<v1::ListCatalogRulesRequest>,
    ) -> Result<Response<v1::ListCatalogRulesResponse>, Status> {
        let request = request.into_inner();
        let keys = PageKeys::of(self.engine(), &request.page_token).await?;
        let catalog = self.catalog_or_none().await?;
        let listed = listing::rules(&keys, catalog.as_deref(), &request)?;
        Ok(Response::new(listed))
    }

    async fn get_product(
        &self,
        request: Request<v1::GetProductRequest>,
    ) -> Result<Response<v1::GetProductResponse>, Status> {
        Ok(Response::new(self.get_product(request.into_inner()).await?))
    }

    async fn list_products(
        &self,
        request: Request<v1::ListProductsRequest>,
    ) -> Result<Response<v1::ListProductsResponse>, Status> {
        let request = request.into_inner();
        let keys = PageKeys::of(self.engine(), &request.page_token).await?;
        let catalog = self.catalog_or_none().await?;
        let listed = listing::products(&keys, catalog.as_deref(), &request)?;
        Ok(Response::new(listed))
    }

    async fn get_service_plan(
        &self,
        request: Request<v1::GetServicePlanRequest>,
    ) -> Result<Response<v1::GetServicePlanResponse>, Status> {
        Ok(Response::new(
            self.get_service_plan(request.into_inner()).await?,
        ))
    }

    async fn list_service_plans(
        &self,
        request: Request<v1::ListServicePlansRequest>,
    ) -> Result<Response<v1::ListServicePlansResponse>, Status> {
        let request = request.into_inner();
        let keys = PageKeys::of(self.engine(), &request.page_token).await?;
        let catalog = self.catalog_or_none().await?;
        let parent: ServicePlanParent =
            name("parent", &request.parent).map_err(ServerError::from)?;
        if let ServicePlanParent::Product(wanted) = &parent
            && catalog
                .as_ref()
                .is_none_or(|catalog| catalog.product_by_id(&wanted.product).is_none())
        {
            return Err(product_not_found(wanted).into());
        }
        let listed = listing::service_plans(&keys, catalog.as_deref(), &parent, &request)?;
        Ok(Response::new(listed))
    }
}
