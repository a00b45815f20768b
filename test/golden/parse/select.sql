SELECT * FROM demo
SELECT a, b.c, d AS e, f + 1 AS g INVISIBLE FROM demo AS b
SELECT * EXCEPT(a, `left`) REPLACE(b * 2 AS b, c->d AS c) FROM demo
SELECT demo.* EXCEPT(a), other.* FROM demo INNER JOIN other ON demo.id = other.id GROUP BY TUMBLINGWINDOW(SS, 10)
SELECT `from`, `with-dash`, `中文 Chinese`, `a.b.c`, `_x`, `1a`, stream, NULL FROM `topic/+/sensor#`
SELECT 0, 9223372036854775807, -9223372036854775808, 1.0, -1.5, 0.1, -0.0, 1000000000000000000000.0, 0.0000001 FROM demo
SELECT "it's", "say \"hi\"", "a\\b", "tab\tnewline\n", "\u0000\u007f", TRUE, FALSE FROM demo
SELECT a + b * c, (a + b) * c, a - b - c, a - (b - c), a / (b / c), a & b | c ^ d, a % 2 FROM demo
SELECT a - (-1), a + -1, a * -1, -1 - a, a - (-1 + b) FROM demo
SELECT a OR b AND c, (a OR b) AND c, a = b = c, a = (b = c), (a AND b) = TRUE FROM demo
SELECT 2 * a[0], (2 * a)[0], 2 * a->b, (a + b)->c, a[0]->b[1:2]->c, a[b + 1], f(x)[-1]->y FROM demo
SELECT a[:], a[1:], a[:2], a[-5:-1], a[x:y + 1], demo.children->first->test FROM demo
SELECT count(*), count(* EXCEPT(a, b)), meta(*), changed_cols("", TRUE, a, * REPLACE(a * 2 AS a), c), newuuid() FROM demo
SELECT count(*) FILTER (WHERE a > 1), lag(a, 1) OVER (PARTITION BY b, c WHEN d > 12) FROM demo
SELECT row_number() OVER (), row_number() OVER (PARTITION BY a ORDER BY b DESC, c) FROM demo
SELECT CASE WHEN a > 1 AND b THEN "x" WHEN c THEN "y" ELSE "z" END, CASE a WHEN 1 THEN 2 END + 1 FROM demo
SELECT a FROM demo WHERE a IN (1, 2, 3) AND b NOT IN (c + d) OR e IN f->g AND h NOT IN i[0]
SELECT a FROM demo WHERE a BETWEEN 1 AND 2 AND b NOT BETWEEN (c + 1) AND f(d) OR (a BETWEEN 1 AND 2) + 1 = 2
SELECT a FROM demo WHERE a LIKE "foo\\%" AND b NOT LIKE concat(c, "%") AND a LIKE b = TRUE AND a = (b LIKE c) AND d LIKE (e = f)
SELECT a FROM x LEFT JOIN y ON x.a = y.a RIGHT JOIN z AS w ON w.a = y.a FULL JOIN v CROSS JOIN u WHERE a > 1
SELECT a, count(*) AS c FROM demo GROUP BY a, f(b), TUMBLINGWINDOW(SS, 10) HAVING count(*) > 3 ORDER BY a DESC, f(b) LIMIT 10
SELECT a FROM demo ORDER BY a + b, s.c[0] DESC LIMIT 0
