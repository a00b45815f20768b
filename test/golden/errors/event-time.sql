SELECT deviceId FROM sensors
SELECT deviceId FROM timed INNER JOIN sensors ON timed.id = sensors.deviceId GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT id FROM timed LEFT JOIN prices ON timed.id = prices.name
SELECT id FROM timed GROUP BY COUNTWINDOW(5)
