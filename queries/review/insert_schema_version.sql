-- This migration was applied.
INSERT INTO schema_version (version, is_applied) VALUES ($version, true)
