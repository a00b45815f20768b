SELECT deviceId FROM sensors WHERE 1
SELECT deviceId FROM sensors WHERE "true"
SELECT deviceId FROM sensors GROUP BY TUMBLINGWINDOW(ss, 10) HAVING 1
SELECT deviceId FROM sensors INNER JOIN open ON 1 GROUP BY TUMBLINGWINDOW(ss, 10)
SELECT deviceId FROM sensors GROUP BY STATEWINDOW(deviceId)
SELECT deviceId FROM sensors GROUP BY SLIDINGWINDOW(ss, 10) OVER (WHEN temperature)
SELECT a FROM open WHERE a = NULL
SELECT a FROM open WHERE nil != a OR a > 3
SELECT convert_tz(a, "Berlin") FROM open
SELECT json_path_query(a, "$.") FROM open
SELECT format_time(a, "yyy"), date_calc(a, "2 hours") FROM open
SELECT sequence(1, 5, 0), now(7) FROM open
SELECT * EXCEPT(temprature) FROM sensors
SELECT temperature FROM sensors WHERE temperature > "80"
SELECT temperature FROM sensors WHERE room = 3 OR deviceId IN (1, "b")
SELECT deviceId + 1 AS n, room - 2 AS m FROM sensors WHERE temperature
SELECT temperature FROM sensors WHERE temperature LIKE "8%" AND temperature > 3 > 2
SELECT temperature * 2 AS twice FROM sensors WHERE twice BETWEEN "a" AND room
SELECT a FROM open; DROP STREAM open
SELECT lag(prices.price) AS p FROM sensors INNER JOIN prices ON sensors.deviceId = prices.name
SELECT floor FROM sensors RIGHT JOIN floors ON floors.room = sensors.room
SELECT floor FROM sensors FULL JOIN floors ON floors.room = sensors.room
SELECT floor FROM sensors LEFT JOIN floors ON floors.room = sensors.room AND floors.floor > 2
SELECT lag(floors.floor) AS f FROM sensors INNER JOIN floors ON floors.room = sensors.room
SELECT count(*) AS n FROM sensors GROUP BY deviceId, SESSIONWINDOW(ss, 1, 5)
