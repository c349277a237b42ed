-- What does the desk show of each group, before today's moves are counted? Of the groups in $keys, or of all when $every.
-- $own are $keys and the earlier keys of those groups. Laid down by state, so that a list reads the rows of its state alone.
INSERT INTO desk.board
WITH standing AS (
    SELECT coalesce(a.group_key, i.group_key) AS group_key, i.* EXCLUDE (group_key)
    FROM issue i
    LEFT JOIN corpus.group_alias a ON a.alias_key = i.group_key
    WHERE i.status <> '已撤回' AND i.merged_into = 0 AND ($every OR i.group_key IN ($own))
),
outputs AS (
    SELECT issue_no, list(DISTINCT direction ORDER BY direction) AS directions
    FROM candidate
    WHERE status <> '已撤回'
    GROUP BY issue_no
),
-- Groups that only a decision knows: the new part of a split, or an issue the corpus has lost sight of.
known AS (
    SELECT group_key FROM corpus.issue_group WHERE $every OR group_key IN ($keys)
    UNION
    SELECT group_key FROM standing
    UNION
    SELECT group_key FROM desk.moved WHERE group_key <> '' AND ($every OR group_key IN ($keys))
),
counted AS (
    SELECT
        c.group_key,
        list(c.value ORDER BY c.items DESC, c.value) FILTER (c.dimension = 'province' AND c.value <> '') AS province_list,
        list(c.value ORDER BY c.value) FILTER (c.dimension = 'training' AND c.value <> '') AS training_list,
        list(c.items ORDER BY c.value) FILTER (c.dimension = 'training' AND c.value <> '') AS training_items
    FROM corpus.group_count c
    WHERE $every OR c.group_key IN ($keys)
    GROUP BY c.group_key
),
happened AS (
    SELECT l.group_key, max(l.happened_at) AS happened_at
    FROM corpus.lineage l
    WHERE $every OR l.group_key IN ($keys)
    GROUP BY l.group_key
)
SELECT
    k.group_key,
    CASE
        WHEN i.issue_no IS NOT NULL THEN '归并问题'
        WHEN s.state IN ('不成立', '已并入') THEN s.state
        WHEN coalesce(g.items, 2) > 1 THEN '疑似同类'
        ELSE '个性问题'
    END,
    coalesce(i.issue_no, 0),
    CASE WHEN coalesce(i.title, '') <> '' THEN i.title ELSE coalesce(g.title, '') END,
    coalesce(i.status, '待初筛'),
    coalesce(i.outcome, ''),
    CASE WHEN coalesce(i.topic, '') <> '' THEN i.topic ELSE coalesce(g.topic, '') END,
    coalesce(i.locked, false) OR coalesce(s.state = '已锁定', false),
    coalesce(i.version, 0),
    coalesce(o.directions, []),
    coalesce(w.account_id, 0),
    w.due_on,
    coalesce(g.items, 0),
    coalesce(g.endorsements, 0),
    coalesce(g.contributors, 0),
    coalesce(g.departments, 0),
    coalesce(g.provinces, 0),
    coalesce(g.trainings, 0),
    coalesce(g.questions, 0),
    coalesce(g.opinions, 0),
    coalesce(g.suggestions, 0),
    coalesce(g.commonality, 0),
    coalesce(g.growth, 0),
    coalesce(g.priority, 0),
    g.first_on,
    g.last_on,
    coalesce(g.dormant, false),
    coalesce(g.born_run, ''),
    coalesce(g.changed_run, ''),
    greatest(h.happened_at, i.updated_at),
    coalesce(g.nature, ''),
    coalesce(g.impact, ''),
    coalesce(g.keywords, []),
    coalesce(g.department_items, [0, 0, 0, 0, 0, 0]),
    coalesce(c.province_list, []),
    coalesce(c.training_list, []),
    coalesce(c.training_items, [])
FROM known k
LEFT JOIN (FROM corpus.issue_group WHERE $every OR group_key IN ($keys)) g USING (group_key)
LEFT JOIN standing i USING (group_key)
LEFT JOIN desk.group_state s USING (group_key)
LEFT JOIN outputs o ON o.issue_no = i.issue_no
LEFT JOIN assignment w ON w.issue_no = i.issue_no AND w.account_id <> 0
LEFT JOIN counted c USING (group_key)
LEFT JOIN happened h USING (group_key)
ORDER BY 2, 1
