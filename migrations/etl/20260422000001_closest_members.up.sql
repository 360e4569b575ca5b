-- A coach's closest members without reading all of them: the coach board asks it of every coach at once.
CREATE INDEX IF NOT EXISTS member_assistant_relation_index_closest
    ON dws.member_assistant_relation_index (site_id, stat_date, assistant_id, relation_index DESC, member_id);
