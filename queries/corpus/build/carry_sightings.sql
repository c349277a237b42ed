-- Where were items seen on earlier nights?
INSERT INTO sighting
FROM previous.sighting
