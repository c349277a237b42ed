-- Which numbers were merged into the issue?
SELECT issue_no AS n FROM issue WHERE merged_into = $issue_no ORDER BY issue_no
