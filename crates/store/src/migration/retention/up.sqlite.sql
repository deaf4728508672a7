-- Whoever removes what was kept long enough looks for it among all customers.
CREATE INDEX batches_by_end_time ON batches (end_time, customer_key, batch_key)
    WHERE end_time IS NOT NULL;
-- Request ids that led to a batch are removed with it.
CREATE INDEX requests_by_create_time ON requests (create_time, customer_key)
    WHERE journal_sequence IS NOT NULL;
