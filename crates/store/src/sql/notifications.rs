use async_trait::async_trait;
use sea_orm::sqlx::postgres::{PgListener, PgPoolOptions};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr, sqlx};
use seatkeeper_domain::{BatchKey, CustomerKey};

use super::address::Address;
use super::error::classify;
use super::query::Query;
use crate::{BatchNotifications, StoreResult};

/// The channel that all servers on a PostgreSQL database use.
const CHANNEL: &str = "seatkeeper_batches";

/// Sends notifications in a separate transaction: transactions with notifications commit one at a
/// time in the whole cluster.
pub(super) async fn announce(
    db: &impl ConnectionTrait,
    batches: &[(CustomerKey, BatchKey)],
) -> StoreResult<()> {
    let addresses = batches.iter().map(|address| text_of(*address)).collect();
    let mut query = Query::new(db);
    let channel = query.bind(CHANNEL);
    let listed = query.texts(addresses);
    let text = format!("SELECT pg_notify({channel}, value) FROM {listed}");
    let sent = db.query_all_raw(query.statement(text)).await;
    sent.map(|_| ()).map_err(classify)
}

pub(super) async fn listen(address: &Address) -> StoreResult<Listener> {
    // The pool reconnects when the connection is lost.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(address.options())
        .await
        .map_err(failed)?;
    let mut listener = PgListener::connect_with(&pool).await.map_err(failed)?;
    listener.ignore_pool_close_event(true);
    listener.listen(CHANNEL).await.map_err(failed)?;
    Ok(Listener(listener))
}

pub(super) struct Listener(PgListener);

#[async_trait]
impl BatchNotifications for Listener {
    async fn next(&mut self) -> StoreResult<(CustomerKey, BatchKey)> {
        loop {
            let notification = self.0.recv().await.map_err(failed)?;
            // Any client may write to a channel.
            if let Some(address) = parse(notification.payload()) {
                return Ok(address);
            }
        }
    }
}

fn text_of((customer, batch): (CustomerKey, BatchKey)) -> String {
    format!("{} {}", customer.0, batch.0)
}

/// Parses the text of [`text_of`].
fn parse(text: &str) -> Option<(CustomerKey, BatchKey)> {
    let (customer, batch) = text.split_once(' ')?;
    let customer = CustomerKey(customer.parse().ok()?);
    Some((customer, BatchKey(batch.parse().ok()?)))
}

fn failed(error: sqlx::Error) -> crate::StoreError {
    classify(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_parsed_as_it_was_written() {
        let address = (CustomerKey(12), BatchKey(7));
        assert_eq!(parse(&text_of(address)), Some(address));
        assert_eq!(parse("12"), None);
        assert_eq!(parse("twelve 7"), None);
    }
}
