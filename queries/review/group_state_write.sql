-- What was decided about whole groups?
INSERT INTO desk.group_state SELECT unnest($keys::VARCHAR[]), unnest($states::VARCHAR[]), unnest($others::VARCHAR[]), unnest($seqs::BIGINT[])
