CREATE STREAM twice () WITH (TYPE="memory", DATASOURCE="a");
