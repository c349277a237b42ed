-- How many people spoke at each training, and from how many provinces?
SELECT i.training_id, count(*) FILTER (i.endorses = '') AS items, count(*) FILTER (i.endorses <> '') AS endorsements,
    count(DISTINCT i.contributor_key) AS people, count(DISTINCT i.province) FILTER (i.province <> '') AS provinces,
    count(DISTINCT i.department) FILTER (i.department <> 'XX') AS departments
FROM corpus.item i
WHERE i.training_id <> ''
GROUP BY i.training_id
ORDER BY i.training_id
