CREATE STREAM sensors (deviceId STRING, temperature FLOAT, ts BIGINT) WITH (TYPE="httppush", DATASOURCE="/sensors");
