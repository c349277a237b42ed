-- Which rejected rows of earlier nights still stand, those of files read again tonight left out?
INSERT INTO reject
SELECT * FROM previous.reject
WHERE NOT list_contains($again, sha256)
