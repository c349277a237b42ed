-- Where stand the members of those groups?
CREATE TEMP TABLE kept_member (item_no INTEGER, rank INTEGER, strength DOUBLE, level VARCHAR, borderline BOOLEAN, decided BOOLEAN)
