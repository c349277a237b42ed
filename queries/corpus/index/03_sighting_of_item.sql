-- Found by its item: where was it seen?
CREATE INDEX sighting_of_item ON sighting (item_id)
