-- What does every table of the corpus hold? Reads every block; a digest does not depend on the order of rows.
SELECT 'run' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.run t
UNION ALL
SELECT 'training' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.training t
UNION ALL
SELECT 'department' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.department t
UNION ALL
SELECT 'topic' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.topic t
UNION ALL
SELECT 'source_file' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.source_file t
UNION ALL
SELECT 'item' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.item t
UNION ALL
SELECT 'sighting' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.sighting t
UNION ALL
SELECT 'reject' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.reject t
UNION ALL
SELECT 'citation' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.citation t
UNION ALL
SELECT 'issue_group' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.issue_group t
UNION ALL
SELECT 'member' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.member t
UNION ALL
SELECT 'group_count' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.group_count t
UNION ALL
SELECT 'group_neighbor' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.group_neighbor t
UNION ALL
SELECT 'item_neighbor' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.item_neighbor t
UNION ALL
SELECT 'suggestion' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.suggestion t
UNION ALL
SELECT 'lineage' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.lineage t
UNION ALL
SELECT 'group_alias' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.group_alias t
UNION ALL
SELECT 'word' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.word t
UNION ALL
SELECT 'posting' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.posting t
UNION ALL
SELECT 'conflict' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM corpus.conflict t
ORDER BY name
