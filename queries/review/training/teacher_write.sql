-- The teacher $teacher_no is now as given.
INSERT OR REPLACE INTO teacher (teacher_no, name, department, unit, post, topics, forms, statutes, given_before, rating, note, active, version, updated_at)
VALUES ($teacher_no, $name, $department, $unit, $post, $topics::VARCHAR[], $forms::VARCHAR[], $statutes::VARCHAR[], $given_before, $rating, $note, $active, $version, $updated_at)
