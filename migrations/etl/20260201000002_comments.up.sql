-- What the columns of 20260201000001 mean, in the manner of 20260101000009: a line that names a table goes first.
DO $comments$
DECLARE
    line record;
BEGIN
    FOR line IN
        SELECT DISTINCT ON (c.oid, a.attnum) n.nspname, c.relname, a.attname, said.meaning
        FROM (VALUES
            ('*', 'site_id', 'Hall; the same number as biz.sites.site_id.'),
            ('*', 'stat_date', 'Business date at whose end the row is right.'),
            ('assistant_daily_detail', 'stat_date', 'Business date the row is of.'),
            ('finance_daily_summary', 'stat_date', 'Business date the row is of.'),
            ('finance_income_structure', 'stat_date', 'Business date the row is of.'),
            ('finance_discount_detail', 'stat_date', 'Business date the row is of.'),
            ('finance_expense_summary', 'stat_date', 'Business date the row is of.'),
            ('platform_settlement', 'stat_date', 'Business date that was settled.'),
            ('*', 'assistant_id', 'Coach.'),
            ('*', 'member_id', 'Member.'),
            ('*', 'site_table_id', 'Table; null = none.'),
            ('*', 'area_name', 'Area, as shown.'),
            ('*', 'expense_id', 'Expense.'),
            ('*', 'expense_group', 'operation, fixed; derived: coach, platform.'),
            ('*', 'item_name', 'What for, as shown.'),
            ('*', 'amount', 'Yuan.'),
            ('*', 'expense_date', 'Business date on which it counts.'),
            ('*', 'platform', 'Platform, as shown.'),
            ('*', 'settled_amount', 'Yuan settled, before the fee.'),
            ('*', 'service_fee', 'Yuan kept by the platform.'),
            ('*', 'visit_date', 'Business date.'),
            ('*', 'order_settle_id', 'Settlement.'),
            ('*', 'consume_amount', 'Yuan: ledger_amount of the settlement.'),
            ('*', 'stay_minutes', 'Minutes from the first service to the settlement; null = no service in it.'),
            ('*', 'assistant_level_code', 'Coach''s level on that day, code.'),
            ('*', 'assistant_level_name', 'Coach''s level on that day, as shown.'),
            ('*', 'base_hours', 'Hours of base courses of the day.'),
            ('*', 'bonus_hours', 'Hours of bonus courses of the day.'),
            ('*', 'base_income', 'Yuan: base hours at the price of the tier reached by then.'),
            ('*', 'bonus_income', 'Yuan: bonus hours at the price of the tier reached by then.'),
            ('*', 'service_count', 'Services of the day, of walk-ins too.'),
            ('*', 'customer_count', 'Members served on the day, each once.'),
            ('*', 'total_ledger_amount', 'Yuan billed for those services.'),
            ('*', 'service_count_total', 'Services of the pair, ever.'),
            ('*', 'hours_total', 'Hours of those.'),
            ('*', 'ledger_amount_total', 'Yuan billed for those.'),
            ('*', 'first_service_date', 'Business date of the pair''s first service.'),
            ('*', 'last_service_date', 'Business date of the pair''s newest service.'),
            ('*', 'gross_amount', 'Yuan, sum of ledger_amount.'),
            ('*', 'discount_amount', 'Yuan taken off.'),
            ('*', 'confirmed_income', 'Yuan: gross less discount.'),
            ('*', 'cash_in', 'Yuan: cash, online, recharges paid, and group-buying once.'),
            ('*', 'cash_out', 'Yuan: expenses of the day.'),
            ('*', 'recharge_in', 'Yuan paid for recharges.'),
            ('*', 'card_consumed', 'Yuan paid from cards.'),
            ('*', 'card_kind', 'stored, gift_table, gift_drink, gift_voucher.'),
            ('*', 'new_amount', 'Yuan put on cards: stored as paid, gifts as given.'),
            ('*', 'first_amount', 'Of that, first recharges; 0 for gifts.'),
            ('*', 'renew_amount', 'Of that, later recharges; 0 for gifts.'),
            ('*', 'consumed_amount', 'Yuan taken from cards.'),
            ('*', 'balance', 'Yuan on all cards of the kind at the end of the day.'),
            ('*', 'dimension', 'area, item.'),
            ('*', 'category_name', 'Area or item, as shown.'),
            ('*', 'net_amount', 'Yuan: gross less discount.'),
            ('*', 'discount_type', 'groupbuy, member, gift_card, manual, other.')
        ) AS said (of_table, column_name, meaning)
        JOIN pg_attribute a ON a.attname = said.column_name AND a.attnum > 0
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
            AND c.relname ~ ('^(v_dws_)?(site_table|expense|platform_settlement|member_visit_detail|assistant_daily_detail|'
                || 'assistant_customer_stats|finance_(daily_summary|recharge_summary|income_structure|discount_detail|expense_summary))$')
            AND (said.of_table = '*' OR c.relname ~ ('^(v_dws_)?' || said.of_table || '$'))
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('app', 'dim', 'dwd', 'dws')
        ORDER BY c.oid, a.attnum, said.of_table = '*'
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', line.nspname, line.relname, line.attname, line.meaning);
    END LOOP;
END
$comments$;
