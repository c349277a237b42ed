-- Where does the corpus contradict itself? One row a rule, with how often it is broken.
SELECT 'run' AS name, (SELECT count(*) FROM corpus.run) <> 1 AS broken, (SELECT count(*) FROM corpus.run) AS n
UNION ALL
SELECT 'items', (SELECT max(items) FROM corpus.run) <> (SELECT count(*) FROM corpus.item), (SELECT count(*) FROM corpus.item)
UNION ALL
SELECT 'item twice', n > 0, n FROM (SELECT count(*) - count(DISTINCT item_id) AS n FROM corpus.item)
UNION ALL
SELECT 'member of two groups', n > 0, n FROM (SELECT count(*) - count(DISTINCT item_id) AS n FROM corpus.member)
UNION ALL
SELECT 'member without item', n > 0, n FROM (SELECT count(*) AS n FROM corpus.member ANTI JOIN corpus.item USING (item_id))
UNION ALL
SELECT 'member without group', n > 0, n FROM (SELECT count(*) AS n FROM corpus.member ANTI JOIN corpus.issue_group USING (group_key))
UNION ALL
SELECT 'item without source', n > 0, n FROM (SELECT count(*) AS n FROM corpus.item ANTI JOIN corpus.sighting USING (item_id))
UNION ALL
SELECT 'source without item', n > 0, n FROM (SELECT count(*) AS n FROM corpus.sighting ANTI JOIN corpus.item USING (item_id))
UNION ALL
SELECT 'source without file', n > 0, n FROM (SELECT count(*) AS n FROM corpus.sighting ANTI JOIN corpus.source_file USING (sha256))
UNION ALL
SELECT 'citation without item', n > 0, n FROM (SELECT count(*) AS n FROM corpus.citation ANTI JOIN corpus.item USING (item_id))
UNION ALL
SELECT 'same place twice', n > 0, n FROM (
    SELECT count(*) AS n FROM (SELECT item_id, sha256, sheet, row_no, column_name, part FROM corpus.sighting GROUP BY ALL HAVING count(*) > 1)
)
ORDER BY name
