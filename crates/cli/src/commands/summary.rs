//! `seatkeeper summary`.

use clap::Args;
use seatkeeper_proto::v1::{
    Holding, LicenseSummary, SummarizeLicensesRequest, SummarizeLicensesResponse,
};
use serde_json::json;

use super::change::UserChoice;
use crate::client::{ClientOptions, PlanIndex, ProductIndex, Session};
use crate::output::{Output, count, message_json, number_of, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// `seatkeeper summary`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper summary --customer contoso --filter 'department = \"Sales\"' --plans

■ all of the users hold it, ◧ some of them, □ none.")]
pub(crate) struct Summary {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,

    /// Only this product, by identifier or part number; may be given several times. Default: every
    /// product that the customer is entitled to.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,

    /// Also show each service plan.
    #[arg(long)]
    plans: bool,

    #[command(flatten)]
    users: UserChoice,
    #[command(flatten)]
    client: ClientOptions,
}

impl Summary {
    pub(crate) fn client(&self) -> &ClientOptions {
        &self.client
    }

    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        let products = ProductIndex::load(&session).await?;
        let plans = if self.plans {
            PlanIndex::load(&session, "-").await?
        } else {
            PlanIndex::default()
        };
        let mut request = SummarizeLicensesRequest {
            parent: identifier::customer(&self.customer),
            selection: Some(self.users.read()?.into_selector(&self.customer)),
            page_size: PAGE_SIZE,
            ..SummarizeLicensesRequest::default()
        };
        for given in &self.products {
            request.products.push(products.find(given)?.name.clone());
        }
        loop {
            let answer = session.licenses().summarize_licenses(request.clone()).await;
            let page = answer?.into_inner();
            if out.is_json() {
                print_json(&page, out);
            } else {
                let names = Names {
                    products: &products,
                    plans: self.plans.then_some(&plans),
                };
                print_table(&page, &names, out);
            }
            if page.next_page_token.is_empty() || out.is_closed() {
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }
}

/// Labels of products and plans.
struct Names<'a> {
    products: &'a ProductIndex,
    /// The plans, if they are shown.
    plans: Option<&'a PlanIndex>,
}

fn print_json(page: &SummarizeLicensesResponse, out: &mut Output) {
    for summary in &page.summaries {
        out.object(&message_json("LicenseSummary", summary));
    }
    out.object(&json!({
        "user_count": page.user_count,
        "unknown_user_count": page.unknown_user_count,
    }));
}

fn print_table(page: &SummarizeLicensesResponse, names: &Names<'_>, out: &mut Output) {
    let rows = page
        .summaries
        .iter()
        .flat_map(|summary| rows(summary, names));
    let titles = [
        "",
        "product",
        "name",
        "#users",
        "#bought",
        "#assigned",
        "#available",
        "#short",
    ];
    out.print(table(titles, rows).trim_fmt());
    out.print(number_of(page.user_count, "user"));
    if page.unknown_user_count > 0 {
        out.print(format_args!(
            "{} more users are not in the directory",
            count(page.unknown_user_count)
        ));
    }
    let to_buy = page.summaries.iter();
    for summary in to_buy.filter(|summary| !summary.buy_more_uri.is_empty()) {
        let label = names.products.label(&summary.product);
        out.print(format_args!("buy more {label}: {}", summary.buy_more_uri));
    }
}

/// A row for a product, and one for each of its plans, sorted by display name.
fn rows(summary: &LicenseSummary, names: &Names<'_>) -> Vec<[String; 8]> {
    let product = [
        sign(summary.holding()).to_owned(),
        names.products.label(&summary.product).to_owned(),
        summary.display_name.clone(),
        count(summary.holder_count),
        count(summary.purchased_count),
        count(summary.assigned_count),
        count(summary.available_count),
        count(summary.short_count),
    ];
    let mut by_name: Vec<_> = summary.service_plans.iter().collect();
    by_name.sort_by_key(|plan| plan.display_name.to_lowercase());
    let plans = names.plans.into_iter().flat_map(|index| {
        by_name.iter().map(|plan| {
            let mut row = [const { String::new() }; 8];
            sign(plan.holding()).clone_into(&mut row[0]);
            row[1] = format!("  {}", index.label(&plan.service_plan));
            row[2].clone_from(&plan.display_name);
            row[3] = count(plan.enabled_count);
            row
        })
    });
    std::iter::once(product).chain(plans).collect()
}

/// The symbol for a holding of all, some or none of the users, as a checkbox shows it.
fn sign(holding: Holding) -> &'static str {
    match holding {
        Holding::All => "■",
        Holding::Some => "◧",
        Holding::None => "□",
        Holding::Unspecified => "?",
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::ServicePlanSummary;

    use super::*;

    fn summary() -> LicenseSummary {
        let plan = |id: &str, holding: Holding, enabled_count| ServicePlanSummary {
            service_plan: format!("products/suite/servicePlans/{id}"),
            holding: holding.into(),
            enabled_count,
            ..ServicePlanSummary::default()
        };
        LicenseSummary {
            product: "products/suite".to_owned(),
            holding: Holding::Some.into(),
            holder_count: 1_200,
            service_plans: vec![
                plan("mail", Holding::Some, 7),
                plan("chat", Holding::None, 0),
            ],
            ..LicenseSummary::default()
        }
    }

    #[test]
    fn plans_have_rows_below_their_product_where_they_are_asked_for() {
        let (products, plans) = (ProductIndex::default(), PlanIndex::default());
        let names = |plans| Names {
            products: &products,
            plans,
        };
        let shown = |rows: Vec<[String; 8]>| {
            let rows = rows.into_iter();
            rows.map(|row| row[..4].join("|")).collect::<Vec<_>>()
        };
        assert_eq!(shown(rows(&summary(), &names(None))), ["◧|suite||1,200"]);
        assert_eq!(
            shown(rows(&summary(), &names(Some(&plans)))),
            ["◧|suite||1,200", "◧|  mail||7", "□|  chat||0"]
        );
    }
}
