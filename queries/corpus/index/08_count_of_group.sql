-- Found by its group: how many by department, province, training?
CREATE INDEX count_of_group ON group_count (group_key)
