-- The training $training_id has this part.
INSERT INTO training_segment (training_id, ordinal, form, title, given_on, course_no, teachers)
VALUES ($training_id, $ordinal, $form, $title, $given_on, $course_no, $teachers::INTEGER[])
