-- Where do tonight's sightings wait?
CREATE TEMP TABLE new_sighting AS FROM sighting LIMIT 0
