-- In which texts may statutes be cited? In every item's text and 法律依据.
SELECT item_id, text, legal_basis FROM item ORDER BY item_id
