DO $$
DECLARE
    snapshots regclass;
BEGIN
    FOREACH snapshots IN ARRAY ARRAY['dws.member_consumption_summary', 'dws.member_winback_index',
        'dws.member_newconv_index', 'dws.member_spending_power_index', 'dws.member_stickiness_index',
        'dws.member_assistant_relation_index', 'dws.member_visit_detail', 'dws.assistant_customer_stats',
        'dws.assistant_daily_detail', 'dws.assistant_daily_salary']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold)',
                       snapshots);
    END LOOP;
END
$$;
DROP INDEX IF EXISTS dws.member_assistant_relation_index_member, dwd.assistant_service_log_coach;
CREATE INDEX member_assistant_relation_index_member ON dws.member_assistant_relation_index (site_id, stat_date, member_id);
CREATE INDEX assistant_service_log_coach ON dwd.assistant_service_log (site_id, site_assistant_id, create_time);
