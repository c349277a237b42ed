-- Which migrations has this file been through?
CREATE TABLE schema_version (
    version    BIGINT NOT NULL,
    is_applied BOOLEAN NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT current_timestamp
)
