-- Found by its group: the page of a group reads its members alone.
CREATE INDEX member_of_group ON member (group_key)
