-- Which items does no file give any more tonight? Those a person decided on are kept until that is settled.
CREATE TEMP TABLE leaving_item (item_id VARCHAR NOT NULL, reason VARCHAR NOT NULL, kept BOOLEAN NOT NULL)
