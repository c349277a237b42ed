-- Found by its item: where does an item stand?
CREATE INDEX member_of_item ON member (item_id)
