-- Which items are known from earlier nights? They keep their places.
INSERT INTO item
FROM previous.item
