-- How many items of earlier nights are withdrawn tonight, or read otherwise than before?
SELECT (SELECT count(*) FROM leaving_item WHERE NOT kept) + (
    SELECT count(*)
    FROM new_item n
    JOIN previous.item p USING (item_id)
    WHERE (n.training_id, n.department, n.province, n.unit, n.contributor_key, n.kind, n.stem, n.text, n.legal_basis, n.language)
        <> (p.training_id, p.department, p.province, p.unit, p.contributor_key, p.kind, p.stem, p.text, p.legal_basis, p.language)
        OR n.given_on IS DISTINCT FROM p.given_on
)
