-- What MLflow's clients write beside what sweeps do.

-- Where the files of an experiment's runs go; null: through this server.
ALTER TABLE experiments ADD COLUMN artifact_location TEXT;

-- The data sets that a run says it read. context is the tag mlflow.data.context, which searches ask for; tags is a JSON object.
CREATE TABLE run_datasets (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT,
  context TEXT,
  tags TEXT NOT NULL,
  PRIMARY KEY (run_id, name, digest)
);

-- A deleted model keeps its row, for the promotion log and so that a version's number is never given again.
ALTER TABLE registered_models ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
