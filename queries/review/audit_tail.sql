-- What is the last line of the audit log?
SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1
