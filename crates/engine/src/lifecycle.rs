//! Start and drain of an engine, and the table of its background jobs.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::{Engine, EngineResult, Limits};

/// Work that every server does again and again, beside the calls and the batches that it runs.
struct Job {
    /// What the job does, for the log.
    name: &'static str,
    /// The pause between two runs.
    interval: fn(&Limits) -> Duration,
    /// Ends the pause early, if there is one.
    wakeup: Option<fn(&Engine) -> &Notify>,
    /// The steps of one run, in order. A step that fails does not stop the later ones.
    run: &'static [Step],
}

struct Step {
    name: &'static str,
    run: fn(&Engine) -> BoxFuture<'_, EngineResult<()>>,
}

/// The pause before a server subscribes to the other servers again.
const LISTEN_PAUSE: Duration = Duration::from_secs(1);

/// The background jobs. Each is one task, which runs at start and then once per interval.
const JOBS: &[Job] = &[
    Job {
        name: "waitlist worker",
        interval: |limits| limits.recovery_interval,
        wakeup: Some(|engine| &engine.core.queues_due),
        run: &[Step {
            name: "fulfil due waitlists",
            run: |engine| Box::pin(engine.fulfil_due_queues()),
        }],
    },
    Job {
        name: "replica listener",
        interval: |_| LISTEN_PAUSE,
        wakeup: None,
        run: &[Step {
            name: "listen to other servers",
            run: |engine| Box::pin(engine.listen_to_replicas()),
        }],
    },
    Job {
        name: "replica notifier",
        interval: |limits| limits.announce_interval,
        wakeup: None,
        run: &[Step {
            name: "notify other servers",
            run: |engine| Box::pin(engine.notify_replicas()),
        }],
    },
    Job {
        name: "progress poller",
        interval: |limits| limits.follow_interval,
        wakeup: None,
        run: &[Step {
            name: "poll the progress of followed batches",
            run: |engine| Box::pin(engine.poll_progress()),
        }],
    },
    Job {
        name: "retention",
        interval: |limits| limits.retention_interval,
        wakeup: None,
        run: &[
            Step {
                name: "remove ended batches",
                run: |engine| Box::pin(engine.remove_ended_batches()),
            },
            Step {
                name: "delete old request ids",
                run: |engine| Box::pin(engine.delete_old_idempotency_records()),
            },
            Step {
                name: "remove old journal entries",
                run: |engine| Box::pin(engine.remove_old_entries()),
            },
            Step {
                name: "replace the page token key",
                run: |engine| Box::pin(engine.replace_old_token_key()),
            },
        ],
    },
    Job {
        name: "recovery",
        interval: |limits| limits.recovery_interval,
        wakeup: None,
        run: &[
            Step {
                name: "claim batches without a worker",
                run: |engine| Box::pin(engine.recover_batches()),
            },
            Step {
                name: "remove expired selections",
                run: |engine| Box::pin(engine.remove_expired_selections()),
            },
        ],
    },
];

impl Engine {
    /// Starts the background jobs.
    pub fn start(&self) {
        for job in JOBS {
            let engine = self.clone();
            self.core
                .tasks
                .spawn(async move { engine.repeat(job).await });
        }
    }

    /// Drains the server: rejects new batches, commits running chunks, releases the leases, and
    /// ends streams with a resume point. Returns whether this finished within `deadline`.
    pub async fn drain(&self, deadline: Duration) -> bool {
        self.core.tasks.drain(deadline).await
    }

    async fn repeat(&self, job: &Job) {
        loop {
            for step in job.run {
                if let Err(error) = (step.run)(self).await {
                    let error = &error as &dyn std::error::Error;
                    let (job, step) = (job.name, step.name);
                    tracing::warn!(error, job, step, "a background job failed; will retry");
                }
            }
            tokio::select! {
                biased;
                () = self.core.tasks.stopping() => return,
                () = self.woken(job) => {}
                () = tokio::time::sleep((job.interval)(&self.core.limits)) => {}
            }
        }
    }

    async fn woken(&self, job: &Job) {
        match job.wakeup {
            Some(wakeup) => wakeup(self).notified().await,
            None => std::future::pending().await,
        }
    }
}
