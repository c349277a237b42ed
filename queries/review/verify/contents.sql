-- What does every table of people's work hold? Reads every block. Only tables of the first schema: a later one may add to them.
SELECT 'account' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM account t
UNION ALL
SELECT 'http_session' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM http_session t
UNION ALL
SELECT 'decision' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM decision t
UNION ALL
SELECT 'issue' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM issue t
UNION ALL
SELECT 'revision' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM revision t
UNION ALL
SELECT 'candidate' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM candidate t
UNION ALL
SELECT 'note' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM note t
UNION ALL
SELECT 'assignment' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM assignment t
UNION ALL
SELECT 'reading' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM reading t
UNION ALL
SELECT 'reading_answer' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM reading_answer t
UNION ALL
SELECT 'saved_search' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM saved_search t
UNION ALL
SELECT 'intake_choice' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM intake_choice t
UNION ALL
SELECT 'audit' AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM audit t
ORDER BY name
