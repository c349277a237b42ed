-- Which items of the group were given after $day, and by how many departments, at which trainings?
SELECT count(*) AS items, count(DISTINCT i.department) AS departments, coalesce(list(DISTINCT i.training_id ORDER BY i.training_id), []) AS trainings,
    max(i.given_on) AS last_on
FROM desk.member m
JOIN corpus.item i USING (item_id)
WHERE m.group_key = $key AND i.given_on > $day::DATE
