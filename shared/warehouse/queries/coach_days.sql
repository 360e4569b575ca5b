-- $1: coach, $2, $3: from and until (exclusive), $4: zone, $5: cut-off hour. Business dates with records.
SELECT ((create_time AT TIME ZONE $4::text) - make_interval(hours => $5::integer))::date AS "day!",
       count(*) AS "services!", round(sum(income_seconds) / 3600.0, 2) AS "hours!", sum(ledger_amount) AS "income!"
FROM app.v_dwd_assistant_service_log
WHERE site_assistant_id = $1 AND is_delete = 0 AND create_time >= $2 AND create_time < $3
GROUP BY 1
ORDER BY 1
