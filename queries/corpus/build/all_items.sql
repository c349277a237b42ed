-- Who said each item, when, and does it repeat another?
SELECT CAST(rowid AS INTEGER) AS item_no, item_id, training_id, department, province, contributor_key, kind,
       coalesce(CAST(given_on AS VARCHAR), '') AS given_on, endorses <> '' AS endorses
FROM item
