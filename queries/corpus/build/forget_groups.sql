-- Which groups are told anew after all?
DELETE FROM kept_group WHERE list_contains($lost, group_key)
