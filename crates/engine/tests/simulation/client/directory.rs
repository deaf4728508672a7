use seatkeeper_domain::{UsageLocation, UserState};
use seatkeeper_engine::{UpdateUser, UserPatch};

use super::{Client, response};
use crate::ledger::SentRequest;

impl Client {
    /// Blocks or unblocks a user, or clears or sets the usage location.
    pub(super) async fn update_user(&mut self) {
        let principal = self.next_principal();
        let patch = match self.rng.index(4) {
            0 => state(UserState::Blocked),
            1 | 2 => state(UserState::Active),
            _ => UserPatch {
                usage_location: Some(*self.rng.pick(&[None, UsageLocation::parse("CH").ok()])),
                ..UserPatch::default()
            },
        };
        let update = UpdateUser {
            customer: self.any_customer(),
            id: self.any_user(),
            revision: None,
            patch,
            principal: principal.clone(),
        };
        let answer = self
            .attempt(false, |node| {
                let update = update.clone();
                async move { node.engine.update_user(update).await }
            })
            .await;
        let customer = update.customer.clone();
        self.note(&principal, &customer, SentRequest::User, response(&answer));
    }
}

fn state(state: UserState) -> UserPatch {
    UserPatch {
        state: Some(state),
        ..UserPatch::default()
    }
}
