-- Which trainings do items name?
SELECT DISTINCT training_id FROM item ORDER BY training_id
