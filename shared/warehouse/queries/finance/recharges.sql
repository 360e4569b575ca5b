-- $1, $2: first and last business date. Movements of the days by kind of card; the balance is that of the newest day.
SELECT card_kind AS "card_kind!", max(stat_date) AS "stat_date!", sum(new_amount) AS "added!", sum(first_amount) AS "first!",
       sum(renew_amount) AS "renewed!", sum(consumed_amount) AS "consumed!",
       (array_agg(balance ORDER BY stat_date DESC))[1] AS "balance!"
FROM app.v_dws_finance_recharge_summary
WHERE stat_date BETWEEN $1 AND $2
GROUP BY 1
ORDER BY 1
