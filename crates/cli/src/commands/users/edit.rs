use clap::{Args, ValueEnum};
use seatkeeper_proto::v1::{
    CreateUserRequest, DeleteUserRequest, GetUserRequest, UpdateUserRequest, User, user,
};

use super::{Parent, view};
use crate::client::Session;
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// Show one user.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    parent: Parent,
    /// The user's identifier.
    #[arg(value_parser = identifier::parse)]
    user: String,
}

/// Create a user.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper users create ann --customer contoso --sign-in-name ann@contoso.example --usage-location CH")]
pub(crate) struct Create {
    #[command(flatten)]
    parent: Parent,
    /// The user's identifier; the server makes one when it is left out.
    #[arg(value_parser = identifier::parse)]
    user: Option<String>,
    /// The name the user signs in with.
    #[arg(long, required = true)]
    sign_in_name: String,
    #[command(flatten)]
    fields: Fields,
}

/// Change fields of a user; an empty value makes a field empty.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper users update ann --customer contoso --department Sales --state blocked")]
pub(crate) struct Update {
    #[command(flatten)]
    parent: Parent,
    /// The user's identifier.
    #[arg(value_parser = identifier::parse)]
    user: String,
    /// The name the user signs in with.
    #[arg(long)]
    sign_in_name: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

/// Delete a user.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    parent: Parent,
    /// The user's identifier.
    #[arg(value_parser = identifier::parse)]
    user: String,
    /// Revoke the licenses the user holds as well.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
struct Fields {
    /// A name for people.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// The department.
    #[arg(long)]
    department: Option<String>,
    /// The job title.
    #[arg(long)]
    job_title: Option<String>,
    /// Where the user uses the products: a country code such as CH.
    #[arg(long, value_name = "COUNTRY")]
    usage_location: Option<String>,
    /// Whether the user may gain licenses.
    #[arg(long, value_enum)]
    state: Option<State>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Active,
    Blocked,
}

impl Get {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let name = identifier::user(&self.parent.customer, &self.user);
        let answer = session
            .directory()
            .get_user(GetUserRequest { name })
            .await?;
        view::show_one(answer.into_inner().user, out)?;
        Ok(Exit::Success)
    }
}

impl Create {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let mut user = User {
            sign_in_name: self.sign_in_name,
            ..User::default()
        };
        self.fields.put_into(&mut user);
        let request = CreateUserRequest {
            parent: identifier::customer(&self.parent.customer),
            user_id: self.user.unwrap_or_default(),
            user: Some(user),
        };
        let answer = session.directory().create_user(request).await?;
        view::show_one(answer.into_inner().user, out)?;
        Ok(Exit::Success)
    }
}

impl Update {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let mut user = User {
            name: identifier::user(&self.parent.customer, &self.user),
            ..User::default()
        };
        let mut paths = self.fields.put_into(&mut user);
        if let Some(sign_in_name) = self.sign_in_name {
            user.sign_in_name = sign_in_name;
            paths.push("sign_in_name");
        }
        if paths.is_empty() {
            let problem = "nothing to change: name at least one field, such as --department";
            return Err(CliError::Usage(problem.to_owned()));
        }
        let request = UpdateUserRequest {
            user: Some(user),
            update_mask: Some(prost_types::FieldMask {
                paths: paths.into_iter().map(str::to_owned).collect(),
            }),
        };
        let answer = session.directory().update_user(request).await?;
        view::show_one(answer.into_inner().user, out)?;
        Ok(Exit::Success)
    }
}

impl Delete {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let request = DeleteUserRequest {
            name: identifier::user(&self.parent.customer, &self.user),
            force: self.force,
            ..DeleteUserRequest::default()
        };
        session.directory().delete_user(request).await?;
        out.print(format_args!("user {} is deleted", self.user));
        Ok(Exit::Success)
    }
}

impl Fields {
    /// Sets the fields that were given, and tells which.
    fn put_into(self, user: &mut User) -> Vec<&'static str> {
        let mut paths = Vec::new();
        let mut put = |path, given: Option<String>, field: &mut String| {
            if let Some(given) = given {
                *field = given;
                paths.push(path);
            }
        };
        put("display_name", self.display_name, &mut user.display_name);
        put("department", self.department, &mut user.department);
        put("job_title", self.job_title, &mut user.job_title);
        let location = self.usage_location.map(|code| code.to_ascii_uppercase());
        put("usage_location", location, &mut user.usage_location);
        if let Some(state) = self.state {
            user.set_state(match state {
                State::Active => user::State::Active,
                State::Blocked => user::State::Blocked,
            });
            paths.push("state");
        }
        paths
    }
}
