-- Where decisions put items is about to be written anew.
DELETE FROM desk.moved
