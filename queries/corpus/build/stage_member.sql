-- Where wait their members?
CREATE TEMP TABLE new_member AS FROM member LIMIT 0
