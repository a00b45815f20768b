CREATE STREAM lines (
	deviceId STRING,	temperature FLAOT,
	名前 STRING
) WITH (TYPE="httppush");
