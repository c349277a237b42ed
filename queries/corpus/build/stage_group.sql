-- Where wait the groups described tonight?
CREATE TEMP TABLE new_group AS FROM issue_group LIMIT 0
