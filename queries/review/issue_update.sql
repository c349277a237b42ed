-- An issue's row after a change.
UPDATE issue SET group_key = $group_key, title = $title, statement = $statement, status = $status, outcome = $outcome, topic = $topic,
    locked = $locked, merged_into = $merged_into, version = $version, updated_at = $updated_at
WHERE issue_no = $issue_no
