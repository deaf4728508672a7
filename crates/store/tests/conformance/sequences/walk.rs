use std::fmt::Debug;

use seatkeeper_domain::{BatchKey, BatchSpan, Customer, Effect, RelevantProducts, User, UserKey};
use seatkeeper_store::{
    Batch, CustomerTx, IdempotencyRecord, IdempotencyTarget, LicenseRecord, PackedSegment,
    StoreError, StoreResult,
};

use super::decide::decide;
use super::step::{BatchStep, DirectoryStep, Record, Step, WaitlistStep};
use crate::chunks::unfold;
use crate::decisions::changes;
use crate::fixture::{at, entitlement, joins, known, new_batch, new_user, principal, request_id};

/// A rejection, without the store's own wording.
#[derive(Debug)]
#[expect(dead_code, reason = "compared as printed")]
pub(crate) enum Refusal {
    Taken(&'static str),
    Corrupt,
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if let StoreError::AlreadyExists { what } = error {
            return Self::Taken(what);
        }
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
        Self::Corrupt
    }
}

/// A transaction that runs steps, with its own clock.
pub(crate) struct Walk {
    tx: Box<dyn CustomerTx>,
    micros: i64,
}

impl Walk {
    pub(crate) fn new(tx: Box<dyn CustomerTx>, micros: i64) -> Self {
        Self { tx, micros }
    }

    pub(crate) async fn commit(self) {
        self.tx.commit().await.unwrap();
    }

    /// Runs a step and returns the store's response.
    pub(crate) async fn take(&mut self, step: &Step) -> Result<String, Refusal> {
        self.micros += 1;
        let answer = match step {
            Step::SaveCustomer(name) => self.save_customer(name).await,
            Step::Directory(step) => self.directory(step).await,
            Step::SaveEntitlement { product, seats } => {
                let entitlement = entitlement(*product, *seats);
                described(self.tx.save_entitlement(&entitlement).await)
            }
            Step::Record(record) => self.record(record).await,
            Step::InsertIdempotencyRecord(number) => self.insert_idempotency_record(*number).await,
            Step::Batch(step) => self.batch(step).await,
            Step::Waitlist(step) => self.waitlist(step).await,
            Step::Append => {
                let effect = Effect::UsersChanged { users: Vec::new() };
                described(self.tx.append(at(self.micros), &principal(), effect).await)
            }
        };
        answer.map_err(Refusal::from)
    }

    async fn save_customer(&mut self, name: &str) -> StoreResult<String> {
        let row = self.tx.customer().clone();
        let saved = Customer {
            display_name: name.to_owned(),
            revision: row.revision + 1,
            update_time: at(self.micros),
            ..row
        };
        described(self.tx.save_customer(saved).await)
    }

    async fn directory(&mut self, step: &DirectoryStep) -> StoreResult<String> {
        match step {
            DirectoryStep::Insert(numbers) => {
                let ids = numbers.iter().map(|number| format!("u{number}"));
                let users = ids.map(|id| new_user(&id)).collect();
                described(self.tx.insert_users(users).await)
            }
            DirectoryStep::Update { user, name } => {
                let user = User {
                    display_name: name.clone(),
                    job_title: name.clone(),
                    update_time: at(self.micros),
                    ..new_user("u").into_user(UserKey(*user))
                };
                described(self.tx.update_users(&[user]).await)
            }
            DirectoryStep::Delete(user) => described(self.tx.delete_user(UserKey(*user)).await),
        }
    }

    async fn record(&mut self, record: &Record) -> StoreResult<String> {
        let users = record.users.iter().map(|&user| UserKey(user));
        let users = users.filter(|&user| user <= self.tx.last_user_key());
        let selected: Vec<_> = users.map(known).collect();
        let members = unfold(
            self.tx
                .load_chunk(&selected, &RelevantProducts::All)
                .await?,
        );
        let entitled = !self.tx.entitlements(&[record.product]).await?.is_empty();
        let decided = members.into_iter().map(|(member, found)| {
            let held = found.map(|(_, licenses)| licenses);
            (member, vec![decide(record, held.as_deref(), entitled)])
        });
        if record.apart {
            let records = decided.map(|one| LicenseRecord {
                principal: principal(),
                changes: changes(vec![one]),
            });
            let records = records.collect();
            return described(self.tx.record_all_licenses(at(self.micros), records).await);
        }
        let mut decided = changes(decided.collect());
        // A batch's result numbers increase with the journal.
        decided.span = record.batch.map(|batch| BatchSpan {
            batch: BatchKey(batch),
            first_result: 10 * self.micros + 1,
        });
        let time = at(self.micros);
        described(self.tx.record_licenses(time, &principal(), decided).await)
    }

    async fn insert_idempotency_record(&mut self, number: u8) -> StoreResult<String> {
        let record = IdempotencyRecord {
            id: request_id(&format!("r{number}")),
            digest: [number; 32],
            target: IdempotencyTarget::Batch(BatchKey(1)),
            create_time: at(self.micros),
        };
        described(
            self.tx
                .insert_idempotency_records(std::slice::from_ref(&record))
                .await,
        )
    }

    async fn waitlist(&mut self, step: &WaitlistStep) -> StoreResult<String> {
        let time = at(self.micros);
        match step {
            WaitlistStep::Join(users, products) => {
                let ids: Vec<_> = users.iter().map(|&user| UserKey(user)).collect();
                let everyone: Vec<_> = ids
                    .iter()
                    .filter(|&&user| user <= self.tx.last_user_key())
                    .map(|&user| known(user))
                    .collect();
                let members = unfold(
                    self.tx
                        .load_chunk(&everyone, &RelevantProducts::All)
                        .await?,
                );
                let users: Vec<UserKey> = members
                    .iter()
                    .filter(|(_, found)| found.is_some())
                    .filter_map(|(member, _)| member.user)
                    .collect();
                described(self.tx.join_waitlist(time, &joins(&users, products)).await)
            }
            WaitlistStep::Leave(user, change) => {
                described(self.tx.leave_waitlist(&[(UserKey(*user), *change)]).await)
            }
            WaitlistStep::Prioritize(user, product, priority) => {
                let user = UserKey(*user);
                if !self
                    .tx
                    .waited_for(&[user])
                    .await?
                    .iter()
                    .any(|entry| entry.2 == *product)
                {
                    return Ok("does not wait".to_owned());
                }
                described(self.tx.prioritize(time, *product, user, *priority).await)
            }
            WaitlistStep::TakeDirtyQueues => {
                let count = self.tx.waitlist_count();
                Ok(format!("{count} {:?}", self.tx.take_dirty_queues()))
            }
        }
    }

    async fn batch(&mut self, step: &BatchStep) -> StoreResult<String> {
        match step {
            BatchStep::Insert(number) => {
                described(self.tx.insert_batch(new_batch(&format!("b{number}"))).await)
            }
            BatchStep::Save(key, state) => {
                let Some(found) = self.tx.batch(BatchKey(*key)).await? else {
                    return Ok("no such batch".to_owned());
                };
                let saved = Batch {
                    state: *state,
                    processed_count: self.micros,
                    ..found
                };
                described(self.tx.save_batch(&saved).await)
            }
            BatchStep::Delete(key) => described(self.tx.delete_batch(BatchKey(*key)).await),
            BatchStep::Reserve(key, product, seats) => {
                let seats = [(*product, *seats)];
                described(self.tx.set_reservations(BatchKey(*key), &seats).await)
            }
            BatchStep::AppendSegment(key, users) => {
                let batch = BatchKey(*key);
                let mut end = 0;
                while let Some(segment) = self.tx.segments(batch, end, 1).await? {
                    end += i64::try_from(segment.len()).unwrap();
                }
                let selected: Vec<_> = users.iter().map(|&user| known(UserKey(user))).collect();
                let segment = PackedSegment::pack(&selected);
                described(self.tx.append_segments(batch, end, &[segment]).await)
            }
        }
    }
}

fn described<T: Debug>(answer: StoreResult<T>) -> StoreResult<String> {
    answer.map(|answer| format!("{answer:?}"))
}
