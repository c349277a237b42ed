-- Found by its group: what lies nearest?
CREATE INDEX neighbor_of_group ON group_neighbor (group_key)
