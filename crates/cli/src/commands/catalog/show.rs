use clap::Args;
use seatkeeper_proto::v1::{AppliesTo, Product, ServicePlan};

use crate::client::{PlanIndex, ProductIndex, Session};
use crate::output::{Output, heading, message_json, table};
use crate::{CliError, Exit, identifier};

/// Show a product's service plans with their dependencies, exclusions and prohibited locations.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper catalog show SPE_E3")]
pub(crate) struct Show {
    /// The product, by identifier or part number.
    product: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let product = products.find(&self.product)?;
        let own = PlanIndex::load(session, identifier::last(&product.name)).await?;
        if out.is_json() {
            out.object(&message_json("Product", product));
            for plan in &own.plans {
                out.object(&message_json("ServicePlan", plan));
            }
            return Ok(Exit::Success);
        }
        let all = PlanIndex::load(session, "-").await?;
        print_product(product, out);
        let rows = own.plans.iter().map(|plan| row(plan, &all));
        let titles = ["plan", "name", "needs", "excluded by group", "not in"];
        out.print(table(titles, rows).trim_fmt());
        Ok(Exit::Success)
    }
}

fn print_product(product: &Product, out: &mut Output) {
    out.print(heading(&product.display_name));
    out.print(format_args!(
        "part number {}, identifier {}, service plans: {}",
        product.part_number,
        identifier::last(&product.name),
        product.service_plans.len()
    ));
    if product.applies_to() == AppliesTo::Company {
        out.print("belongs to the whole company: it can't be assigned to users");
    }
    if product.retired {
        out.print("retired: it can be revoked, but not bought or assigned");
    }
}

fn row(plan: &ServicePlan, all: &PlanIndex) -> [String; 5] {
    let needs: Vec<_> = plan
        .needs
        .iter()
        .map(|set| {
            let any_of: Vec<_> = set.any_of.iter().map(|name| all.label(name)).collect();
            any_of.join(" or ")
        })
        .collect();
    let company = match plan.applies_to() {
        AppliesTo::Company => " (company)",
        AppliesTo::User | AppliesTo::Unspecified => "",
    };
    [
        format!("{}{company}", all.label(&plan.name)),
        plan.display_name.clone(),
        needs.join(", and "),
        plan.exclusion_groups.join(", "),
        plan.prohibited_locations.join(" "),
    ]
}
