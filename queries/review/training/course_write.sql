-- The course $course_no is now as given.
INSERT OR REPLACE INTO course (course_no, title, department, topics, forms, statutes, teachers, hours, given_before, rating, outline, active, version, updated_at)
VALUES ($course_no, $title, $department, $topics::VARCHAR[], $forms::VARCHAR[], $statutes::VARCHAR[], $teachers::INTEGER[], $hours, $given_before, $rating, $outline, $active, $version, $updated_at)
