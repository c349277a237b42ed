-- How did the last night leave what may be taken over, and with what was it made?
SELECT r.version, r.dictionary_hash, coalesce(json_extract_string(r.options, '$.strictness'), '') AS strictness, m.full_items, m.checksum
FROM previous.run r, previous.memory m
