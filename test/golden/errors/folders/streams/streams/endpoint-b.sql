CREATE STREAM e2 () WITH (TYPE="httppush", DATASOURCE="/taken");
