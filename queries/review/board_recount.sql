-- How do the figures of the group $key stand once today's moves are counted? $items stand in it now, $first first.
UPDATE desk.board SET
    items = n.items,
    endorsements = n.endorsements,
    contributors = n.contributors,
    departments = n.departments,
    provinces = n.provinces,
    trainings = n.trainings,
    questions = n.questions,
    opinions = n.opinions,
    suggestions = n.suggestions,
    first_on = n.first_on,
    last_on = n.last_on,
    department_items = n.department_items,
    province_list = n.province_list,
    training_list = n.training_list,
    training_items = n.training_items,
    title = CASE WHEN board.title = '' THEN n.title ELSE board.title END,
    state = CASE WHEN board.state IN ('疑似同类', '个性问题') THEN CASE WHEN n.items > 1 THEN '疑似同类' ELSE '个性问题' END ELSE board.state END
FROM (
    WITH here AS (
        SELECT $key AS group_key, item_id, endorses, contributor_key, department, province, training_id, kind, given_on
        FROM corpus.item
        WHERE item_id IN ($items)
    ),
    per_training AS (
        SELECT group_key, list(training_id ORDER BY training_id) AS training_list, list(items ORDER BY training_id) AS training_items
        FROM (SELECT group_key, training_id, CAST(count(*) AS INTEGER) AS items FROM here WHERE training_id <> '' GROUP BY ALL)
        GROUP BY group_key
    ),
    per_province AS (
        SELECT group_key, list(province ORDER BY items DESC, province) AS province_list
        FROM (SELECT group_key, province, count(*) AS items FROM here WHERE province <> '' GROUP BY ALL)
        GROUP BY group_key
    ),
    figures AS (
        SELECT
            group_key,
            count(*) AS items,
            count(*) FILTER (endorses <> '') AS endorsements,
            count(DISTINCT contributor_key) AS contributors,
            count(DISTINCT department) FILTER (department IN ('JC', 'FY', 'GA', 'JY', 'SJ')) AS departments,
            count(DISTINCT province) FILTER (province <> '') AS provinces,
            count(DISTINCT training_id) FILTER (training_id <> '') AS trainings,
            count(*) FILTER (kind = '问题') AS questions,
            count(*) FILTER (kind = '意见') AS opinions,
            count(*) FILTER (kind = '建议') AS suggestions,
            min(given_on) AS first_on,
            max(given_on) AS last_on,
            [count(*) FILTER (department = 'JC'), count(*) FILTER (department = 'FY'), count(*) FILTER (department = 'GA'),
             count(*) FILTER (department = 'JY'), count(*) FILTER (department = 'SJ'),
             count(*) FILTER (department NOT IN ('JC', 'FY', 'GA', 'JY', 'SJ'))]::INTEGER[] AS department_items,
            (SELECT text FROM corpus.item WHERE item_id = $first) AS title
        FROM here
        GROUP BY group_key
    )
    SELECT k.group_key, coalesce(f.items, 0) AS items, coalesce(f.endorsements, 0) AS endorsements, coalesce(f.contributors, 0) AS contributors,
        coalesce(f.departments, 0) AS departments, coalesce(f.provinces, 0) AS provinces, coalesce(f.trainings, 0) AS trainings,
        coalesce(f.questions, 0) AS questions, coalesce(f.opinions, 0) AS opinions, coalesce(f.suggestions, 0) AS suggestions,
        f.first_on, f.last_on, coalesce(f.department_items, [0, 0, 0, 0, 0, 0]) AS department_items,
        coalesce(p.province_list, []) AS province_list, coalesce(t.training_list, []) AS training_list,
        coalesce(t.training_items, []) AS training_items, coalesce(f.title, '') AS title
    FROM (SELECT $key AS group_key) k
    LEFT JOIN figures f USING (group_key)
    LEFT JOIN per_province p USING (group_key)
    LEFT JOIN per_training t USING (group_key)
) n
WHERE board.group_key = n.group_key
