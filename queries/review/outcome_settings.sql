-- Which thresholds hold?
SELECT name, arg_max(value, entry_no) AS value
FROM outcome_setting
GROUP BY name
ORDER BY name
