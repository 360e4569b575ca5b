-- A run that waited for one of these jobs and sites to become free: one is enough, since its ticket stands for all.
SELECT w.id, w.epoch
FROM unnest($1::bigint[], $2::bigint[]) AS freed (job_id, site)
CROSS JOIN LATERAL (
    SELECT r.id, r.epoch FROM biz.trigger_runs r
    WHERE r.job_id = freed.job_id AND coalesce(r.site_id, 0) = freed.site
      AND r.state IN ('queued', 'failed') AND r.not_before <= now()
    ORDER BY r.job_id, coalesce(r.site_id, 0), r.not_before, r.id LIMIT 1) AS w
LIMIT 1
