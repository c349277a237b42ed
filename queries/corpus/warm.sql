-- How long is everything that pages look up row by row? Nobody asks: reading it brings it into memory.
SELECT (SELECT sum(length(item_id) + length(unit) + length(contributor_key) + length(text) + length(stem) + length(background) + length(legal_basis) + length(reply) + length(endorses) + length(near_of)) FROM corpus.item)
    + (SELECT sum(length(item_id) + length(group_key) + length(shared) + rank) FROM corpus.member)
    + (SELECT sum(length(item_id) + length(sha256) + length(file) + length(column_name) + row_no) FROM corpus.sighting)
    + (SELECT sum(length(item_id) + length(label) + length(norm)) FROM corpus.citation)
    + (SELECT sum(length(group_key) + length(value)) FROM corpus.group_count)
    + (SELECT sum(length(group_key) + length(other_key)) FROM corpus.group_neighbor)
    + (SELECT sum(length(group_key) + length(cause)) FROM corpus.lineage)
    + (SELECT sum(length(group_key) + length(title)) FROM corpus.issue_group) AS n
