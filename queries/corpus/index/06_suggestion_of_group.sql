-- Found by its group: what might belong to it?
CREATE INDEX suggestion_of_group ON suggestion (group_key)
