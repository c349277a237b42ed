-- This was published to trainings.tsv.
INSERT INTO training_publication (sha256, published_at) VALUES ($sha256, $published_at)
