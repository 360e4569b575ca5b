//! What must be true of the rows that are left.
use std::{
    collections::HashSet,
    fmt,
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection};

use super::{
    crew::can_skew,
    load::Sent,
    stage::{LEASE_SECONDS, Stage},
};

/// Waits for everything to be done; what failed need not wait for its backoff. Slots go on meanwhile: they are stopped.
pub async fn settle(stage: &Stage) {
    let mut owner = stage.superuser().await.unwrap();
    sqlx::raw_sql(
        "UPDATE biz.trigger_jobs SET status = 'disabled' WHERE trigger_condition <> 'event' AND status = 'enabled'",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    // A thousand faults leave a long queue on a busy machine: it is given up when it no longer becomes shorter.
    let patience = 20 * Duration::from_secs(LEASE_SECONDS.try_into().unwrap());
    let (mut least, mut deadline) = (i64::MAX, Instant::now() + patience);
    loop {
        sqlx::raw_sql(
            "UPDATE biz.trigger_runs SET not_before = now() WHERE state = 'failed' AND not_before > now()",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        let (left, events): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM biz.trigger_runs WHERE state IN ('queued', 'running', 'failed')),
                    (SELECT count(*) FROM biz.trigger_events WHERE dispatched_at IS NULL)",
        )
        .fetch_one(&mut owner)
        .await
        .unwrap();
        if left + events == 0 {
            break;
        }
        if left + events < least {
            (least, deadline) = (left + events, Instant::now() + patience);
        }
        assert!(Instant::now() < deadline, "{left} runs and {events} events are still not done");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    owner.close().await.unwrap();
}

/// Everything that is wrong, and how much was looked at.
pub struct Verdict {
    wrong: Vec<String>,
    figures: String,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.figures)?;
        self.wrong.iter().try_for_each(|line| write!(f, "\nWRONG: {line}"))
    }
}

/// What must be empty, and what it is called.
const MUST_BE_NONE: &[(&str, &str)] = &[
    (
        "an event that was not dispatched",
        "SELECT count(*) FROM biz.trigger_events WHERE dispatched_at IS NULL",
    ),
    (
        "an event without exactly one run per job and site that hears it, or a run that answers one it should not",
        "SELECT count(*) FROM (
             SELECT e.id AS event_id, j.id AS job_id, s.site_id
             FROM biz.trigger_events e
             JOIN biz.trigger_jobs j ON j.trigger_condition = 'event' AND j.trigger_config ->> 'event_name' = e.event_name
                  AND j.status = 'enabled'
             JOIN LATERAL (
                 SELECT NULL::bigint AS site_id
                 WHERE j.job_name = 'works_for_all'
                   AND (e.site_id IS NULL OR e.site_id IN (SELECT site_id FROM biz.sites WHERE status = 'active'))
                 UNION ALL
                 SELECT b.site_id FROM biz.sites b
                 WHERE j.job_name <> 'works_for_all' AND b.status = 'active' AND b.site_id = coalesce(e.site_id, b.site_id)
             ) AS s ON true) AS wanted
         FULL JOIN (
             SELECT l.event_id, r.job_id, r.site_id, count(*) AS runs
             FROM biz.trigger_run_events l JOIN biz.trigger_runs r ON r.id = l.run_id GROUP BY 1, 2, 3) AS made
         ON made.event_id = wanted.event_id AND made.job_id = wanted.job_id
            AND coalesce(made.site_id, 0) = coalesce(wanted.site_id, 0)
         WHERE made.runs IS DISTINCT FROM 1 OR wanted.event_id IS NULL",
    ),
    (
        "an event of an unknown or shut site that does not say so, or another that says something",
        "SELECT count(*) FROM biz.trigger_events WHERE (error IS NULL) = (coalesce(site_id, 1) IN (4, 99))",
    ),
    (
        "a run that has not succeeded, slots passed over apart",
        "SELECT count(*) FROM biz.trigger_runs r WHERE state <> 'succeeded'
             AND NOT (state = 'skipped' AND scheduled_for IS NULL AND stats ? 'count')",
    ),
    (
        "a run without an effect, or an effect without its run",
        "SELECT count(*) FROM (SELECT id FROM biz.trigger_runs WHERE state = 'succeeded') r
         FULL JOIN harness.effects e ON e.run_id = r.id WHERE e.run_id IS NULL OR r.id IS NULL",
    ),
    (
        "a run that has events which its effect did not see",
        "SELECT count(*) FROM harness.effects e
         WHERE e.events <> ARRAY(SELECT event_id FROM biz.trigger_run_events l WHERE l.run_id = e.run_id ORDER BY event_id)",
    ),
    ("a write that was committed under a claim which was not the run's any more", "SELECT count(*) FROM harness.stale"),
    (
        "a change of state that there is not",
        "SELECT count(*) FROM harness.changes
         WHERE (was, is_now, epochs, attempts) NOT IN (
             ('queued', 'running', 1, 1), ('failed', 'running', 1, 1), ('running', 'succeeded', 0, 0),
             ('running', 'failed', 0, 0), ('running', 'queued', 0, 0), ('running', 'queued', 0, -1))",
    ),
    (
        "a slot that was scheduled twice, or not at every site",
        "SELECT count(*) FROM (
             SELECT FROM biz.trigger_runs WHERE scheduled_for IS NOT NULL
             GROUP BY job_id, scheduled_for HAVING array_agg(site_id ORDER BY site_id) <> '{1,2,3}') AS uneven",
    ),
    (
        "a minute without its slot",
        "SELECT count(*) FROM (
             SELECT min(scheduled_for) AS first, max(scheduled_for) AS last FROM biz.trigger_runs r
             JOIN biz.trigger_jobs j ON j.id = r.job_id WHERE j.job_name = 'every_minute') AS seen,
             LATERAL generate_series(seen.first, seen.last, interval '1 minute') AS minute
         WHERE NOT EXISTS (SELECT FROM biz.trigger_runs r JOIN biz.trigger_jobs j ON j.id = r.job_id
                           WHERE j.job_name = 'every_minute' AND r.scheduled_for = minute)",
    ),
];

/// Looks at everything.
pub async fn judge(stage: &Stage, sent: &Sent) -> Verdict {
    let mut owner = stage.superuser().await.unwrap();
    let mut wrong = vec![];
    for (what, sql) in MUST_BE_NONE {
        let count = count(&mut owner, sql).await;
        if count != 0 {
            wrong.push(format!("{count} × {what}"));
        }
    }
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT dedup_key FROM biz.trigger_events WHERE dedup_key IS NOT NULL")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    let kept: HashSet<&str> = kept.iter().map(String::as_str).collect();
    let lost = sent.iter().filter(|key| !kept.contains(key.as_str())).count();
    if lost != 0 {
        wrong.push(format!("{lost} × an event whose commit was acknowledged is gone"));
    }
    let skewed = count(
        &mut owner,
        "SELECT count(*) FROM harness.writes WHERE host_clock - extract(epoch FROM at) > 250",
    )
    .await;
    if can_skew() && skewed == 0 {
        wrong.push("nothing was written by the worker whose clock is wrong".into());
    }
    // What cannot be wrong was not looked at.
    let runs = count(&mut owner, "SELECT count(*) FROM biz.trigger_runs").await;
    let events = count(&mut owner, "SELECT count(*) FROM biz.trigger_events").await;
    let again =
        count(&mut owner, "SELECT count(*) FROM harness.changes WHERE (was, is_now) = ('running', 'queued')")
            .await;
    let twice = count(&mut owner, "SELECT count(*) - count(DISTINCT run_id) FROM harness.writes").await;
    if runs < 100 || events < 100 {
        wrong.push(format!("only {runs} runs and {events} events: nothing was tried"));
    }
    let figures = format!(
        "{events} events ({} acknowledged), {runs} runs; {again} were taken back from workers, {twice} found their effect already there; {skewed} writes by the skewed host",
        sent.len()
    );
    owner.close().await.unwrap();
    Verdict { wrong, figures }
}

async fn count(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}
