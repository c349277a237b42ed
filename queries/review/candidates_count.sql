-- How many candidates do the issues $issues have, by their own numbers or those merged into them?
SELECT count(*) AS n
FROM candidate
WHERE issue_no IN ($issues) OR issue_no IN (SELECT issue_no FROM issue WHERE merged_into IN ($issues))
