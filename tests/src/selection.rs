use seatkeeper_proto::v1::create_selection_request::{Content, Header};
use seatkeeper_proto::v1::user_selector::Kind;
use seatkeeper_proto::v1::{
    AllUsers, CreateSelectionRequest, CreateSelectionResponse, Selection, UserList, UserSelector,
};
use tonic::Status;

use crate::Fixture;

/// Selects users by name, in this order.
pub fn listed(names: impl IntoIterator<Item = String>) -> UserSelector {
    selector(Kind::Users(UserList {
        names: names.into_iter().collect(),
    }))
}

/// Selects the users that match a filter.
pub fn filter(expression: &str) -> UserSelector {
    selector(Kind::Filter(expression.to_owned()))
}

/// Selects all users of the customer.
pub fn everyone() -> UserSelector {
    selector(Kind::AllUsers(AllUsers {}))
}

/// Selects the users of a saved selection.
pub fn saved(name: &str) -> UserSelector {
    selector(Kind::SavedSelection(name.to_owned()))
}

fn selector(kind: Kind) -> UserSelector {
    UserSelector { kind: Some(kind) }
}

impl Fixture {
    /// The resource name of a saved selection of the customer.
    pub fn selection(&self, id: &str) -> String {
        format!("{}/selections/{id}", self.customer)
    }

    /// The first message of a selection that starts with the users of `source`, or empty.
    pub fn selection_header(&self, id: &str, source: Option<UserSelector>) -> Content {
        Content::Header(Box::new(Header {
            parent: self.customer.clone(),
            selection_id: id.to_owned(),
            source,
            ..Header::default()
        }))
    }

    /// Streams the messages of a selection to the server, which saves it.
    pub async fn send_selection(
        &self,
        contents: Vec<Content>,
    ) -> Result<CreateSelectionResponse, Status> {
        let messages = contents.into_iter().map(|content| CreateSelectionRequest {
            content: Some(content),
        });
        let messages = tokio_stream::iter(messages.collect::<Vec<_>>());
        let mut selections = self.connection.selections();
        let answer = selections.create_selection(messages).await?;
        Ok(answer.into_inner())
    }

    /// Saves a selection of the users of `source`, or an empty one.
    pub async fn save(&self, id: &str, source: Option<UserSelector>) -> Selection {
        let contents = vec![self.selection_header(id, source)];
        let created = self.send_selection(contents).await.unwrap();
        created.selection.unwrap()
    }

    /// Saves a selection of the users of `source`, and returns a selector for it.
    pub async fn saved(&self, id: &str, source: UserSelector) -> UserSelector {
        saved(&self.save(id, Some(source)).await.name)
    }
}
