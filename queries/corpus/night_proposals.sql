-- Which merges does the machine propose that nobody has answered?
SELECT b.group_key, b.title, b.issue_no, b.items, n.other_key, o.title AS other_title, o.issue_no AS other_no, o.items AS other_items, max(n.similarity) AS similarity
FROM corpus.group_neighbor n
JOIN desk.board b USING (group_key)
JOIN desk.board o ON o.group_key = n.other_key
WHERE n.proposed
  AND b.state IN ('归并问题', '疑似同类')
  AND o.state IN ('归并问题', '疑似同类')
  -- Each pair once, the one without a number (or the smaller) going into the other.
  AND (b.issue_no > 0, -b.issue_no, b.items, b.group_key) < (o.issue_no > 0, -o.issue_no, o.items, o.group_key)
  AND NOT EXISTS (
      SELECT 1 FROM decision d
      WHERE d.kind = 'apart' AND d.undoes = 0
        AND ((d.group_key = b.group_key AND d.other_key = o.group_key) OR (d.group_key = o.group_key AND d.other_key = b.group_key))
        AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq)
  )
GROUP BY ALL
ORDER BY similarity DESC, b.group_key, n.other_key
LIMIT 100
