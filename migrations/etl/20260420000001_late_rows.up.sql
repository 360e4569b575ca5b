-- What was learned late: a look at a past date asks whether the warehouse has learned of rows of that date or before
-- since. Rows of the two days before are found by their time; older ones only if they came late, and those are few.
CREATE INDEX IF NOT EXISTS settlement_late ON dwd.settlement (site_id, loaded_at)
    WHERE loaded_at - create_time > interval '48 hours';
CREATE INDEX IF NOT EXISTS assistant_service_log_late ON dwd.assistant_service_log (site_id, loaded_at)
    WHERE loaded_at - create_time > interval '48 hours';
CREATE INDEX IF NOT EXISTS recharge_order_late ON dwd.recharge_order (site_id, loaded_at)
    WHERE loaded_at - create_time > interval '48 hours';
CREATE INDEX IF NOT EXISTS discount_late ON dwd.discount (site_id, loaded_at)
    WHERE loaded_at - create_time > interval '48 hours';
