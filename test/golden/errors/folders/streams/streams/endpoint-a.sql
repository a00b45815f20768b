CREATE STREAM e1 () WITH (TYPE="httppush", DATASOURCE="/taken");
