-- When was this migration applied?
SELECT applied_at, is_applied FROM schema_version WHERE version = $version ORDER BY applied_at DESC LIMIT 1
