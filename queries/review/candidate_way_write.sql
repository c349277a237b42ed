-- What a candidate is on its way with now.
INSERT OR REPLACE INTO candidate_way VALUES ($candidate_id, $round, $due_on, $recipient, $result, $result_reason, $result_doc, $result_on, $told, $told_on)
