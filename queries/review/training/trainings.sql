-- Which trainings are registered, and how many took part in each?
SELECT t.training_id, t.title, t.theme, t.topics, t.host, t.co_hosts, t.starts_on, t.ends_on, t.place, t.cancelled, t.takes_turn, t.note, t.version, t.updated_at,
    coalesce(p.people, 0) AS people
FROM training t
LEFT JOIN (SELECT training_id, sum(people) AS people FROM training_participant GROUP BY training_id) p USING (training_id)
ORDER BY t.training_id
