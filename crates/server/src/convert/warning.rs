use seatkeeper_domain::{CompiledCatalog, ProductKey, Warning};
use seatkeeper_proto::v1;

use super::product;

/// Encodes a warning about `subject`.
pub(crate) fn to_proto(
    catalog: &CompiledCatalog,
    subject: ProductKey,
    warning: &Warning,
) -> v1::Warning {
    match warning {
        Warning::SeatInGrace => v1::Warning {
            r#type: v1::WarningType::SeatInGrace.into(),
            description: "the seat has lapsed and is in grace; renew it to keep it".to_owned(),
            service_plans: Vec::new(),
        },
        Warning::PlanLeftOff { plans } => {
            let service_plans = product::plan_names(catalog, subject, plans.iter().copied());
            v1::Warning {
                r#type: v1::WarningType::PlanLeftOff.into(),
                description: format!(
                    "{} plans stayed off, as the user had them off before",
                    service_plans.len()
                ),
                service_plans,
            }
        }
    }
}
