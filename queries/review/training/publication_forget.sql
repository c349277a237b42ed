-- What was published before does not matter any more.
DELETE FROM training_publication
