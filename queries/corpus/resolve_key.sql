-- Under which key does this corpus know the group?
SELECT group_key FROM corpus.group_alias WHERE alias_key = $key
