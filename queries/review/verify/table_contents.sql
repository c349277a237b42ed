-- What does table $name hold? Reads every block of it; the digest does not depend on the order of rows.
SELECT $name AS name, count(*) AS n, CAST(coalesce(bit_xor(hash(t)), 0) AS VARCHAR) AS digest FROM query_table($name) t
