-- What did we last publish to trainings.tsv?
SELECT sha256 FROM training_publication ORDER BY published_at DESC LIMIT 1
