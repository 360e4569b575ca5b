-- The versions valid at a moment are those that end later, which is one range of an index once "has not ended" is a time as
-- well; asked as "null or later", every version that a card ever had was read.
CREATE INDEX IF NOT EXISTS member_card_account_valid
    ON dim.member_card_account (site_id, tenant_member_id, coalesce(scd2_end_time, 'infinity'::timestamptz))
    INCLUDE (scd2_start_time, scd2_end_time, balance) WHERE card_kind = 'stored';
-- The same of a whole hall.
CREATE INDEX IF NOT EXISTS member_card_account_held
    ON dim.member_card_account (site_id, coalesce(scd2_end_time, 'infinity'::timestamptz))
    INCLUDE (tenant_member_id, scd2_start_time, scd2_end_time, balance) WHERE card_kind = 'stored';
-- A search looks at every name and number of the hall.
CREATE INDEX IF NOT EXISTS member_valid
    ON dim.member (site_id, coalesce(scd2_end_time, 'infinity'::timestamptz))
    INCLUDE (member_id, scd2_start_time, scd2_end_time, nickname, mobile, grade_name);
-- Of a partial index's expression the planner keeps no numbers that it would use.
CREATE STATISTICS IF NOT EXISTS dim.member_card_account_ends
    ON (coalesce(scd2_end_time, 'infinity'::timestamptz)) FROM dim.member_card_account;
ANALYZE dim.member_card_account;
ANALYZE dim.member;
