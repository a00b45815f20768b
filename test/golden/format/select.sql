-- One line stays one line, when it fits.
select deviceId,temperature from demo where temperature>30;
SELECT * FROM demo;   -- and so does this one

/* with a break of its author's each clause has a line */
select deviceId , avg( temperature ) as average
from demo where temperature > 30 and deviceId like 'press-%' group by deviceId,
  tumblingwindow(ss , 10)  having avg(temperature)>80 order by average desc , deviceId limit 10;


select deviceId, avg(temperature) as average, max(temperature) as peak, min(temperature) as low, count(*) as readings from demo group by deviceId, hoppingwindow(ss,10,5);
select * except(secret,`odd name`) replace(temperature*1.8+32 as temperature), s.*, count(*) filter(where temperature>30) as hot from demo as s group by countwindow(5,1) filter ( where temperature > 0 );
select lag(temperature,1,0) over(partition by deviceId,site when temperature>- 1) as before INVISIBLE, row_number() as n, changed_cols("c_",true,*) from `select`;
SELECT a->b[0]->c[1:-1][:], arr [ i + 1 : ], .5 as half, 1. as one, -3, 5 -- not minus
- 2, "double \" quoted", 'single -- no comment', "/* nor this */" from topic/+/state-1;
select a.id, b.name from a left join b on a.id=b.id and a.site=b.site inner join someOtherVeryLongStreamName as c on c.identifier = a.identifier and c.site = a.site full join d on (a.x) = (d.x) cross join e group by sessionwindow(mi,10,1) over (when a.x>3 partition by b.id);
