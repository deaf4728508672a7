use seatkeeper_engine::{PurchaseSeats, ReduceSeats};

use super::{Answer, Client, response};
use crate::fixture::{PRODUCTS, product, purchase};
use crate::ledger::SentRequest;

impl Client {
    pub(super) async fn buy(&mut self) {
        let principal = self.next_principal();
        let customer = self.any_customer();
        let name = *self.rng.pick(&PRODUCTS);
        let seats = i64::try_from(self.rng.between(1..6)).unwrap();
        let mut purchase = purchase(&customer, name, seats, principal.clone());
        purchase.request_id = self.maybe_request_id(&principal);
        let answer = self.call_purchase(&purchase).await;
        self.note(
            &principal,
            &customer,
            SentRequest::Buy(purchase),
            response(&answer),
        );
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
        let principal = self.next_principal();
        let reduce = ReduceSeats {
            customer: self.any_customer(),
            product: product(PRODUCTS[self.rng.index(PRODUCTS.len())]),
            purchase: None,
            seats: i64::try_from(self.rng.between(1..5)).unwrap(),
            release_users: Vec::new(),
            revision: None,
            request_id: self.maybe_request_id(&principal),
            validate_only: false,
            principal: principal.clone(),
        };
        let answer = self.call_reduce(&reduce).await;
        let customer = reduce.customer.clone();
        self.note(
            &principal,
            &customer,
            SentRequest::Reduce(reduce),
            response(&answer),
        );
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
