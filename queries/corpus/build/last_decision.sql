-- Which decision did the last night see last?
SELECT decision_seq FROM previous.run
