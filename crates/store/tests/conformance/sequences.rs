//! Random sequences of transactions have the same results on a database as on the model.

mod decide;
mod step;
mod walk;

use std::cell::Cell;

use proptest::prelude::{Strategy, prop};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use seatkeeper_domain::CustomerKey;
use seatkeeper_store::{ModelStore, Store};

use self::step::{Step, step};
use self::walk::Walk;
use crate::fixture::new_customer;
use crate::observed::Observed;
use crate::stores::{TestStore, postgres, sqlite};

/// The number of sequences, and the most transactions of one.
const SEQUENCES: u32 = 48;
const TRANSACTIONS_MAX: usize = 20;
const STEPS_MAX: usize = 6;

/// Steps under one lock, and whether they are committed.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    steps: Vec<Step>,
    committed: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_does_as_the_model_does() {
    compare(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_does_as_the_model_does() {
    compare(postgres().await).await;
}

/// Arbitrary sequences of transactions.
pub(crate) fn transactions() -> impl Strategy<Value = Vec<Transaction>> {
    let steps = prop::collection::vec(step(), 1..=STEPS_MAX);
    let transaction = (steps, prop::bool::weighted(0.85))
        .prop_map(|(steps, committed)| Transaction { steps, committed });
    prop::collection::vec(transaction, 1..=TRANSACTIONS_MAX)
}

/// Runs transactions and returns the result of each step. A rejected step ends its transaction,
/// which is then dropped.
pub(crate) async fn run(
    store: &dyn Store,
    customer: CustomerKey,
    transactions: &[Transaction],
) -> Vec<String> {
    let mut answers = Vec::new();
    for (transaction, number) in transactions.iter().zip(0..) {
        let tx = store.lock_customer(customer).await.unwrap().unwrap();
        let mut walk = Walk::new(tx, 1_000 * number);
        let mut refused = false;
        for step in &transaction.steps {
            let answer = walk.take(step).await;
            answers.push(format!("{answer:?}"));
            refused = answer.is_err();
            if refused {
                break;
            }
        }
        if transaction.committed && !refused {
            walk.commit().await;
        }
    }
    answers
}

/// Compares a database with the model. Each sequence runs on a new customer in both stores; a
/// failing sequence is shrunk to a minimal one.
async fn compare(database: TestStore) {
    let runtime = tokio::runtime::Handle::current();
    let comparing = move || {
        let model = ModelStore::new();
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let config = Config {
            cases: SEQUENCES,
            failure_persistence: None,
            ..Config::default()
        };
        let mut runner = TestRunner::new_with_rng(config, rng);
        let number = Cell::new(0);
        let answered = Cell::new(0);
        let refused = Cell::new(0);
        let outcome = runner.run(&transactions(), |transactions| {
            number.set(number.get() + 1);
            let id = format!("customer{}", number.get());
            let compared = compare_one(&model, &*database.store, &id, &transactions);
            let [of_these, refused_of_these] = runtime.block_on(compared);
            answered.set(answered.get() + of_these);
            refused.set(refused.get() + refused_of_these);
            Ok(())
        });
        outcome.unwrap();
        let (answered, refused) = (answered.get(), refused.get());
        assert!(answered > 1_000, "only {answered} steps were run");
        assert!(
            refused < answered / 3,
            "{refused} of {answered} steps were rejected"
        );
        assert!(refused > 0, "no step was rejected");
    };
    tokio::task::spawn_blocking(comparing).await.unwrap();
}

/// Compares one sequence; returns how many steps were run and how many were rejected.
async fn compare_one(
    model: &dyn Store,
    database: &dyn Store,
    id: &str,
    transactions: &[Transaction],
) -> [usize; 2] {
    let expected = model.create_customer(new_customer(id)).await.unwrap();
    let created = database.create_customer(new_customer(id)).await.unwrap();
    assert_eq!(created, expected);
    let customer = created.key;
    let expected = run(model, customer, transactions).await;
    let answers = run(database, customer, transactions).await;
    assert_eq!(answers, expected);
    let expected = Observed::of(model, customer).await;
    Observed::of(database, customer)
        .await
        .assert_same(&expected);
    let refused = answers.iter().filter(|answer| answer.starts_with("Err"));
    [answers.len(), refused.count()]
}
