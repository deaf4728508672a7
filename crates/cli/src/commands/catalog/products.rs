use clap::Args;

use crate::client::{ProductIndex, Session};
use crate::output::{Output, message_json, table};
use crate::{CliError, Exit, identifier};

/// List the products.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper catalog products --search \"365 e3\"")]
pub(crate) struct Products {
    /// Show only products whose part number or display name contains this text, in any case.
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
}

impl Products {
    pub(crate) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let index = ProductIndex::load(session).await?;
        let found = index.search(&self.search);
        if out.is_json() {
            found.for_each(|product| out.object(&message_json("Product", product)));
            return Ok(Exit::Success);
        }
        let mut shown = 0;
        let rows = found.map(|product| {
            shown += 1;
            [
                product.part_number.clone(),
                product.display_name.clone(),
                product.service_plans.len().to_string(),
                identifier::last(&product.name).to_owned(),
                if product.retired { "retired" } else { "" }.to_owned(),
            ]
        });
        let products = table(["part number", "product", "#plans", "identifier", ""], rows);
        out.print(products.trim_fmt());
        out.print(format_args!(
            "{shown} of {} products",
            index.products().len()
        ));
        Ok(Exit::Success)
    }
}
