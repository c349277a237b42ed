-- From which provinces did anything come?
SELECT DISTINCT value AS province FROM corpus.group_count WHERE dimension = 'province' AND value <> '' ORDER BY province
