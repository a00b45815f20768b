

-- header

/* two
   lines   
*/
create stream /* what */ a -- name
 ( -- columns
 x bigint /* of x */ , -- after x
 -- before y
 y string -- after y
 -- below y
 ) with ( type="httppush" -- how
 /* before */ , datasource = "/a" ); /* behind */ -- and more
-- of b
create stream b() with(type="memory");
-- below b


-- of the select
select -- what
 a -- leading comma
 , b /* b */, /* c */ c,
 - - odd marks
 / * odd too */
 f( a, -- first
 b -- second
 ), g(/* none */), (h -- h
 )
from a /* the source */ left join b -- joined
 on a.x = b.x -- on x
-- conditions
where a > 1 -- one
 -- two
 and b -- or b
 or c - /* minus */ -1 > 0
-- end of the select
;
-- end of the file
