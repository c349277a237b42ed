-- What is topic $topic?
SELECT topic, name, parent, parent_name FROM corpus.topic WHERE topic = $topic
