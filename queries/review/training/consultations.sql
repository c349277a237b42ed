-- Which consultations were there, latest first? All, or the one numbered $consultation_no.
SELECT c.consultation_no, c.training_id, c.title, c.held_on, c.place, c.chair, c.status, c.run_id, c.data_until, c.settled, c.version, c.account_id,
    c.made_at, c.updated_at, coalesce(a.name, '') AS name
FROM consultation c
LEFT JOIN account a USING (account_id)
WHERE $consultation_no = 0 OR c.consultation_no = $consultation_no
ORDER BY c.consultation_no DESC
