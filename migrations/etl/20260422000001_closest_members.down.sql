DROP INDEX IF EXISTS dws.member_assistant_relation_index_closest;
