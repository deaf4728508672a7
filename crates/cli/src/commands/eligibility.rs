//! `seatkeeper eligibility`.

use clap::Args;
use seatkeeper_proto::v1::{CheckProductEligibilityRequest, ProductEligibility};

use super::batch_view::without_guids;
use crate::client::{ClientOptions, PlanIndex, ProductIndex, Session};
use crate::output::{Output, ResultSymbol, message_json, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// `seatkeeper eligibility`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper eligibility ann --customer contoso")]
pub(crate) struct Eligibility {
    /// The user's identifier.
    #[arg(value_parser = identifier::parse)]
    user: String,

    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,

    /// Only this product, by identifier or part number; may be given several times. Default: every
    /// product that the customer is entitled to.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,

    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

impl Eligibility {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        let products = ProductIndex::load(&session).await?;
        let plans = PlanIndex::load(&session, "-").await?;
        let mut request = CheckProductEligibilityRequest {
            name: identifier::user(&self.customer, &self.user),
            page_size: PAGE_SIZE,
            ..CheckProductEligibilityRequest::default()
        };
        for given in &self.products {
            request.products.push(products.find(given)?.name.clone());
        }
        loop {
            let mut licenses = session.licenses();
            let answer = licenses.check_product_eligibility(request.clone());
            let page = answer.await?.into_inner();
            show(&page.eligibilities, &products, &plans, out);
            if page.next_page_token.is_empty() || out.is_closed() {
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn show(
    found: &[ProductEligibility],
    products: &ProductIndex,
    plans: &PlanIndex,
    out: &mut Output,
) {
    if out.is_json() {
        for eligibility in found {
            out.object(&message_json("ProductEligibility", eligibility));
        }
        return;
    }
    let rows = found.iter().map(|eligibility| {
        [
            symbol(eligibility).plain().to_owned(),
            products.label(&eligibility.product).to_owned(),
            eligibility.display_name.clone(),
            notes(eligibility, plans),
        ]
    });
    out.print(table(["", "product", "name", "why"], rows).trim_fmt());
}

fn symbol(eligibility: &ProductEligibility) -> ResultSymbol {
    match (eligibility.held, eligibility.eligible) {
        (true, _) => ResultSymbol::Nothing,
        (false, true) => ResultSymbol::Done,
        (false, false) => ResultSymbol::Failed,
    }
}

fn notes(eligibility: &ProductEligibility, plans: &PlanIndex) -> String {
    if eligibility.held {
        return "holds it already".to_owned();
    }
    let violations = eligibility.violations.iter();
    let warnings = eligibility.warnings.iter();
    let mut notes: Vec<String> = violations
        .map(|violation| without_guids(&violation.description))
        .chain(warnings.map(|warning| without_guids(&warning.description)))
        .collect();
    if !eligibility.plans_to_disable.is_empty() {
        let off = eligibility.plans_to_disable.iter();
        let off: Vec<_> = off.map(|plan| plans.label(plan)).collect();
        notes.push(format!("possible without {}", off.join(", ")));
    }
    notes.join("; ")
}
