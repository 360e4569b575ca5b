-- What the pages ask of the facts beside a range of time: by settlement, by member, by coach; and a member's coaches.
CREATE INDEX IF NOT EXISTS assistant_service_log_settlement ON dwd.assistant_service_log (site_id, order_settle_id);
CREATE INDEX IF NOT EXISTS assistant_service_log_member ON dwd.assistant_service_log (site_id, tenant_member_id, create_time);
CREATE INDEX IF NOT EXISTS assistant_service_log_coach ON dwd.assistant_service_log (site_id, site_assistant_id, create_time);
CREATE INDEX IF NOT EXISTS member_assistant_relation_index_member
    ON dws.member_assistant_relation_index (site_id, stat_date, member_id);
-- Versions that are still valid, whoever owns the card.
CREATE INDEX IF NOT EXISTS member_card_account_stored
    ON dim.member_card_account (site_id, scd2_end_time) WHERE card_kind = 'stored';
-- A year of takings, from the index alone.
CREATE INDEX IF NOT EXISTS settlement_till ON dwd.settlement (site_id, create_time)
    INCLUDE (cash_paid, online_paid, groupbuy_paid) WHERE is_delete = 0 AND settle_type IN (1, 3);
