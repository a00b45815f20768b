create stream demo(a bigint, b string) with(datasource="x",format="json");create table `t-1`(id bigint default -1, name string default "none", type string) with (kind="scan") ;
CREATE STREAM nested (id STRING,
  position STRUCT(lat FLOAT, lon FLOAT, `alt` struct(value float, unit string default 'm')), tags array( string ), rows array(struct(a bigint,b array(array(datetime))))) WITH (TYPE = "httppush");
create stream everything (thisIsALongColumnName STRUCT(firstLongFieldName FLOAT, secondLongFieldName FLOAT, third STRUCT(x BIGINT)), b bytea,) with (datasource = "/everything", type="httppush", format="json", strict_validation="TRUE", shared=true, timestamp="ts", timestamp_format="YYYY-MM-dd");
create stream no_commas () with (type="httppush" format="json"
  shared="true");
create stream
short () with ();;
show streams; describe stream demo
