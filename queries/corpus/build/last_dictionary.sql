-- With which tables did the last night find its citations?
SELECT dictionary_hash FROM previous.run
