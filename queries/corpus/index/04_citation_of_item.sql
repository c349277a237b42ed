-- Found by its item: what does it cite?
CREATE INDEX citation_of_item ON citation (item_id)
