use clap::Args;
use prost_types::{Duration, FieldMask};
use seatkeeper_proto::v1::combine_selections_request::Operation;
use seatkeeper_proto::v1::create_selection_request::{Content, Header};
use seatkeeper_proto::v1::{
    CombineSelectionsRequest, CreateSelectionRequest, Selection, UpdateSelectionRequest, UserList,
};

use super::{Parent, Target, idle_time, view};
use crate::client::Session;
use crate::commands::change::{ChosenUsers, OptionalUserChoice};
use crate::output::Output;
use crate::{CliError, identifier};

/// Users of one message.
const MESSAGE_USERS: usize = 10_000;

/// A selection's own fields.
#[derive(Debug, Args)]
struct Fields {
    /// A name for people.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,

    /// How long it lives after its last use, as 45m, 12h or 7d; 24 hours when left out.
    #[arg(long, value_name = "TIME", value_parser = idle_time::parse)]
    idle_ttl: Option<Duration>,
}

/// Save a selection of users: none, some by name, those who match a filter, or all.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its identifier; the server makes one when it is left out.
    #[arg(value_parser = identifier::parse)]
    selection: Option<String>,
    #[command(flatten)]
    parent: Parent,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    users: OptionalUserChoice,
}

/// Save a selection made of others.
#[derive(Debug, Args)]
pub(super) struct Combine {
    #[command(flatten)]
    target: Target,

    /// How to combine.
    #[arg(value_enum)]
    operation: SetOperation,

    /// The selections to combine, 2 to 10; a difference leaves of the first who are in no other.
    #[arg(required = true, num_args = 2..=10, value_parser = identifier::parse)]
    sources: Vec<String>,

    #[command(flatten)]
    fields: Fields,
}

/// Change a selection's name for people or how long it lives.
#[derive(Debug, Args)]
pub(super) struct Update {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SetOperation {
    /// The users of any.
    Union,
    /// The users of all.
    Intersection,
    /// The users of the first who are in no other.
    Difference,
}

impl Fields {
    fn into_selection(self) -> Selection {
        Selection {
            display_name: self.display_name.unwrap_or_default(),
            idle_ttl: self.idle_ttl,
            ..Selection::default()
        }
    }
}

impl Create {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let customer = self.parent.customer;
        let mut header = Header {
            parent: identifier::customer(&customer),
            selection_id: self.selection.unwrap_or_default(),
            selection: Some(self.fields.into_selection()),
            ..Header::default()
        };
        let mut names = Vec::new();
        match self.users.read()? {
            None => {}
            Some(ChosenUsers::List(users)) => {
                names.extend(users.iter().map(|user| identifier::user(&customer, user)));
            }
            Some(chosen) => header.source = Some(chosen.into_selector(&customer)),
        }
        let lists = names.chunks(MESSAGE_USERS).map(|names| {
            Content::Users(UserList {
                names: names.to_vec(),
            })
        });
        let contents = std::iter::once(Content::Header(Box::new(header))).chain(lists);
        let messages: Vec<_> = contents
            .map(|content| CreateSelectionRequest {
                content: Some(content),
            })
            .collect();
        let messages = tokio_stream::iter(messages);
        let answer = session.selections().create_selection(messages).await?;
        let answer = answer.into_inner();
        view::show_summary(answer.selection, &answer.summary.unwrap_or_default(), out)
    }
}

impl Combine {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let customer = self.target.parent.customer;
        let sources = self.sources.iter();
        let operation = match self.operation {
            SetOperation::Union => Operation::Union,
            SetOperation::Intersection => Operation::Intersection,
            SetOperation::Difference => Operation::Difference,
        };
        let request = CombineSelectionsRequest {
            parent: identifier::customer(&customer),
            selection_id: self.target.selection,
            selection: Some(self.fields.into_selection()),
            operation: operation.into(),
            sources: sources
                .map(|source| identifier::selection(&customer, source))
                .collect(),
        };
        let answer = session.selections().combine_selections(request).await?;
        view::show_one(answer.into_inner().selection, out)
    }
}

impl Update {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let fields = [
            ("display_name", self.fields.display_name.is_some()),
            ("idle_ttl", self.fields.idle_ttl.is_some()),
        ];
        let given = fields.into_iter().filter(|(_, given)| *given);
        let paths: Vec<_> = given.map(|(path, _)| path.to_owned()).collect();
        if paths.is_empty() {
            let nothing = "nothing to change: give --display-name or --idle-ttl";
            return Err(CliError::Usage(nothing.to_owned()));
        }
        let request = UpdateSelectionRequest {
            selection: Some(Selection {
                name: self.target.name(),
                ..self.fields.into_selection()
            }),
            update_mask: Some(FieldMask { paths }),
        };
        let answer = session.selections().update_selection(request).await?;
        view::show_one(answer.into_inner().selection, out)
    }
}
