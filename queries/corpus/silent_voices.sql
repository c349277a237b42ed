-- Who is silent on which issues, where they should be heard? A department, a province or a post is a voice. By its share of what is said to the same chapter in other
-- issues it would be expected to say so many items of an issue; those expected to say $least and more that say none are named, at most $most of each kind.
WITH posts AS (
    SELECT unnest($departments::VARCHAR[]) AS department, unnest($names::VARCHAR[]) AS name, unnest($patterns::VARCHAR[]) AS pattern, generate_subscripts($names::VARCHAR[], 1) AS ordinal
),
units AS (
    SELECT DISTINCT department, unit FROM corpus.item WHERE unit <> ''
),
post_of AS (
    SELECT u.department, u.unit, arg_min(p.name, p.ordinal) AS post
    FROM units u
    JOIN posts p ON p.department = u.department AND regexp_matches(u.unit, p.pattern)
    GROUP BY u.department, u.unit
),
issues AS (
    SELECT group_key, left(topic, 2) AS chapter FROM desk.board WHERE state IN ('归并问题', '疑似同类') AND topic <> ''
),
said AS (
    SELECT b.group_key, b.chapter, i.department, i.province, coalesce(p.post, '') AS post, count(*) AS n
    FROM issues b
    JOIN desk.member m USING (group_key)
    JOIN corpus.item i USING (item_id)
    LEFT JOIN post_of p ON p.department = i.department AND p.unit = i.unit
    GROUP BY ALL
),
voiced AS (
    SELECT group_key, chapter, '部门' AS kind, department AS voice, department AS of_department, sum(n) AS n FROM said WHERE department <> 'XX' GROUP BY ALL
    UNION ALL
    SELECT group_key, chapter, '省份', province, '', sum(n) FROM said WHERE province <> '' GROUP BY ALL
    UNION ALL
    SELECT group_key, chapter, '岗位', post, department, sum(n) FROM said WHERE post <> '' GROUP BY ALL
),
of_issue AS (
    SELECT group_key, chapter, kind, sum(n) AS n FROM voiced GROUP BY ALL
),
of_chapter AS (
    SELECT chapter, kind, sum(n) AS n FROM of_issue GROUP BY ALL
),
of_voice AS (
    SELECT chapter, kind, voice, of_department, sum(n) AS n, count(*) AS issues FROM voiced GROUP BY ALL
),
silent AS (
    -- Who says nothing here said all of it elsewhere: nothing is to be taken off the voice's own figure.
    SELECT i.group_key, v.kind, v.voice, v.of_department, v.n AS elsewhere, v.issues, i.n * v.n / (c.n - i.n) AS expected
    FROM of_issue i
    JOIN of_chapter c USING (chapter, kind)
    JOIN of_voice v USING (chapter, kind)
    LEFT JOIN voiced h ON h.group_key = i.group_key AND h.kind = v.kind AND h.voice = v.voice
    WHERE c.n > i.n AND h.n IS NULL
)
SELECT s.kind, s.voice, s.of_department, s.group_key, s.expected, s.elsewhere, s.issues, b.title, b.issue_no, b.items, b.status, left(b.topic, 2) AS chapter
FROM silent s
JOIN desk.board b USING (group_key)
WHERE s.expected >= $least
QUALIFY row_number() OVER (PARTITION BY s.kind ORDER BY s.expected DESC, s.group_key, s.voice) <= $most
ORDER BY s.kind, s.expected DESC, s.group_key, s.voice
