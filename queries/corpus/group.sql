-- Where did the machine take the group's title and topic from?
SELECT founding_item, title_item, title, topic_reason FROM corpus.issue_group WHERE group_key = $key
