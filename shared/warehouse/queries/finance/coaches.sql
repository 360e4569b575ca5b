-- $1, $2: first and last business date. What coaches worked, earned and were billed at, by level on the day.
SELECT level_code, max(level_name) AS level_name, count(assistant_id) AS "coaches!", sum(base_hours) AS "base_hours!",
       sum(bonus_hours) AS "bonus_hours!", sum(base_income) AS "base_income!", sum(bonus_income) AS "bonus_income!", sum(billed) AS "billed!",
       max(stat_date) AS "stat_date!"
FROM (
    -- Coach by coach first: counting different ones among all days would sort the days.
    SELECT assistant_level_code AS level_code, assistant_id, max(assistant_level_name) AS level_name,
           sum(base_hours) AS base_hours, sum(bonus_hours) AS bonus_hours, sum(base_income) AS base_income,
           sum(bonus_income) AS bonus_income, sum(total_ledger_amount) AS billed, max(stat_date) AS stat_date
    FROM app.v_dws_assistant_daily_detail
    WHERE stat_date BETWEEN $1 AND $2
    GROUP BY 1, 2
) AS coach
GROUP BY 1
ORDER BY 1
