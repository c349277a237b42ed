-- Which files of earlier nights stand as they were, those read again tonight left out?
INSERT INTO source_file
SELECT * FROM previous.source_file
WHERE NOT list_contains($again, sha256)
