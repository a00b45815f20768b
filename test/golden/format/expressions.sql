select case when temperature > 90 then 'burning' when temperature > 80 then "hot" else case deviceId when "press-7" then 'warm' else lower(trim(concat('so', '-', "so"))) end end as word from demo;
select case a when 1 then "one" end as short, (case when (x) then y end) from demo
where a in(1,2,3) or b not in ( "x" ) and c not between 1 and (2+3) and not_a_keyword like "%" or (firstCondition > 1 and secondCondition < 2 or thirdCondition >= 3 and fourthCondition != 4);
select someFunction(another_function(firstColumn, secondColumn, thirdColumn), yetAnother(fourthColumn, fifthColumn), "a literal of some length") as result from demo;
select firstLongColumnName * secondLongColumnName + thirdLongColumnName / fourthLongColumnName - fifthLongColumnName % 3 as total from demo where a = ((1 + 2)) * 3 & 4 | 5 ^ 6;
select deviceId from demo where deviceId in ("press-001", "press-002", "press-003", "press-004", "press-005", "press-006", "press-007");
