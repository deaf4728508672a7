//! The subcommands, one file each.

mod assign;
mod backup;
mod batch_view;
mod batches;
mod catalog;
mod change;
mod completions;
mod confirm;
mod customers;
mod demo;
mod eligibility;
mod entitlements;
mod journal;
mod licenses;
mod revoke;
mod select;
mod serve;
mod summary;
mod users;
mod verify;
mod waitlist;

use clap::Subcommand;

use crate::client::ClientOptions;
use crate::output::{Format, Output};
use crate::{CliError, Exit};

/// A subcommand of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Run a demonstration of the main features; takes about a minute.
    Demo(demo::Demo),
    /// Import and show the catalog: products, service plans and the rules between them.
    Catalog(catalog::Catalog),
    /// Create, list, change and delete customers.
    Customers(customers::Customers),
    /// Import, list, create, change and delete users of a customer.
    Users(users::Users),
    /// Show a customer's entitlements; buy seats, renew purchases and give seats back.
    Entitlements(entitlements::Entitlements),
    /// Save selections of users: collected over many pages, or too long to repeat in each command.
    Select(select::Select),
    /// Assign products to many users; can revoke other products in the same step.
    Assign(assign::Assign),
    /// Revoke products from many users.
    Revoke(revoke::Revoke),
    /// List, follow, cancel, read, retry and revert batches.
    Batches(batches::Batches),
    /// Read a batch's results: its principal and change, the outcome of each user, and current
    /// licenses.
    Confirm(confirm::Confirm),
    /// Read and watch a customer's journal: all changes in order, with their principal.
    Journal(journal::Journal),
    /// List licenses and the users who hold them.
    Licenses(licenses::Licenses),
    /// Copy the embedded database; servers may keep running on it.
    Backup(backup::Backup),
    /// Check every row of a database against the invariants.
    Verify(verify::Verify),
    /// Show which products a set of users holds, and how many seats are free.
    Summary(summary::Summary),
    /// Show which products a user can be assigned, with a reason for each that is not possible.
    Eligibility(eligibility::Eligibility),
    /// List the users who wait for seats, change their priority, or remove them.
    Waitlist(waitlist::Waitlist),
    /// Print a script that completes commands in a shell.
    Completions(completions::Completions),
}

impl Command {
    /// The output format that the command was given.
    pub(crate) fn format(&self) -> Format {
        if let Self::Verify(command) = self {
            return command.output;
        }
        if let Self::Backup(command) = self {
            return command.output;
        }
        self.client_options()
            .map_or(Format::Table, |options| options.output)
    }

    /// Runs the command and returns its exit status.
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        match self {
            Self::Serve(command) => command.run(out).await,
            Self::Demo(command) => command.run(out).await,
            Self::Catalog(command) => command.run(out).await,
            Self::Customers(command) => command.run(out).await,
            Self::Users(command) => command.run(out).await,
            Self::Entitlements(command) => command.run(out).await,
            Self::Select(command) => command.run(out).await,
            Self::Assign(command) => command.run(out).await,
            Self::Revoke(command) => command.run(out).await,
            Self::Batches(command) => command.run(out).await,
            Self::Confirm(command) => command.run(out).await,
            Self::Journal(command) => command.run(out).await,
            Self::Licenses(command) => command.run(out).await,
            Self::Backup(command) => command.run(out).await,
            Self::Verify(command) => command.run(out).await,
            Self::Summary(command) => command.run(out).await,
            Self::Eligibility(command) => command.run(out).await,
            Self::Waitlist(command) => command.run(out).await,
            Self::Completions(command) => Ok(command.run(out)),
        }
    }

    fn client_options(&self) -> Option<&ClientOptions> {
        match self {
            Self::Catalog(command) => Some(&command.client),
            Self::Customers(command) => Some(&command.client),
            Self::Users(command) => Some(&command.client),
            Self::Entitlements(command) => Some(&command.client),
            Self::Select(command) => Some(&command.client),
            Self::Assign(command) => Some(command.client()),
            Self::Revoke(command) => Some(command.client()),
            Self::Batches(command) => Some(&command.client),
            Self::Confirm(command) => Some(&command.client),
            Self::Journal(command) => Some(&command.client),
            Self::Licenses(command) => Some(&command.client),
            Self::Summary(command) => Some(command.client()),
            Self::Eligibility(command) => Some(&command.client),
            Self::Waitlist(command) => Some(&command.client),
            Self::Serve(_)
            | Self::Demo(_)
            | Self::Backup(_)
            | Self::Verify(_)
            | Self::Completions(_) => None,
        }
    }
}
