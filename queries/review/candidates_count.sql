-- How many candidates do the issues $numbers have?
SELECT count(*) AS n FROM candidate WHERE list_contains($numbers::INTEGER[], issue_no)
