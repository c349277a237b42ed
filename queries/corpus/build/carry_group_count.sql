-- How many items have the groups that were kept, by department, province and training?
INSERT INTO group_count
SELECT c.*
FROM previous.group_count c
ANTI JOIN (SELECT group_key FROM previous.issue_group ANTI JOIN kept_group USING (group_key)) gone USING (group_key)
