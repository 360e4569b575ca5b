-- $1: coach, $2, $3: from and until (exclusive), $4: zone, $5: cut-off hour. Different members served, by business month.
SELECT date_trunc('month', (create_time AT TIME ZONE $4::text) - make_interval(hours => $5::integer))::date AS "month!",
       count(DISTINCT tenant_member_id) AS "customers!"
FROM app.v_dwd_assistant_service_log
WHERE site_assistant_id = $1 AND tenant_member_id <> 0 AND is_delete = 0 AND create_time >= $2 AND create_time < $3
GROUP BY 1
ORDER BY 1
