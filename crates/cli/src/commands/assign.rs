//! `seatkeeper assign`.

use std::str::FromStr;

use clap::Args;
use seatkeeper_proto::v1::{Assignment, Change, PlanPolicy};

use super::change::{BatchOptions, NewBatch, UserChoice, start};
use crate::client::{ClientOptions, PlanIndex, ProductIndex, Session};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// `seatkeeper assign`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  Two products for all users of Sales, each product decided separately:
    seatkeeper assign --customer contoso --product SPE_E3 --product MCOMEETADV \\
      --filter 'department = \"Sales\"' --mode per-license
  One product without one of its service plans, for two users:
    seatkeeper assign --customer contoso --product SPE_E3 --disable-plan SPE_E3:SWAY \\
      --user ann --user bob
  Swap one product for another; no user loses both, and no seat is taken twice:
    seatkeeper assign --customer contoso --product SPE_E5 --revoke SPE_E3 --keep-plans --all")]
pub(crate) struct Assign {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,

    /// A product to assign, by identifier or part number; may be given several times.
    #[arg(long = "product", value_name = "PRODUCT", required = true)]
    products: Vec<String>,

    /// A service plan to disable, as PRODUCT:PLAN; may be given several times.
    #[arg(long = "disable-plan", value_name = "PRODUCT:PLAN")]
    disabled_plans: Vec<PlanChoice>,

    /// Keep service plans disabled that the user has disabled, also those of the revoked products.
    #[arg(long)]
    keep_plans: bool,

    /// A product to revoke in the same step; may be given several times.
    #[arg(long, value_name = "PRODUCT")]
    revoke: Vec<String>,

    #[command(flatten)]
    users: UserChoice,
    #[command(flatten)]
    options: BatchOptions,
    #[command(flatten)]
    client: ClientOptions,
}

impl Assign {
    pub(crate) fn client(&self) -> &ClientOptions {
        &self.client
    }

    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        let index = ProductIndex::load(&session).await?;
        let change = self.change(&session, &index).await?;
        let batch = NewBatch {
            customer: self.customer,
            change,
            users: self.users.read()?,
            options: self.options,
        };
        start(&session, index, batch, out).await
    }

    async fn change(&self, session: &Session, index: &ProductIndex) -> Result<Change, CliError> {
        let policy = if self.keep_plans {
            PlanPolicy::Keep
        } else {
            PlanPolicy::Replace
        };
        let mut change = Change::default();
        for given in &self.products {
            change.assign.push(Assignment {
                product: index.find(given)?.name.clone(),
                disabled_plans: Vec::new(),
                plan_policy: policy.into(),
            });
        }
        for given in &self.revoke {
            change.revoke.push(index.find(given)?.name.clone());
        }
        for choice in &self.disabled_plans {
            let product = &index.find(&choice.product)?.name;
            let assigned = change.assign.iter_mut().find(|one| one.product == *product);
            let Some(assignment) = assigned else {
                let product = choice.product.clone();
                return Err(CliError::PlanOfOther { product });
            };
            let plans = PlanIndex::load(session, identifier::last(product)).await?;
            let plan = plans.find(&choice.product, &choice.plan)?;
            assignment.disabled_plans.push(plan.name.clone());
        }
        Ok(change)
    }
}

/// A service plan of a product, as `PRODUCT:PLAN`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PlanChoice {
    product: String,
    plan: String,
}

impl FromStr for PlanChoice {
    type Err = &'static str;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        match given.rsplit_once(':') {
            Some((product, plan)) if !product.is_empty() && !plan.is_empty() => Ok(Self {
                product: product.to_owned(),
                plan: plan.to_owned(),
            }),
            _ => Err("expected PRODUCT:PLAN, for example SPE_E3:SWAY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_the_colon_are_needed() {
        assert!("SPE_E3:SWAY".parse::<PlanChoice>().is_ok());
        assert!("SPE_E3".parse::<PlanChoice>().is_err());
        assert!(":SWAY".parse::<PlanChoice>().is_err());
    }
}
