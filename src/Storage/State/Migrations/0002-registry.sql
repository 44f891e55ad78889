-- Experiments, runs and registered models, as MLflow names them. Times are milliseconds since 1970 UTC.

CREATE TABLE experiments (
  experiment_id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  lifecycle_stage TEXT NOT NULL DEFAULT 'active',
  creation_time BIGINT NOT NULL,
  last_update_time BIGINT NOT NULL
);

CREATE TABLE experiment_tags (
  experiment_id BIGINT NOT NULL REFERENCES experiments (experiment_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, key)
);

-- MLflow's clients rely on it: experiment 0 always exists.
INSERT INTO experiments (experiment_id, name, creation_time, last_update_time) VALUES (0, 'Default', 0, 0);

CREATE TABLE runs (
  run_id TEXT NOT NULL PRIMARY KEY,
  experiment_id BIGINT NOT NULL REFERENCES experiments (experiment_id),
  run_name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  start_time BIGINT NOT NULL,
  end_time BIGINT,
  artifact_uri TEXT NOT NULL,
  lifecycle_stage TEXT NOT NULL DEFAULT 'active'
);

CREATE INDEX runs_by_experiment ON runs (experiment_id, start_time, run_id);

CREATE TABLE run_params (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
);

CREATE TABLE run_tags (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
);

-- A value that is not a number has is_nan 1 and value 0; the infinities are the greatest finite doubles.
CREATE TABLE run_metrics (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan INTEGER NOT NULL,
  PRIMARY KEY (run_id, key, step, timestamp, value, is_nan)
);

-- The greatest (step, timestamp, value) of each metric, so that a list of runs never reads their histories.
CREATE TABLE run_latest_metrics (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan INTEGER NOT NULL,
  PRIMARY KEY (run_id, key)
);

-- A run's files: the path that a client asks for, and the blob that holds the bytes.
CREATE TABLE run_artifacts (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  path TEXT NOT NULL,
  blob TEXT NOT NULL,
  PRIMARY KEY (run_id, path)
);

-- last_version counts every version ever made, so that a deleted version's number is not given again.
CREATE TABLE registered_models (
  name TEXT NOT NULL PRIMARY KEY,
  description TEXT NOT NULL DEFAULT '',
  last_version BIGINT NOT NULL DEFAULT 0,
  creation_timestamp BIGINT NOT NULL,
  last_updated_timestamp BIGINT NOT NULL
);

CREATE TABLE registered_model_tags (
  name TEXT NOT NULL REFERENCES registered_models (name),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name, key)
);

-- model is the JSON of the model's description: its graph's name and parameters, classes, front end and weights.
CREATE TABLE model_versions (
  name TEXT NOT NULL REFERENCES registered_models (name),
  version BIGINT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL,
  run_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  model TEXT NOT NULL,
  creation_timestamp BIGINT NOT NULL,
  last_updated_timestamp BIGINT NOT NULL,
  PRIMARY KEY (name, version)
);

CREATE TABLE model_version_tags (
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name, version, key),
  FOREIGN KEY (name, version) REFERENCES model_versions (name, version)
);

CREATE TABLE model_aliases (
  name TEXT NOT NULL,
  alias TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (name, alias),
  FOREIGN KEY (name, version) REFERENCES model_versions (name, version)
);

-- Append-only: every move of every alias, who made it and why. A null version stands for "no version".
CREATE TABLE promotion_log (
  name TEXT NOT NULL REFERENCES registered_models (name),
  sequence BIGINT NOT NULL,
  alias TEXT NOT NULL,
  from_version BIGINT,
  to_version BIGINT,
  user_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  timestamp BIGINT NOT NULL,
  PRIMARY KEY (name, sequence)
);
