//! The event inbox.
use std::collections::HashMap;

use chrono_tz::Tz;
use domain::schedule::TriggerConfig;
use sqlx::{PgConnection, PgPool};

use super::{
    Defaults, Dispatched, UNREADABLE,
    plan::{Event, Listener, Plan, plan},
};
use crate::{StoreError, jobs::ticket};

/// Events of one transaction, at most.
const BATCH: i64 = 20_000;

/// Dispatches waiting events, whole (event, site) groups first come first served. Call again until nothing was taken.
pub async fn inbox(pool: &PgPool, defaults: &Defaults<'_>, zone: Tz) -> Result<Dispatched, StoreError> {
    let mut tx = pool.begin_with(super::BEGIN).await?;
    let events = take(&mut tx).await?;
    let mut done = Dispatched { taken: events.len(), ..Dispatched::default() };
    if events.is_empty() {
        return Ok(done);
    }
    let listeners = listeners(&mut tx, &events, defaults, zone).await?;
    // Those that are named, or all if an event is for all.
    let named: Option<Vec<i64>> = events.iter().map(|e| e.site_id).collect();
    let sites = sqlx::query!(
        r#"SELECT site_id, status = 'active' AS "active!" FROM biz.sites
           WHERE $1::bigint[] IS NULL OR site_id = ANY ($1)"#,
        named.map(|mut sites| {
            sites.sort_unstable();
            sites.dedup();
            sites
        }) as Option<Vec<i64>>
    )
    .fetch_all(&mut *tx)
    .await?
    .into_iter()
    .map(|site| (site.site_id, site.active))
    .collect();
    let plan = plan(&events, &listeners, &sites);
    let mut made = join_or_make(&mut tx, &plan, &mut done).await?;
    made.extend(make_single(&mut tx, &plan).await?);
    mark(&mut tx, &events, &plan).await?;
    for listener in &listeners {
        if let Err(error) = &listener.config {
            note_unreadable(&mut tx, listener.job_id, error).await?;
            done.unreadable.push((listener.job_name.clone(), error.clone()));
        }
    }
    ticket::push(&mut tx, &made).await?;
    tx.commit().await?;
    done.runs = made.len();
    done.unheard = plan.unheard;
    done.refused = plan.refused;
    Ok(done)
}

/// By state alone: a row that a long transaction commits late is as undispatched as any.
async fn take(connection: &mut PgConnection) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query!(
        r#"WITH groups AS (
               SELECT event_name, site_id, count(*) AS events, min(id) AS first
               FROM biz.trigger_events WHERE dispatched_at IS NULL GROUP BY event_name, site_id
           ), chosen AS (
               SELECT first
               FROM (SELECT *, sum(events) OVER (ORDER BY first) - events AS before FROM groups) AS g
               WHERE before < $1::bigint
           ), ours AS MATERIALIZED (
               -- Who has a group's first event has the group: two that lock event by event at once would share it, and its
               -- run would start with some of it.
               SELECT event_name, site_id FROM biz.trigger_events
               WHERE id = ANY (ARRAY(SELECT first FROM chosen)) AND dispatched_at IS NULL
               ORDER BY id FOR UPDATE SKIP LOCKED
           )
           SELECT e.id, e.event_name, e.site_id
           FROM biz.trigger_events e
           -- IS TRUE keeps it a hashed subplan: as a join it is planned by statistics of an empty inbox, pair by pair.
           -- A site -1, which nobody has, would only come along with the events for all sites.
           WHERE e.dispatched_at IS NULL
             AND ((e.event_name, coalesce(e.site_id, -1)) IN (
                 SELECT event_name, coalesce(site_id, -1) FROM ours)) IS TRUE
           ORDER BY e.id LIMIT $1::bigint FOR UPDATE OF e SKIP LOCKED"#,
        BATCH
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|e| Event { id: e.id, name: e.event_name, site_id: e.site_id }).collect())
}

async fn listeners(
    connection: &mut PgConnection,
    events: &[Event],
    defaults: &Defaults<'_>,
    zone: Tz,
) -> Result<Vec<Listener>, StoreError> {
    let mut names: Vec<String> = events.iter().map(|e| e.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let rows = sqlx::query!(
        r#"SELECT id, job_name, job_type, trigger_config, trigger_config ->> 'event_name' AS "event_name!"
           FROM biz.trigger_jobs
           WHERE status = 'enabled' AND trigger_condition = 'event' AND trigger_config ->> 'event_name' = ANY ($1)
           ORDER BY id"#,
        &names
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (scope, coalesce) = defaults(&row.job_type);
            let config = TriggerConfig::parse("event", &row.trigger_config, zone)
                .map(|c| {
                    (
                        c.options.clone(),
                        c.options.scope.unwrap_or(scope),
                        c.options.coalesce.unwrap_or(coalesce),
                    )
                })
                .map_err(|e| e.to_string());
            Listener { job_id: row.id, job_name: row.job_name, event_name: row.event_name, config }
        })
        .collect())
}

/// One waiting run per job and site takes its events. The conflict's UPDATE locks the run, so that no worker starts it
/// before the new events are linked; if one has started it meanwhile, the row no longer conflicts and a follow-up is
/// made.
async fn join_or_make(
    connection: &mut PgConnection,
    plan: &Plan,
    done: &mut Dispatched,
) -> Result<Vec<(i64, i32)>, StoreError> {
    if plan.shared.is_empty() {
        return Ok(vec![]);
    }
    let pairs: Vec<_> = plan.shared.iter().collect();
    let rows = sqlx::query!(
        r#"INSERT INTO biz.trigger_runs AS r (job_id, site_id, trigger, coalesced, event_count)
           SELECT w.job_id, w.site_id, 'event', true, w.events
           FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS w (job_id, site_id, events)
           ORDER BY w.job_id, w.site_id
           ON CONFLICT (job_id, site_id)
               WHERE trigger = 'event' AND coalesced AND state = 'queued' AND started_at IS NULL
           DO UPDATE SET event_count = r.event_count + excluded.event_count, updated_at = now()
           RETURNING r.id, r.epoch, r.job_id, r.site_id, r.xmax = 0 AS "made!""#,
        &pairs.iter().map(|(pair, _)| pair.0).collect::<Vec<_>>(),
        &pairs.iter().map(|(pair, _)| pair.1).collect::<Vec<_>>() as &[Option<i64>],
        &pairs
            .iter()
            .map(|(_, (_, events))| i32::try_from(events.len()).unwrap_or(i32::MAX))
            .collect::<Vec<_>>()
    )
    .fetch_all(&mut *connection)
    .await?;
    let runs: HashMap<(i64, Option<i64>), i64> = rows.iter().map(|r| ((r.job_id, r.site_id), r.id)).collect();
    let (mut run_ids, mut event_ids) = (vec![], vec![]);
    for (pair, (_, events)) in pairs {
        if let Some(run) = runs.get(pair) {
            run_ids.extend(std::iter::repeat_n(*run, events.len()));
            event_ids.extend_from_slice(events);
        }
    }
    sqlx::query!(
        "INSERT INTO biz.trigger_run_events (run_id, event_id) SELECT * FROM unnest($1::bigint[], $2::bigint[])",
        &run_ids,
        &event_ids
    )
    .execute(&mut *connection)
    .await?;
    done.joined = rows.iter().filter(|r| !r.made).count();
    let waits = rows.iter().filter(|r| r.made).filter_map(|r| {
        let (debounce, _) = plan.shared.get(&(r.job_id, r.site_id))?;
        (*debounce > 0).then_some((r.id, *debounce))
    });
    debounce(connection, waits.unzip()).await?;
    Ok(rows.into_iter().filter(|r| r.made).map(|r| (r.id, r.epoch)).collect())
}

/// Puts off new runs whose job has just started at their site. A statement of its own after the insert: if that had to
/// wait for a claim of the run before, only now can the start be seen.
async fn debounce(
    connection: &mut PgConnection,
    (run_ids, millis): (Vec<i64>, Vec<i64>),
) -> Result<(), StoreError> {
    if run_ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "WITH late AS MATERIALIZED (
             SELECT started.id, started.until FROM (
                 SELECT w.id, (
                     SELECT max(s.started_at) + w.millis * interval '1 millisecond'
                     FROM biz.trigger_runs s
                     WHERE coalesce(s.site_id, 0) = coalesce(n.site_id, 0) AND s.job_id = n.job_id
                       AND s.started_at > now() - w.millis * interval '1 millisecond') AS until
                 FROM unnest($1::bigint[], $2::bigint[]) AS w (id, millis)
                 CROSS JOIN LATERAL (
                     SELECT r.job_id, r.site_id FROM biz.trigger_runs r WHERE r.id = w.id LIMIT 1) AS n) AS started
             WHERE started.until IS NOT NULL
         )
         UPDATE biz.trigger_runs r SET not_before = late.until FROM late
         WHERE r.id = ANY (ARRAY(SELECT id FROM late)) AND r.id = late.id AND late.until > r.not_before",
        &run_ids,
        &millis
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A run per event, where each payload is work of its own.
async fn make_single(connection: &mut PgConnection, plan: &Plan) -> Result<Vec<(i64, i32)>, StoreError> {
    if plan.single.is_empty() {
        return Ok(vec![]);
    }
    let rows = sqlx::query!(
        r#"WITH wanted AS MATERIALIZED (
               SELECT nextval('biz.trigger_runs_id_seq') AS run_id, w.*
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w (job_id, site_id, event_id)
           ), made AS (
               INSERT INTO biz.trigger_runs (id, job_id, site_id, trigger, event_count) OVERRIDING SYSTEM VALUE
               SELECT run_id, job_id, site_id, 'event', 1 FROM wanted
           )
           INSERT INTO biz.trigger_run_events (run_id, event_id) SELECT run_id, event_id FROM wanted
           RETURNING run_id"#,
        &plan.single.iter().map(|w| w.0).collect::<Vec<_>>(),
        &plan.single.iter().map(|w| w.1).collect::<Vec<_>>() as &[Option<i64>],
        &plan.single.iter().map(|w| w.2).collect::<Vec<_>>()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| (r.run_id, 0)).collect())
}

async fn mark(connection: &mut PgConnection, events: &[Event], plan: &Plan) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.trigger_events SET dispatched_at = now() WHERE id = ANY ($1)",
        &events.iter().map(|e| e.id).collect::<Vec<_>>()
    )
    .execute(&mut *connection)
    .await?;
    if plan.refused.is_empty() {
        return Ok(());
    }
    let (ids, reasons): (Vec<i64>, Vec<String>) = plan.refused.iter().cloned().unzip();
    sqlx::query!(
        "UPDATE biz.trigger_events e SET error = r.reason
         FROM unnest($1::bigint[], $2::text[]) AS r (id, reason) WHERE e.id = r.id",
        &ids,
        &reasons
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn note_unreadable(connection: &mut PgConnection, job_id: i64, error: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.trigger_jobs SET last_error = $2 WHERE id = $1 AND last_error IS DISTINCT FROM $2",
        job_id,
        format!("{UNREADABLE}{error}")
    )
    .execute(connection)
    .await?;
    Ok(())
}
