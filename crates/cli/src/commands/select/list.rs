use clap::Args;
use seatkeeper_proto::v1::{
    DeleteSelectionRequest, GetSelectionRequest, ListSelectionUsersRequest, ListSelectionsRequest,
    ListUsersResponse,
};

use super::{Parent, Target, view};
use crate::client::{Page, PageChoice, Session};
use crate::commands::users::show_page;
use crate::output::{Output, count};
use crate::{CliError, identifier};

const PAGE_SIZE: i32 = 1_000;

/// List the customer's selections, newest first.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    parent: Parent,
}

/// Show one selection, without its users.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    target: Target,
}

/// List the users of a selection, sorted and in pages.
#[derive(Debug, Args)]
pub(super) struct Users {
    #[command(flatten)]
    target: Target,

    /// Sort by `display_name`, `sign_in_name` or `update_time`; append ` desc` for descending
    /// order.
    #[arg(long, value_name = "FIELD", default_value = "")]
    order_by: String,

    #[command(flatten)]
    page: PageChoice,
}

/// Delete a selection; its users and the batches started with it remain.
#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    target: Target,
}

impl List {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let mut request = ListSelectionsRequest {
            parent: identifier::customer(&self.parent.customer),
            page_size: PAGE_SIZE,
            ..ListSelectionsRequest::default()
        };
        loop {
            let answer = session
                .selections()
                .list_selections(request.clone())
                .await?;
            let page = answer.into_inner();
            view::show(&page.selections, out);
            if page.next_page_token.is_empty() || out.is_closed() {
                out.print(format_args!("{} selections", count(page.total_size)));
                return Ok(());
            }
            request.page_token = page.next_page_token;
        }
    }
}

impl Show {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let name = self.target.name();
        let request = GetSelectionRequest { name };
        let answer = session.selections().get_selection(request).await?;
        view::show_one(answer.into_inner().selection, out)
    }
}

impl Users {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let page = self.page.page()?;
        let mut request = ListSelectionUsersRequest {
            parent: self.target.name(),
            page_size: self.page.page_size,
            order_by: self.order_by,
            ..ListSelectionUsersRequest::default()
        };
        if let Page::At(token) = &page {
            request.page_token.clone_from(token);
        }
        let mut answer = list_users(session, request.clone()).await?;
        if page == Page::Last && !answer.next_page_token.is_empty() {
            request.page_token = answer.last_page_token;
            answer = list_users(session, request).await?;
        }
        show_page(&answer, out);
        Ok(())
    }
}

/// A page of a selection's users, in the form used for pages of users.
async fn list_users(
    session: &Session,
    request: ListSelectionUsersRequest,
) -> Result<ListUsersResponse, CliError> {
    let answer = session.selections().list_selection_users(request).await?;
    let page = answer.into_inner();
    Ok(ListUsersResponse {
        users: page.users,
        next_page_token: page.next_page_token,
        previous_page_token: page.previous_page_token,
        first_page_token: page.first_page_token,
        last_page_token: page.last_page_token,
        total_size: page.total_size,
    })
}

impl Delete {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let request = DeleteSelectionRequest {
            name: self.target.name(),
            ..DeleteSelectionRequest::default()
        };
        session.selections().delete_selection(request).await?;
        out.print(format_args!(
            "selection {} is deleted",
            self.target.selection
        ));
        Ok(())
    }
}
