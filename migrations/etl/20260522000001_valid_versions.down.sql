DROP STATISTICS IF EXISTS dim.member_card_account_ends;
DROP INDEX IF EXISTS dim.member_valid;
DROP INDEX IF EXISTS dim.member_card_account_held;
DROP INDEX IF EXISTS dim.member_card_account_valid;
