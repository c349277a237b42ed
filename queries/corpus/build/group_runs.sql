-- Which runs first saw and last changed each group?
SELECT group_key, born_run, changed_run FROM previous.issue_group ORDER BY group_key
