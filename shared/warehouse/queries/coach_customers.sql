-- $1: coach, $2, $3: from and until (exclusive), $4: the range's last date, $5: the moment. Members served in the range;
-- the first date of the pair comes from the newest snapshot up to that date. Without anybody one row carries its date.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_assistant_customer_stats
    WHERE stat_date <= $4
), served AS (
    SELECT tenant_member_id AS member_id, count(*) AS services, sum(income_seconds) AS seconds, sum(ledger_amount) AS income,
           max(create_time) AS last_service_time
    FROM app.v_dwd_assistant_service_log
    WHERE site_assistant_id = $1 AND tenant_member_id <> 0 AND is_delete = 0 AND create_time >= $2 AND create_time < $3
    GROUP BY 1
)
SELECT newest.stat_date, served.member_id AS "member_id?", m.name AS "name?", served.services AS "services?",
       round(served.seconds / 3600.0, 2) AS "hours?", served.income AS "income?",
       served.last_service_time AS "last_service_time?", known.first_service_date AS "first_service_date?"
FROM newest
LEFT JOIN served ON true
LEFT JOIN app.v_dws_assistant_customer_stats known
       ON known.assistant_id = $1 AND known.member_id = served.member_id
      AND known.stat_date = (SELECT stat_date FROM newest)
LEFT JOIN LATERAL (
    SELECT nullif(btrim(v.nickname), '') AS name
    FROM app.v_dim_member v
    WHERE v.member_id = served.member_id AND v.scd2_start_time < $5 AND (v.scd2_end_time IS NULL OR v.scd2_end_time >= $5)
    ORDER BY v.scd2_start_time DESC
    LIMIT 1
) AS m ON true
ORDER BY served.services DESC, served.member_id
