-- This migration was taken back.
DELETE FROM schema_version WHERE version = $version
