-- $1, $2: first and last business date, $3: coaches or null for all. Sums of the days.
SELECT assistant_id AS "assistant_id!",
       sum(base_hours) AS "base_hours!", sum(bonus_hours) AS "bonus_hours!",
       sum(base_income) AS "base_income!", sum(bonus_income) AS "bonus_income!",
       sum(service_count)::bigint AS "services!", sum(total_ledger_amount) AS "billed!",
       max(stat_date) AS "stat_date!"
FROM app.v_dws_assistant_daily_detail
WHERE stat_date BETWEEN $1 AND $2 AND ($3::bigint[] IS NULL OR assistant_id = ANY ($3))
GROUP BY 1
ORDER BY 1
