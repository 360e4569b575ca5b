DROP INDEX IF EXISTS dwd.settlement_late, dwd.assistant_service_log_late, dwd.recharge_order_late, dwd.discount_late;
