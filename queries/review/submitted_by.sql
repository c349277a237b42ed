-- Who last put the issue up for review?
SELECT account_id FROM revision
WHERE issue_no = $issue_no AND field = 'status' AND (after = '待复核' OR starts_with(after, '待复核（')) AND before = '研判中'
ORDER BY version DESC
LIMIT 1
