-- Which statutes and articles do the groups cite, most cited first? The groups in $keys, or those on the topics that begin with one of $topics.
SELECT b.group_key, b.topic,
    CASE WHEN c.statute_id = '' THEN c.norm WHEN c.article > 0 THEN c.statute_id || '#' || c.article ELSE c.statute_id END AS norm,
    arg_min(c.label, (len(c.label), c.label)) AS label,
    count(DISTINCT c.item_id) AS items
FROM desk.board b
JOIN desk.member m USING (group_key)
JOIN corpus.citation c USING (item_id)
WHERE b.state IN ('归并问题', '疑似同类')
  AND (list_contains($keys::VARCHAR[], b.group_key) OR EXISTS (SELECT 1 FROM unnest($topics::VARCHAR[]) AS p(prefix) WHERE starts_with(b.topic, p.prefix)))
GROUP BY ALL
ORDER BY b.topic, items DESC, b.group_key, norm
