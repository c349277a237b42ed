-- What are the topics of the taxonomy?
CREATE TABLE topic (
    topic  VARCHAR PRIMARY KEY,         -- four digits
    name   VARCHAR NOT NULL,
    parent VARCHAR NOT NULL,            -- two digits
    parent_name VARCHAR NOT NULL
)
