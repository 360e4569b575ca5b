-- $1: zone, $2: from, $3: quarters of an hour. The offset at the beginning, and each one that differs from the one before.
SELECT at AS "at!", offset_seconds AS "offset_seconds!"
FROM (
    SELECT at, offset_seconds, lag(offset_seconds) OVER (ORDER BY at) AS before
    FROM (
        SELECT at, extract(epoch FROM (at AT TIME ZONE $1::text) - (at AT TIME ZONE 'UTC'))::integer AS offset_seconds
        FROM generate_series(0, $3::integer) AS step
        CROSS JOIN LATERAL (SELECT $2::timestamptz + step * interval '15 minutes' AS at) AS instant
    ) AS stepped
) AS compared
WHERE before IS DISTINCT FROM offset_seconds
ORDER BY at
