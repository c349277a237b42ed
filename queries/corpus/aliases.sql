-- Under which earlier keys are groups known?
SELECT alias_key, group_key FROM corpus.group_alias ORDER BY alias_key
