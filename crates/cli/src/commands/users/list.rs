use clap::Args;
use seatkeeper_proto::v1::{ListUsersRequest, ListUsersResponse};
use serde_json::json;

use super::{Parent, view};
use crate::client::{Page, PageChoice, Session};
use crate::output::{Output, number_of};
use crate::{CliError, Exit, identifier};

/// List users, filtered, sorted and in pages.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  seatkeeper users list --customer contoso --order-by display_name --page last
  seatkeeper users list --customer contoso --filter 'department = \"Sales\" AND NOT state = BLOCKED'")]
pub(crate) struct List {
    #[command(flatten)]
    parent: Parent,

    /// Show only users that match an expression over `sign_in_name`, `display_name`, `department`,
    /// `job_title`, `usage_location`, `state` and `licenses`, with AND, OR, NOT and parentheses.
    #[arg(long, value_name = "EXPR", default_value = "")]
    filter: String,

    /// Sort by `display_name`, `sign_in_name` or `update_time`; append ` desc` for descending
    /// order.
    #[arg(long, value_name = "FIELD", default_value = "")]
    order_by: String,

    #[command(flatten)]
    page: PageChoice,
}

impl List {
    pub(crate) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let page = self.page.page()?;
        let mut request = ListUsersRequest {
            parent: identifier::customer(&self.parent.customer),
            page_size: self.page.page_size,
            filter: self.filter,
            order_by: self.order_by,
            ..ListUsersRequest::default()
        };
        if let Page::At(token) = &page {
            request.page_token.clone_from(token);
        }
        let mut answer = session
            .directory()
            .list_users(request.clone())
            .await?
            .into_inner();
        if page == Page::Last && !answer.next_page_token.is_empty() {
            request.page_token = answer.last_page_token;
            answer = session.directory().list_users(request).await?.into_inner();
        }
        show_page(&answer, out);
        Ok(Exit::Success)
    }
}

/// Shows a page of users, and the tokens of the other pages.
pub(in crate::commands) fn show_page(answer: &ListUsersResponse, out: &mut Output) {
    view::show(&answer.users, out);
    print_page_tokens(answer, out);
}

/// Prints the number of users and the tokens of the other pages.
pub(in crate::commands) fn print_page_tokens(answer: &ListUsersResponse, out: &mut Output) {
    if out.is_json() {
        out.object(&json!({
            "total_size": answer.total_size,
            "next_page_token": answer.next_page_token,
            "previous_page_token": answer.previous_page_token,
            "first_page_token": answer.first_page_token,
            "last_page_token": answer.last_page_token,
        }));
        return;
    }
    out.print(format_args!(
        "{} of {}",
        answer.users.len(),
        number_of(answer.total_size, "user")
    ));
    if !answer.previous_page_token.is_empty() {
        out.print(format_args!(
            "--page previous {}",
            answer.previous_page_token
        ));
    }
    if !answer.next_page_token.is_empty() {
        out.print(format_args!("--page next {}", answer.next_page_token));
    }
}
