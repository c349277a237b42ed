-- Which is the newest migration applied?
SELECT max(version) FROM schema_version
