-- Where decisions put items is about to be written anew.
DELETE FROM desk.moved WHERE $every OR item_id IN (SELECT unnest($items::VARCHAR[]))
