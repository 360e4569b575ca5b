-- $1: coach, $2: first day of the month, $3: today. The row of the newest stat_date of that month, not the newest of the coach.
SELECT p.stat_date AS "stat_date!",
       p.assistant_level_name AS level_name,
       p.tier_id,
       p.base_hours AS "base_hours!",
       p.bonus_hours AS "bonus_hours!",
       p.effective_hours AS "effective_hours!",
       p.base_income AS "base_income!",
       p.bonus_income AS "bonus_income!",
       p.recharge_commission AS "recharge_commission!",
       p.goods_commission AS "goods_commission!",
       p.sprint_bonus AS "sprint_bonus!",
       p.reward AS "reward!",
       p.deduction AS "deduction!",
       p.gross_salary AS "gross_salary!"
FROM app.v_dws_assistant_daily_salary p
WHERE p.assistant_id = $1
  AND p.stat_date = (
      SELECT max(d.stat_date)
      FROM app.v_dws_assistant_daily_salary d
      WHERE d.stat_date BETWEEN $2 AND $3
  )
