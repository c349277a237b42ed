-- What trainings are there, latest first, with how many items each?
SELECT t.training_id, t.title, t.theme, t.host, t.starts_on, t.ends_on, t.place, coalesce(n.items, 0) AS items
FROM corpus.training t
LEFT JOIN (SELECT training_id, count(*) AS items FROM corpus.item GROUP BY training_id) n USING (training_id)
ORDER BY t.training_id DESC
