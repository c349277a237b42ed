-- What would a person see of this group on the board now?
SELECT group_key, state, issue_no, title, topic, issue_version, items, endorsements, changed_run FROM desk.board WHERE group_key = $key
