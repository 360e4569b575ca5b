//! Is there anything to do? By notification at once, by one cheap question a second in any case.
use std::time::Duration;

use sqlx::{PgExecutor, PgPool, postgres::PgListener};

use crate::{StoreError, jobs::ticket::QUEUE};

/// Where `biz.wake_scheduler` notifies.
const CHANNEL: &str = "zqyy_scheduler";
/// Where apalis' trigger notifies.
const TICKETS: &str = "apalis::job::insert";

/// What waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Jobs that are due, or whose next slot is to be computed.
    pub slots: bool,
    /// Events not dispatched.
    pub events: bool,
    /// Runs that may be eligible.
    pub runs: bool,
    /// Tickets nobody took.
    pub tickets: bool,
    /// Runs whose lease has ended.
    pub expired: bool,
    /// How long until the next slot, or until a waiting run's moment comes; `None` = nothing is in sight.
    pub next: Option<Duration>,
}

/// One statement, answered from partial indexes that are empty when there is nothing to do.
pub async fn pulse(pool: &PgPool) -> Result<Pulse, StoreError> {
    let row = sqlx::query!(
        r#"SELECT j.due AS "slots!", r.eligible AS "runs!",
                  EXISTS (SELECT FROM biz.trigger_events WHERE dispatched_at IS NULL) AS "events!",
                  EXISTS (SELECT FROM apalis.jobs WHERE job_type = $1 AND status = 'Pending') AS "tickets!",
                  EXISTS (SELECT FROM biz.trigger_runs WHERE state = 'running' AND lease_until < now()) AS "expired!",
                  extract(epoch FROM least(j.next, CASE WHEN NOT r.eligible THEN (
                      SELECT min(not_before) FROM biz.trigger_runs WHERE state IN ('queued', 'failed')) END) - now())::float8
                      AS next
           FROM (SELECT coalesce(bool_or(next_run_at IS NULL OR next_run_at <= now()), false) AS due,
                        min(next_run_at) AS next
                 FROM biz.trigger_jobs
                 WHERE status = 'enabled' AND trigger_condition IN ('cron', 'interval')) AS j,
                (SELECT EXISTS (SELECT FROM biz.trigger_runs
                                WHERE state IN ('queued', 'failed') AND not_before <= now()) AS eligible) AS r"#,
        QUEUE
    )
    .fetch_one(pool)
    .await?;
    Ok(Pulse {
        slots: row.slots,
        events: row.events,
        runs: row.runs,
        tickets: row.tickets,
        expired: row.expired,
        next: row.next.map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 1e6))),
    })
}

/// What a notification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Events or edited jobs: dispatch.
    Dispatch,
    /// Runs made or retried by people: claim.
    Runs,
    /// A ticket.
    Ticket,
    /// Listening has (re)started: anything may have been missed.
    Everything,
}

/// One LISTEN connection; notifications are lost while it is broken, hence [`Wake::Everything`] after each start.
#[derive(Debug)]
pub struct Listener {
    listener: PgListener,
    fresh: bool,
}

impl Listener {
    /// Connects and listens. The connection is taken out of the pool for as long as this lives.
    pub async fn connect(pool: &PgPool) -> Result<Self, StoreError> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.ignore_pool_close_event(false);
        listener.listen_all([CHANNEL, TICKETS]).await?;
        Ok(Self { listener, fresh: true })
    }

    /// The next notification. An error means that the connection is gone: connect again.
    pub async fn next(&mut self) -> Result<Wake, StoreError> {
        if std::mem::take(&mut self.fresh) {
            return Ok(Wake::Everything);
        }
        loop {
            let Some(notification) = self.listener.try_recv().await? else { return Ok(Wake::Everything) };
            match (notification.channel(), notification.payload()) {
                (CHANNEL, "dispatch") => return Ok(Wake::Dispatch),
                (CHANNEL, "runs") => return Ok(Wake::Runs),
                (TICKETS, payload) if payload.contains(QUEUE) => return Ok(Wake::Ticket),
                _ => {}
            }
        }
    }
}

/// Sizes for the gauges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Depth {
    /// Eligible runs that wait.
    pub eligible: i64,
    /// Runs that wait for their moment.
    pub delayed: i64,
    /// Runs in progress, anywhere.
    pub running: i64,
    /// Dead runs that nobody has retried or that are not yet pruned.
    pub dead: i64,
    /// How long the oldest eligible run has waited.
    pub oldest: Duration,
    /// Events not dispatched.
    pub events: i64,
    /// How long the oldest of them has waited.
    pub oldest_event: Duration,
    /// How late the most overdue slot of an enabled job is.
    pub overdue: Duration,
}

/// Reads the sizes.
pub async fn depth(database: impl PgExecutor<'_>) -> Result<Depth, StoreError> {
    let row = sqlx::query!(
        r#"SELECT w.eligible AS "eligible!", w.delayed AS "delayed!", r.running AS "running!", d.dead AS "dead!",
                  w.oldest AS "oldest!", e.events AS "events!", e.oldest AS "oldest_event!",
                  j.overdue AS "overdue!"
           FROM (SELECT count(*) FILTER (WHERE not_before <= now()) AS eligible,
                        count(*) FILTER (WHERE not_before > now()) AS delayed,
                        coalesce(extract(epoch FROM now() - min(not_before)), 0)::float8 AS oldest
                 FROM biz.trigger_runs WHERE state IN ('queued', 'failed')) AS w,
                (SELECT count(*) AS running FROM biz.trigger_runs WHERE state = 'running') AS r,
                (SELECT count(*) AS dead FROM biz.trigger_runs WHERE state = 'dead') AS d,
                (SELECT count(*) AS events, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
                 FROM biz.trigger_events WHERE dispatched_at IS NULL) AS e,
                (SELECT coalesce(extract(epoch FROM now() - min(next_run_at)), 0)::float8 AS overdue
                 FROM biz.trigger_jobs
                 WHERE status = 'enabled' AND trigger_condition IN ('cron', 'interval')) AS j"#
    )
    .fetch_one(database)
    .await?;
    let seconds = |s: f64| Duration::from_secs_f64(s.max(0.0));
    Ok(Depth {
        eligible: row.eligible,
        delayed: row.delayed,
        running: row.running,
        dead: row.dead,
        oldest: seconds(row.oldest),
        events: row.events,
        oldest_event: seconds(row.oldest_event),
        overdue: seconds(row.overdue),
    })
}
