-- So many of a department and province took part in $training_id.
INSERT INTO training_participant (training_id, department, province, people) VALUES ($training_id, $department, $province, $people)
