//! `seatkeeper eligibility`.

use clap::Args;
use seatkeeper_proto::v1::{CheckProductEligibilityRequest, ProductEligibility};

use super::batch_view::without_guids;
use crate::client::{ClientOptions, PlanBook, ProductBook, Session};
use crate::output::{Mark, Output, message_json, table};
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

    /// The customer.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,

    /// Only this product, by identifier or part number; may be given several times. Every product
    /// that the customer is entitled to when left out.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,

    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

impl Eligibility {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        let products = ProductBook::load(&session).await?;
        let plans = PlanBook::load(&session, "-").await?;
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

fn show(found: &[ProductEligibility], products: &ProductBook, plans: &PlanBook, out: &mut Output) {
    if out.is_json() {
        for eligibility in found {
            out.object(&message_json("ProductEligibility", eligibility));
        }
        return;
    }
    let rows = found.iter().map(|eligibility| {
        [
            mark(eligibility).plain().to_owned(),
            products.label(&eligibility.product).to_owned(),
            eligibility.display_name.clone(),
            remarks(eligibility, plans),
        ]
    });
    out.say(table(["", "product", "name", "why"], rows).trim_fmt());
}

fn mark(eligibility: &ProductEligibility) -> Mark {
    match (eligibility.held, eligibility.eligible) {
        (true, _) => Mark::Nothing,
        (false, true) => Mark::Done,
        (false, false) => Mark::Failed,
    }
}

fn remarks(eligibility: &ProductEligibility, plans: &PlanBook) -> String {
    if eligibility.held {
        return "holds it already".to_owned();
    }
    let violations = eligibility.violations.iter();
    let warnings = eligibility.warnings.iter();
    let mut remarks: Vec<String> = violations
        .map(|violation| without_guids(&violation.description))
        .chain(warnings.map(|warning| without_guids(&warning.description)))
        .collect();
    if !eligibility.plans_to_disable.is_empty() {
        let off = eligibility.plans_to_disable.iter();
        let off: Vec<_> = off.map(|plan| plans.label(plan)).collect();
        remarks.push(format!("possible without {}", off.join(", ")));
    }
    remarks.join("; ")
}
