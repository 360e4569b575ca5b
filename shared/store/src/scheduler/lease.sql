-- In the order of ids, as every statement that touches several runs; run by run, as ends are written.
WITH ours AS (
    SELECT h.id
    FROM (SELECT * FROM unnest($1::bigint[], $2::integer[], $4::bigint[]) AS h (id, epoch, claim) ORDER BY id) AS h
    CROSS JOIN LATERAL (
        SELECT FROM biz.trigger_runs r
        WHERE r.id = h.id AND r.epoch = h.epoch AND r.claim = h.claim AND r.state || '' = 'running'
        LIMIT 1 FOR NO KEY UPDATE OF r) AS held
)
UPDATE biz.trigger_runs r SET lease_until = now() + $3::float8 * interval '1 second'
WHERE r.id = ANY (ARRAY(SELECT id FROM ours))
RETURNING r.id, r.claim AS "claim!", r.cancel_requested_at IS NOT NULL AS "cancel_requested!"
