SELECT avg(temperature) AS a FROM sensors WHERE temperature > 0 GROUP BY deviceId, TUMBLINGWINDOW(mi, 1)
SELECT temperature FROM sensors
SELECT s.deviceId FROM sensors AS s INNER JOIN doors AS d ON s.room = d.room GROUP BY SESSIONWINDOW(ss, 10, 5)
