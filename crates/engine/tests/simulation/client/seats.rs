use seatkeeper_engine::{PurchaseSeats, ReduceSeats};

use super::{Answer, Client, came_to};
use crate::ledger::Asked;
use crate::scene::{PRODUCTS, product, purchase};

impl Client {
    pub(super) async fn buy(&mut self) {
        let actor = self.next_actor();
        let customer = self.any_customer();
        let name = *self.rng.pick(&PRODUCTS);
        let seats = i64::try_from(self.rng.between(1..6)).unwrap();
        let mut purchase = purchase(&customer, name, seats, actor.clone());
        purchase.request_id = self.maybe_request_id(&actor);
        let answer = self.call_purchase(&purchase).await;
        self.note(&actor, &customer, Asked::Buy(purchase), came_to(&answer));
    }

    pub(super) async fn call_purchase(
        &mut self,
        purchase: &PurchaseSeats,
    ) -> Answer<seatkeeper_engine::SeatsPurchased> {
        self.attempt(purchase.request_id.is_some(), |node| {
            let purchase = purchase.clone();
            async move { node.engine.purchase_seats(purchase).await }
        })
        .await
    }

    pub(super) async fn reduce(&mut self) {
        let actor = self.next_actor();
        let reduce = ReduceSeats {
            customer: self.any_customer(),
            product: product(PRODUCTS[self.rng.index(PRODUCTS.len())]),
            purchase: None,
            seats: i64::try_from(self.rng.between(1..5)).unwrap(),
            giving_up: Vec::new(),
            revision: None,
            request_id: self.maybe_request_id(&actor),
            validate_only: false,
            actor: actor.clone(),
        };
        let answer = self.call_reduce(&reduce).await;
        let customer = reduce.customer.clone();
        self.note(&actor, &customer, Asked::Reduce(reduce), came_to(&answer));
    }

    pub(super) async fn call_reduce(
        &mut self,
        reduce: &ReduceSeats,
    ) -> Answer<seatkeeper_engine::SeatsReduced> {
        self.attempt(reduce.request_id.is_some(), |node| {
            let reduce = reduce.clone();
            async move { node.engine.reduce_seats(reduce).await }
        })
        .await
    }
}
