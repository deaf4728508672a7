use seatkeeper_proto::v1::create_selection_request::{Content, Header};
use seatkeeper_proto::v1::user_selector::Kind;
use seatkeeper_proto::v1::{
    AllUsers, CreateSelectionRequest, CreateSelectionResponse, Selection, UserList, UserSelector,
};
use tonic::Status;

use crate::Fixture;

/// Users by name, in this order.
pub fn listed(names: impl IntoIterator<Item = String>) -> UserSelector {
    selector(Kind::Users(UserList {
        names: names.into_iter().collect(),
    }))
}

/// The users that match an expression.
pub fn filter(expression: &str) -> UserSelector {
    selector(Kind::Filter(expression.to_owned()))
}

/// Every user of the customer.
pub fn everyone() -> UserSelector {
    selector(Kind::AllUsers(AllUsers {}))
}

/// The users of a saved selection.
pub fn saved(name: &str) -> UserSelector {
    selector(Kind::SavedSelection(name.to_owned()))
}

fn selector(kind: Kind) -> UserSelector {
    UserSelector { kind: Some(kind) }
}

impl Fixture {
    /// The name of a saved selection of the customer.
    pub fn selection(&self, id: &str) -> String {
        format!("{}/selections/{id}", self.customer)
    }

    /// The first message of a selection that begins with these users, or with none.
    pub fn selection_header(&self, id: &str, source: Option<UserSelector>) -> Content {
        Content::Header(Box::new(Header {
            parent: self.customer.clone(),
            selection_id: id.to_owned(),
            source,
            ..Header::default()
        }))
    }

    /// Streams in the messages of a selection to be saved.
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

    /// Saves a selection of these users, or of none.
    pub async fn save(&self, id: &str, source: Option<UserSelector>) -> Selection {
        let contents = vec![self.selection_header(id, source)];
        let created = self.send_selection(contents).await.unwrap();
        created.selection.unwrap()
    }

    /// Saves a selection of these users, and selects them by it.
    pub async fn saved(&self, id: &str, source: UserSelector) -> UserSelector {
        saved(&self.save(id, Some(source)).await.name)
    }
}
