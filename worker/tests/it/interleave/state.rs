//! What is there, without the ids and times that differ from one execution to the next.
use sqlx::PgConnection;

const STATE: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT format('run %s %s site %s %s%s %s attempt %s epoch %s, %s events {%s}%s%s%s%s%s', CASE WHEN r.id < 100 THEN r.id END,
                      j.job_name, r.site_id, r.trigger, CASE WHEN r.coalesced THEN ' shared' END, r.state, r.attempt, r.epoch,
                      r.event_count,
                      (SELECT string_agg(coalesce(e.dedup_key, '?'), ',' ORDER BY e.dedup_key) FROM biz.trigger_run_events l
                       JOIN biz.trigger_events e ON e.id = l.event_id WHERE l.run_id = r.id),
                      CASE WHEN r.scheduled_for IS NOT NULL THEN ', slot' END,
                      CASE WHEN r.finished_at IS NOT NULL THEN ', ended' END,
                      CASE WHEN r.cancel_requested_at IS NOT NULL THEN ', to be cancelled' END,
                      CASE WHEN r.lease_until > now() THEN ', leased' END,
                      CASE WHEN r.stats ? 'dropped_events' THEN ', drops ' || (r.stats -> 'dropped_events')::text END) AS line
        FROM biz.trigger_runs r JOIN biz.trigger_jobs j ON j.id = r.job_id
        UNION ALL
        SELECT format('event %s %s %s site %s%s', e.event_name, e.dedup_key, e.payload, e.site_id,
                      CASE WHEN e.dispatched_at IS NOT NULL THEN ', dispatched' END) FROM biz.trigger_events e
        UNION ALL
        SELECT format('job %s %s%s', j.job_name, j.status, CASE WHEN j.next_run_at > now() THEN ', has a next slot' END)
        FROM biz.trigger_jobs j WHERE j.id > 900
    ) AS lines";

pub async fn of(connection: &mut PgConnection) -> String {
    sqlx::query_scalar(STATE).fetch_one(connection).await.unwrap()
}
