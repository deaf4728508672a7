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

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// See in a minute what all of this is for.
    Demo(demo::Demo),
    /// Import and look at the catalog: products, service plans and the rules between them.
    Catalog(catalog::Catalog),
    /// Create, list, change and delete customers.
    Customers(customers::Customers),
    /// Import, list, create, change and delete users of a customer.
    Users(users::Users),
    /// See what a customer is entitled to; buy seats and give them back.
    Entitlements(entitlements::Entitlements),
    /// Save selections of users: ticked on many pages, or too many to name each time.
    Select(select::Select),
    /// Assign products to many users, and revoke others in the same step.
    Assign(assign::Assign),
    /// Revoke products from many users.
    Revoke(revoke::Revoke),
    /// List, watch, cancel, read back, try again and revert batches.
    Batches(batches::Batches),
    /// Read a batch back: who asked for what, how each user fared, what each now holds.
    Confirm(confirm::Confirm),
    /// Read and watch a customer's journal: who changed what, in order.
    Journal(journal::Journal),
    /// List who holds which licenses.
    Licenses(licenses::Licenses),
    /// Copy the embedded database while servers run on it.
    Backup(backup::Backup),
    /// Check a database, row by row, against what must hold.
    Verify(verify::Verify),
    /// See what a set of users holds of each product, and how many seats are free.
    Summary(summary::Summary),
    /// See which products a user could be assigned, and if not, why not.
    Eligibility(eligibility::Eligibility),
    /// See who waits for seats; change the order, and take users out.
    Waitlist(waitlist::Waitlist),
    /// Print a script that completes commands in a shell.
    Completions(completions::Completions),
}

impl Command {
    /// The format of the command's output.
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

    /// Runs the command.
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
