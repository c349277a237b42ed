-- What has the mathematics to look at? Every item, in the order of IDs.
SELECT item_id, training_id, department, province, contributor_key, kind,
       coalesce(CAST(given_on AS VARCHAR), '') AS given_on, stem, text, language, endorses
FROM item
ORDER BY item_id
