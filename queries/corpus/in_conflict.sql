-- Which groups does new material speak against a decision on?
SELECT group_key FROM corpus.conflict UNION SELECT other_key FROM corpus.conflict
