CREATE TABLE twice () WITH (TYPE="memory", DATASOURCE="a");
