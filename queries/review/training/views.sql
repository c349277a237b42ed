-- What did the departments say in the consultation $consultation_no?
SELECT v.consultation_no, v.point_no, v.department, v.stance, v.text, v.account_id, v.given_at, coalesce(a.name, '') AS name, coalesce(a.department, '') AS of_department
FROM consultation_view v
LEFT JOIN account a USING (account_id)
WHERE v.consultation_no = $consultation_no
ORDER BY v.point_no, list_position(['JC', 'FY', 'GA', 'JY', 'SJ'], v.department)
