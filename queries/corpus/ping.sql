-- Can both stores be read?
SELECT (SELECT count(*) FROM corpus.run) + (SELECT count(*) FROM account) AS n
