-- $1: today. Areas with income in the year up to it.
SELECT DISTINCT category_name AS "area!"
FROM app.v_dws_finance_income_structure
WHERE dimension = 'area' AND stat_date BETWEEN $1::date - 365 AND $1
ORDER BY 1
