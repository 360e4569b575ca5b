DROP VIEW IF EXISTS app.v_dws_member_visit_detail, app.v_dws_assistant_daily_detail, app.v_dws_assistant_customer_stats,
    app.v_dws_finance_daily_summary, app.v_dws_finance_recharge_summary, app.v_dws_finance_income_structure,
    app.v_dws_finance_discount_detail, app.v_dws_finance_expense_summary, app.v_dws_platform_settlement;
DROP TABLE IF EXISTS dws.member_visit_detail, dws.assistant_daily_detail, dws.assistant_customer_stats,
    dws.finance_daily_summary, dws.finance_recharge_summary, dws.finance_income_structure, dws.finance_discount_detail,
    dws.finance_expense_summary, dws.platform_settlement, dwd.expense, dim.site_table;
