-- How did the last night leave what may be taken over, and with what was it made?
SELECT r.version, r.dictionary_hash, coalesce(json_extract_string(r.options, '$.strictness'), '') AS strictness,
       json_exists(r.options, '$."embeddings-model"') OR json_exists(r.options, '$."vectors-sha256"') AS vectors,
       m.full_items, m.checksum
FROM previous.run r, previous.memory m
