-- Where did the machine take the titles and topics of the groups $keys from?
SELECT group_key, founding_item, title_item, title, topic_reason FROM corpus.issue_group WHERE group_key IN ($keys)
