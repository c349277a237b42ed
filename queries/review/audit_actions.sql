-- Which actions occur in the audit log?
SELECT DISTINCT action FROM audit ORDER BY action
