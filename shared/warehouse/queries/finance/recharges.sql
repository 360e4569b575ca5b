-- $1, $2: first and last business date. Movements of the days by kind of card; the balances are those of the newest day, on
-- which a kind without a row has none.
SELECT card_kind AS "card_kind!", newest.stat_date AS "stat_date!", sum(new_amount) AS "added!",
       sum(first_amount) AS "first!", sum(renew_amount) AS "renewed!", sum(consumed_amount) AS "consumed!",
       sum(balance) FILTER (WHERE day.stat_date = newest.stat_date) AS balance
FROM app.v_dws_finance_recharge_summary day
CROSS JOIN (
    SELECT max(stat_date) AS stat_date FROM app.v_dws_finance_recharge_summary WHERE stat_date BETWEEN $1 AND $2
) AS newest
WHERE day.stat_date BETWEEN $1 AND $2
GROUP BY 1, newest.stat_date
ORDER BY 1
