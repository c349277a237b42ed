-- Where did decisions put which item?
INSERT INTO desk.moved SELECT unnest($items::VARCHAR[]), unnest($groups::VARCHAR[]), unnest($seqs::BIGINT[])
