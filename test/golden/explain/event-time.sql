SELECT avg(temperature) AS a FROM sensors WHERE temperature > 0 GROUP BY deviceId, TUMBLINGWINDOW(mi, 1)
SELECT temperature FROM sensors
