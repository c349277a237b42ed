-- How many groups changed since the person was last here?
SELECT count(*) AS n FROM desk.board WHERE state IN ('归并问题', '疑似同类') AND changed_at > $since::TIMESTAMP
