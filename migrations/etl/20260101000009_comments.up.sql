-- What each column means, once per name, for base tables and views alike. '*' is every relation that has the column;
-- a line that names a table (and with it the view v_…_<table>) goes first. What a later file has described keeps that.
DO $comments$
DECLARE
    line record;
BEGIN
    FOR line IN
        SELECT DISTINCT ON (c.oid, a.attnum) n.nspname, c.relname, a.attname, said.meaning
        FROM (VALUES
            ('*', 'site_id', 'Hall; the same number as biz.sites.site_id.'),
            ('*', 'stat_date', 'Business date at whose end the row is right.'),

            ('*', 'assistant_id', 'Coach.'),
            ('recharge_order', 'assistant_id', 'Coach who sold it; null = nobody.'),
            ('salary_adjustment', 'assistant_id', 'Coach it concerns; null = the hall.'),
            ('*', 'member_id', 'Member.'),
            ('settlement', 'member_id', 'Member; null or 0 = a walk-in, in no per-customer figure.'),
            ('member_card_account', 'tenant_member_id', 'Member who owns the card.'),
            ('assistant_service_log', 'tenant_member_id', 'Member served; null or 0 = a walk-in.'),
            ('*', 'site_assistant_id', 'Coach who served.'),
            ('*', 'site_table_id', 'Table; null = none.'),

            ('*', 'scd2_start_time', 'The version holds from then on.'),
            ('*', 'scd2_end_time', 'The version holds until then, exclusive; null = still.'),
            ('*', 'scd2_is_current', '1 = the newest version, 0 = an older one.'),

            ('*', 'site_name', 'Name of the hall.'),
            ('*', 'timezone', 'IANA zone of the hall.'),
            ('*', 'business_day_cutoff_hour', 'Local hour at which a business day ends, 0-23.'),

            ('*', 'nickname', 'Shown first; else the real name.'),
            ('member', 'nickname', 'Name of the member.'),
            ('*', 'real_name', 'Real name.'),
            ('*', 'mobile', 'Phone number, in full.'),
            ('*', 'gender', 'As the member gave it.'),
            ('*', 'birthday', 'Date of birth.'),
            ('*', 'grade_name', 'Membership grade.'),
            ('*', 'register_time', 'When the member joined.'),
            ('*', 'avatar_url', 'Picture.'),
            ('*', 'level_code', 'Coach''s level, code.'),
            ('*', 'level_name', 'Coach''s level, as shown.'),
            ('*', 'skill_codes', 'What the coach teaches; codes of skill_type.'),
            ('*', 'entry_time', 'When the coach joined.'),
            ('*', 'resign_time', 'When the coach left; null = has not.'),
            ('*', 'assistant_status', 'active, resigned.'),

            ('*', 'card_account_id', 'Card.'),
            ('*', 'card_kind', 'stored, gift_table, gift_drink, gift_voucher.'),
            ('*', 'card_type_name', 'Card''s name, as sold.'),
            ('*', 'balance', 'Balance in yuan of this version.'),

            ('*', 'skill_code', 'Skill.'),
            ('*', 'skill_name', 'Skill, as shown.'),
            ('*', 'sort_order', 'Ascending.'),
            ('*', 'is_active', 'Whether it is offered.'),
            ('*', 'tier_id', 'Pay tier reached this month.'),
            ('performance_tier', 'tier_id', 'Tier.'),
            ('*', 'tier_name', 'Tier, as shown.'),
            ('*', 'min_hours', 'Hours of the month from which the tier counts.'),
            ('*', 'base_course_price', 'Yuan per hour of a base course.'),
            ('*', 'bonus_course_price', 'Yuan per hour of a bonus course.'),
            ('*', 'sprint_bonus', 'Yuan on top when the tier is reached.'),
            ('*', 'effective_from', 'First date of the set the row belongs to; the newest set replaces the one before.'),

            ('*', 'order_settle_id', 'Settlement.'),
            ('*', 'settle_type', '1 = table, 3 = shop order; others are not consumption.'),
            ('*', 'table_charge_money', 'Yuan for the table.'),
            ('*', 'goods_money', 'Yuan for drinks and food.'),
            ('*', 'assistant_pd_money', 'Yuan for base courses.'),
            ('*', 'assistant_cx_money', 'Yuan for bonus courses.'),
            ('settlement', 'ledger_amount', 'Yuan: table, goods, base and bonus courses together. The only amount used as revenue.'),
            ('assistant_service_log', 'ledger_amount', 'Yuan: pd + cx.'),
            ('*', 'discount_amount', 'Yuan taken off.'),
            ('*', 'card_paid', 'Yuan paid from a card; the four payments are ledger less discount.'),
            ('*', 'cash_paid', 'Yuan paid in cash.'),
            ('*', 'online_paid', 'Yuan paid online.'),
            ('*', 'groupbuy_paid', 'Yuan paid through a group-buying platform.'),
            ('*', 'create_time', 'When it was booked; decides the business date.'),
            ('*', 'is_delete', '0 = valid; anything else is void and counts nowhere.'),
            ('*', 'loaded_at', 'When the ETL wrote the row; later than the roll-up of its date = late.'),
            ('*', 'assistant_service_id', 'Service record.'),
            ('*', 'course_kind', 'base (pd money), bonus (cx money).'),
            ('*', 'start_use_time', 'When the service began.'),
            ('*', 'last_use_time', 'When the service ended.'),
            ('*', 'income_seconds', 'Seconds that are paid: hours = income_seconds / 3600.'),
            ('*', 'real_use_seconds', 'Seconds that passed.'),
            ('*', 'recharge_order_id', 'Recharge.'),
            ('*', 'pay_amount', 'Yuan paid.'),
            ('*', 'gift_amount', 'Yuan given on top.'),
            ('*', 'is_first', 'Whether it is the member''s first recharge.'),
            ('*', 'discount_type', 'groupbuy, member, gift_card, manual, other.'),
            ('*', 'amount', 'Yuan.'),

            ('*', 'first_consume_date', 'Business date of the first visit.'),
            ('*', 'last_consume_date', 'Business date of the newest visit.'),
            ('*', 'total_visit_count', 'Business dates with consumption, ever.'),
            ('*', 'total_open_table_count', 'Settlements of settle_type 1, ever.'),
            ('*', 'total_consume_amount', 'Yuan, sum of ledger_amount, ever.'),
            ('*', 'visit_count_60d', 'Business dates with consumption, of the 60 that end with stat_date.'),
            ('*', 'consume_amount_60d', 'Yuan in those 60 days.'),
            ('*', 'wbi_score', 'Win-back index, 0-10.'),
            ('*', 'gap_days', 'Median days between the member''s visits, at least 3.'),
            ('*', 'nci_score', 'New-customer conversion index, 0-10.'),
            ('*', 'spi_score', 'Spending power index, 0-10.'),
            ('*', 'stickiness_score', 'Stickiness, 0-10.'),
            ('*', 'rs_score', 'Strength of the relation, 0-10.'),
            ('*', 'relation_index', 'rs_score / 10, 0-1.'),
            ('*', 'service_count_60d', 'Services of the pair in the 60 days that end with stat_date.'),
            ('*', 'hours_60d', 'Hours of those.'),
            ('*', 'last_service_time', 'Newest service of the pair.'),

            ('*', 'salary_month', 'First day of the business month.'),
            ('*', 'assistant_level_name', 'Coach''s level on that day, as shown.'),
            ('*', 'base_hours', 'Hours of base courses in the month so far.'),
            ('*', 'bonus_hours', 'Hours of bonus courses in the month so far.'),
            ('*', 'effective_hours', 'Both; decides the tier.'),
            ('*', 'base_income', 'Yuan: base hours at the tier''s price.'),
            ('*', 'bonus_income', 'Yuan: bonus hours at the tier''s price.'),
            ('*', 'recharge_commission', 'Yuan for recharges sold.'),
            ('*', 'goods_commission', 'Yuan for drinks and food sold.'),
            ('*', 'reward', 'Yuan added by people.'),
            ('*', 'deduction', 'Yuan taken off by people.'),
            ('*', 'gross_salary', 'Yuan: incomes, commissions, sprint bonus and reward, less deduction.'),
            ('*', 'recharge_amount', 'Yuan recharged.'),
            ('*', 'goods_amount', 'Yuan of goods sold.'),
            ('*', 'commission', 'Yuan of commission.'),
            ('*', 'adjustment_id', 'Correction.'),
            ('*', 'kind', 'deduction, reward, expense, income.'),
            ('*', 'reason', 'Why, in words.'),
            ('*', 'effective_date', 'Business date on which it counts.'),

            ('*', 'rolled_up_at', 'Business time of the newest roll-up of the date.'),
            ('*', 'only_row', 'Holds the table to one row.'),
            ('*', 'seed', 'What every random draw derives from.'),
            ('*', 'coaches', 'Coaches per hall asked for.'),
            ('*', 'members', 'Members per hall asked for.'),
            ('*', 'days', 'Business dates asked for at first.'),
            ('*', 'first_day', 'Oldest business date generated.'),
            ('*', 'last_day', 'Newest business date generated.')
        ) AS said (of_table, column_name, meaning)
        JOIN pg_attribute a ON a.attname = said.column_name AND a.attnum > 0 AND col_description(a.attrelid, a.attnum) IS NULL
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
            AND (said.of_table = '*' OR c.relname ~ ('^(v_(dim|cfg|dwd|dws)_)?' || said.of_table || '$'))
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('app', 'cfg', 'dim', 'dwd', 'dws')
        ORDER BY c.oid, a.attnum, said.of_table = '*'
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', line.nspname, line.relname, line.attname, line.meaning);
    END LOOP;
END
$comments$;
