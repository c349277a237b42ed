-- Which migrations were applied, newest first?
SELECT version, is_applied FROM schema_version ORDER BY version DESC
