SELECT deviceId, temperature FROM sensors WHERE temperature > 80
SELECT * FROM sensors WHERE temperature > 80 AND (room = "a" OR room = "b")
SELECT deviceId, count(*) AS n FROM sensors GROUP BY deviceId, TUMBLINGWINDOW(ss, 10) FILTER (WHERE temperature > 0) HAVING avg(temperature) > 80 ORDER BY n DESC LIMIT 3
SELECT avg(temperature) AS a FROM sensors WHERE avg(temperature) > 2 GROUP BY HOPPINGWINDOW(mi, 5, 1)
SELECT collect(*) AS all FROM open GROUP BY SLIDINGWINDOW(ss, 30, 5) OVER (WHEN a > 3)
SELECT count(*) FROM open WHERE a > 1 GROUP BY b, SESSIONWINDOW(hh, 5, 1)
SELECT b, row_number() AS i FROM open GROUP BY COUNTWINDOW(10, 5)
SELECT collect(a) FROM open GROUP BY STATEWINDOW(a > 1, a > 9) OVER (PARTITION BY b)
SELECT lag(temperature) OVER (PARTITION BY deviceId, room) AS before, changed_cols("c_", true, temperature, room) FROM sensors WHERE had_changed(true, temperature)
SELECT unnest(a) AS item FROM open
SELECT last_hit_count() AS hits FROM open WHERE a > last_hit_time()
SELECT sensors.deviceId, label FROM sensors INNER JOIN labels ON sensors.deviceId = labels.deviceId WHERE temperature > 80 AND label = "x"
SELECT s.deviceId FROM sensors AS s LEFT JOIN open AS o ON s.deviceId = o.id AND s.temperature > o.a INNER JOIN later ON later.x > 3 WHERE s.temperature > 1 GROUP BY TUMBLINGWINDOW(dd, 1)
SELECT s.deviceId FROM sensors AS s LEFT JOIN open AS o ON s.temperature > o.a AND s.deviceId = o.id GROUP BY COUNTWINDOW(5)
SELECT temperature AS t, t * 2 AS u FROM sensors WHERE u > 3 AND t < 100
SELECT deviceId FROM sensors GROUP BY deviceId, TUMBLINGWINDOW(ss, 10)
SELECT collect(*) AS all FROM open GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT avg(temperature) AS a FROM sensors ORDER BY a
SELECT a FROM open GROUP BY STATEWINDOW(a > 1, last_hit_count() < 9)
SELECT a FROM open GROUP BY SLIDINGWINDOW(ss, 0, 10) OVER (WHEN a > 3)
SELECT deviceId, count(*) AS n, avg(temperature) AS t FROM sensors GROUP BY deviceId, HOPPINGWINDOW(ss, 60, 1)
SELECT median(temperature) AS m FROM sensors GROUP BY HOPPINGWINDOW(mi, 5, 2)
SELECT sum(a) AS s FROM open WHERE a > 1 GROUP BY COUNTWINDOW(10, 3)
SELECT last_value(tstamp(), true) AS t FROM open GROUP BY SESSIONWINDOW(ss, 60, 5)
SELECT count(*) FILTER (WHERE window_start() > 5) AS n FROM open GROUP BY TUMBLINGWINDOW(ss, 60)
SELECT deviceId, count(*) AS n, avg(temperature) AS a, max(temperature) AS m, stddev(temperature) AS d FROM sensors WHERE temperature > 0 GROUP BY deviceId, SLIDINGWINDOW(ss, 60)
SELECT avg(temperature) AS a FROM sensors WHERE avg(temperature) > 0 GROUP BY SLIDINGWINDOW(ss, 60)
SELECT deviceId FROM sensors GROUP BY deviceId, SLIDINGWINDOW(ss, 60)
SELECT s.deviceId, f.floor FROM sensors AS s LEFT JOIN floors AS f ON s.room = f.room WHERE f.floor > 2 AND s.temperature > 90
SELECT * FROM open INNER JOIN owners ON open.id = owners.id AND owners.age > 17 AND open.a > 1 LEFT JOIN units ON units.deviceId = owners.device
SELECT f.floor, avg(s.temperature) AS t FROM sensors AS s INNER JOIN labels ON s.deviceId = labels.deviceId INNER JOIN floors AS f ON f.room = concat(s.room, labels.label) GROUP BY f.floor, TUMBLINGWINDOW(ss, 10)
SELECT sensors.deviceId, places.name FROM sensors LEFT JOIN places ON sensors.room = places.room
SELECT deviceId, count(*) AS n, median(temperature) AS m, collect(*) AS all, deduplicate(room, false) AS r FROM sensors GROUP BY deviceId, TUMBLINGWINDOW(ss, 10)
