SELECT a FROM nosuch
SELECT a FROM sensor
SELECT a FROM sensors INNER JOIN sensors ON a = b GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT a FROM sensors AS x INNER JOIN sensors AS y ON x.a = y.a GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT a FROM sensors AS x INNER JOIN open AS x ON x.a = x.b GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT a FROM sensors AS open INNER JOIN open ON a = b GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT temprature FROM sensors
SELECT sensors.temprature FROM sensors
SELECT Temperature FROM sensors
SELECT NULL FROM sensors
SELECT x FROM wide
SELECT temperature FROM sensors WHERE nothing = 1
SELECT x FROM sensors INNER JOIN rooms ON sensors.deviceId = rooms.deviceId GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT deviceId FROM sensors INNER JOIN rooms ON sensors.room = rooms.name GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT deviceId FROM sensors AS x INNER JOIN rooms AS y ON x.room = y.name GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT room.* FROM sensors INNER JOIN rooms ON room = name GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT zzzzzzzz.* FROM sensors
SELECT agv(temperature) FROM sensors
SELECT nothinglikeit(temperature) FROM sensors
SELECT tfLite("mobilenet", temperature) FROM sensors
SELECT year(temperature) FROM sensors
SELECT consecutive_count(temperature > 5) FROM sensors
SELECT delay(5, temperature) FROM sensors
SELECT dedup_trigger(ts, ts, ts, 10) FROM sensors
SELECT sin() FROM sensors
SELECT power(1) FROM sensors
SELECT sin("a") FROM sensors
SELECT concat("a", 1) FROM sensors
SELECT lag(temperature, ts) FROM sensors
SELECT lag(temperature, -1) FROM sensors
SELECT sin(*) FROM sensors
SELECT changed_cols("p", true) FROM sensors
SELECT had_changed(temperature) FROM sensors
SELECT cast(temperature, "int") FROM sensors
SELECT meta("topic") FROM sensors
SELECT meta(temperature[0]) FROM sensors
SELECT abs(temperature) OVER (PARTITION BY deviceId) FROM sensors
SELECT sum(temperature) OVER (WHEN ts > 1) FROM sensors
SELECT abs(temperature) FILTER (WHERE ts > 1) FROM sensors
SELECT temperature + * FROM sensors
SELECT temperature AS a, ts AS a FROM sensors
SELECT temperature AS a, a AS temperature FROM sensors
SELECT b AS a, c AS b, a AS c FROM open
SELECT temperature, ts AS temperature FROM sensors
SELECT temperature, sensors.temperature FROM sensors
SELECT avg(temperature), avg(ts) FROM sensors
SELECT avg(max(temperature)) FROM sensors
SELECT avg(temperature) AS a, max(a) FROM sensors
SELECT count(*) FILTER (WHERE avg(temperature) > 1) FROM sensors
SELECT lag(avg(temperature)) FROM sensors
SELECT avg(temperature) AS a, lag(a) FROM sensors
SELECT lag(temperature) OVER (PARTITION BY avg(ts)) FROM sensors
SELECT deviceId FROM sensors GROUP BY max(ts), TUMBLINGWINDOW(ss, 10)
SELECT max(ts) AS m FROM sensors GROUP BY m, TUMBLINGWINDOW(ss, 10)
SELECT deviceId FROM open INNER JOIN sensors ON max(ts) = 1 GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT deviceId FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) FILTER (WHERE max(ts) > 1)
SELECT deviceId FROM sensors GROUP BY SLIDINGWINDOW(ss, 10) OVER (WHEN max(ts) > 1)
SELECT deviceId FROM sensors GROUP BY STATEWINDOW(max(ts) > 1)
SELECT deviceId FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) HAVING temperature > 1
SELECT deviceId, temperature * 2 AS t2 FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) HAVING t2 > 1
SELECT deviceId FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) HAVING avg(temperature) > temperature
SELECT deviceId FROM sensors GROUP BY deviceId
SELECT deviceId FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) OVER (WHEN ts > 1)
SELECT deviceId FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) OVER (PARTITION BY deviceId)
SELECT last_hit_count() FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT avg(temperature) FROM sensors WHERE last_hit_time() = 0
SELECT row_number() AS n FROM sensors WHERE n > 1
SELECT deviceId FROM sensors WHERE row_number() > 1
SELECT row_number() AS n FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) ORDER BY max(n)
SELECT row_number() AS n, max(n) FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT lag(row_number()) FROM sensors
SELECT row_number() OVER (ORDER BY row_number()) FROM sensors
SELECT unnest(tags), unnest(tags) FROM open
SELECT unnest(tags) + 1 FROM open
SELECT abs(extract(tags)) FROM open
SELECT tags FROM open WHERE unnest(tags)
SELECT tags FROM open WHERE a = unnest(tags)
SELECT tags FROM open GROUP BY unnest(tags), TUMBLINGWINDOW(ss, 10)
SELECT unnest(tags) AS u FROM open WHERE u > 1
SELECT changed_cols("p", true, a) + 1 FROM open
SELECT deviceId FROM sensors GROUP BY STATEWINDOW(1)
SELECT CASE WHEN 1 THEN 2 END FROM sensors
SELECT tags[5:2] FROM open
SELECT tags[-1:-1] FROM open
SELECT deviceId FROM sensors INNER JOIN open ON sensors.deviceId = open.id
SELECT name FROM prices
SELECT deviceId FROM prices INNER JOIN sensors ON prices.name = sensors.deviceId
SELECT a FROM sensors INNER JOIN sensor ON x = y
SELECT prices.colour FROM sensors LEFT JOIN prices ON room = prices.name
SELECT lag(temperature) OVER (ORDER BY ts) FROM sensors
SELECT row_number() OVER (WHEN ts > 1) FROM sensors
SELECT deviceId FROM sensors INNER JOIN open ON window_start() = ts GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT day_name("2020-01-01") FROM open
SELECT round("1.5") FROM open
SELECT mqtt(topc) FROM sensors
SELECT "温度" AS t,	temprature FROM sensors
SELECT "🔥" AS fire, temprature FROM sensors
SELECT senosrs.temperature FROM sensors
SELECT window_end FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT floor FROM floors
SELECT floor FROM floors INNER JOIN sensors ON floors.room = sensors.room
SELECT floor FROM sensors INNER JOIN floors
SELECT floor FROM sensors CROSS JOIN floors
SELECT floor FROM sensors AS s INNER JOIN floors AS f ON s.room > f.room AND s.temperature > 3
SELECT floor FROM sensors LEFT JOIN floors ON floors.room = "x"
SELECT floor FROM sensors LEFT JOIN floors ON floors.room = sensors.room OR floors.floor = 3
SELECT floor FROM sensors LEFT JOIN floors ON floors.room = owners.room LEFT JOIN owners ON owners.id = sensors.deviceId
SELECT floor FROM sensors LEFT JOIN floors ON floors.room = sensors.room INNER JOIN prices ON prices.name = floors.room
