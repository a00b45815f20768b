CREATE STREAM sensors (deviceId STRING, temperature FLOAT) WITH (TYPE="httppush", DATASOURCE="/sensors");
CREATE STREAM by_site () WITH (TYPE="httppush", DATASOURCE="/:site/sensors");
CREATE STREAM topic () WITH (TYPE="memory", DATASOURCE="topic");
