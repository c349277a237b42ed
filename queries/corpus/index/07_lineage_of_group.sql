-- Found by its group: what happened to it?
CREATE INDEX lineage_of_group ON lineage (group_key)
