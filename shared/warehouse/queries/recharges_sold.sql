-- $1, $2: first and last business date. What each coach sold in between, and earned by it.
SELECT assistant_id AS "assistant_id!", sum(recharge_amount) AS "recharged!", sum(commission) AS "commission!",
       max(stat_date) AS "stat_date!"
FROM app.v_dws_assistant_recharge_commission
WHERE stat_date BETWEEN $1 AND $2
GROUP BY 1
ORDER BY 1
