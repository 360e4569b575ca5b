DROP INDEX IF EXISTS dwd.settlement_time, dwd.assistant_service_log_time, dwd.recharge_order_time, dwd.discount_time;
CREATE INDEX settlement_time ON dwd.settlement (site_id, create_time);
CREATE INDEX assistant_service_log_time ON dwd.assistant_service_log (site_id, create_time);
CREATE INDEX recharge_order_time ON dwd.recharge_order (site_id, create_time);
CREATE INDEX discount_time ON dwd.discount (site_id, create_time);
