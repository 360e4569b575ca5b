DROP INDEX IF EXISTS dwd.assistant_service_log_settlement, dwd.assistant_service_log_member,
    dwd.assistant_service_log_coach, dws.member_assistant_relation_index_member,
    dim.member_card_account_stored, dwd.settlement_till;
