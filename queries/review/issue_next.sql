-- Which number is given next? Withdrawn and merged issues keep theirs.
SELECT coalesce(max(issue_no), 0) + 1 AS n FROM issue
