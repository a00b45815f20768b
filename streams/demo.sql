-- What devices push. One JSON object a request, or an array of them:
--   curl -d '{"deviceId": "press-7", "temperature": 91.5, "humidity": 40}' http://localhost:10081/api/data
-- Columns that are not declared here are dropped. `()` instead of the list takes whatever comes.
CREATE STREAM devices (
  deviceId STRING,
  temperature FLOAT,
  humidity FLOAT
) WITH (TYPE = "httppush", DATASOURCE = "/api/data", FORMAT = "json");

-- What rules/overheat-alert.yaml publishes: the output of one rule as the input of the next.
CREATE STREAM alerts () WITH (TYPE = "memory", DATASOURCE = "alerts/overheat", FORMAT = "json");
