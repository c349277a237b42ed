-- Where stand the groups of which only figures changed tonight?
CREATE TEMP TABLE kept_group (
    group_key VARCHAR, standing BOOLEAN, items INTEGER, commonality DOUBLE, growth DOUBLE, priority DOUBLE, dormant BOOLEAN, grew_on DATE, changed BOOLEAN
)
