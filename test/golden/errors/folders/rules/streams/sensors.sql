CREATE STREAM sensors (deviceId STRING, temperature FLOAT, ts BIGINT) WITH (TYPE="httppush", DATASOURCE="/sensors");
CREATE STREAM alarms () WITH (TYPE="memory", DATASOURCE="alarms");
