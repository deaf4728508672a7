use clap::Args;
use seatkeeper_proto::v1::{
    ListAssignedUsersRequest, ListAssignedUsersResponse, ListUsersResponse,
    list_assigned_users_response::AssignedUser,
};

use crate::client::{Page, PageChoice, PlanIndex, ProductIndex, Session};
use crate::commands::change::UserChoice;
use crate::commands::users::print_page_tokens;
use crate::output::{Output, message_json, table};
use crate::{CliError, Exit, identifier};

/// List the users of a set that hold a product, sorted and in pages.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper licenses holders --customer contoso --product SPE_E3 --all --order-by display_name")]
pub(super) struct Holders {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,

    /// The product, by identifier or part number.
    #[arg(long)]
    product: String,

    /// Sort by `display_name`, `sign_in_name` or `update_time`; append ` desc` for descending
    /// order.
    #[arg(long, value_name = "FIELD", default_value = "")]
    order_by: String,

    #[command(flatten)]
    page: PageChoice,
    #[command(flatten)]
    users: UserChoice,
}

impl Holders {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let page = self.page.page()?;
        let products = ProductIndex::load(session).await?;
        let product = products.find(&self.product)?.name.clone();
        let mut request = ListAssignedUsersRequest {
            parent: identifier::customer(&self.customer),
            selection: Some(self.users.read()?.into_selector(&self.customer)),
            page_size: self.page.page_size,
            order_by: self.order_by,
            product,
            ..ListAssignedUsersRequest::default()
        };
        if let Page::At(token) = &page {
            request.page_token.clone_from(token);
        }
        let mut answer = list(session, request.clone()).await?;
        if page == Page::Last && !answer.next_page_token.is_empty() {
            request.page_token.clone_from(&answer.last_page_token);
            answer = list(session, request).await?;
        }
        if out.is_json() {
            for found in &answer.assigned_users {
                let name = "ListAssignedUsersResponse.AssignedUser";
                out.object(&message_json(name, found));
            }
        } else {
            let plans = PlanIndex::load(session, "-").await?;
            let rows = answer.assigned_users.iter().map(|found| row(found, &plans));
            out.print(table(["user", "name", "signs in as", "plans off"], rows).trim_fmt());
        }
        print_page_tokens(&users_of(answer), out);
        Ok(Exit::Success)
    }
}

async fn list(
    session: &Session,
    request: ListAssignedUsersRequest,
) -> Result<ListAssignedUsersResponse, CliError> {
    let answer = session.licenses().list_assigned_users(request).await?;
    Ok(answer.into_inner())
}

fn row(found: &AssignedUser, plans: &PlanIndex) -> [String; 4] {
    let user = found.user.clone().unwrap_or_default();
    let licenses = found.license.iter();
    let off = licenses.flat_map(|license| &license.disabled_plans);
    let off: Vec<_> = off.map(|plan| plans.label(plan)).collect();
    [
        identifier::last(&user.name).to_owned(),
        user.display_name,
        user.sign_in_name,
        off.join(", "),
    ]
}

/// The same page without the licenses.
fn users_of(answer: ListAssignedUsersResponse) -> ListUsersResponse {
    let users = answer.assigned_users.into_iter();
    ListUsersResponse {
        users: users.filter_map(|found| found.user).collect(),
        next_page_token: answer.next_page_token,
        previous_page_token: answer.previous_page_token,
        first_page_token: answer.first_page_token,
        last_page_token: answer.last_page_token,
        total_size: answer.total_size,
    }
}
