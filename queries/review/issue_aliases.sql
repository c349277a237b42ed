-- Which numbers were merged into the issues $issues?
SELECT issue_no, merged_into FROM issue WHERE merged_into IN ($issues) ORDER BY issue_no
