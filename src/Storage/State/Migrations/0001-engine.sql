-- The durable queue, sweeps and trials. States are the camelCase names of TaskState, TrialState and SweepState; times are Unix milliseconds.
CREATE TABLE workers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL,
    process_id INTEGER NOT NULL,
    device TEXT NOT NULL,
    slots INTEGER NOT NULL,
    version TEXT NOT NULL,
    registered INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE tasks (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    -- What the task belongs to: a sweep or a feature set.
    owner TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    payload TEXT NOT NULL,
    checkpoint TEXT,
    -- Claims since the task last got further.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Failures reported since then.
    failures INTEGER NOT NULL DEFAULT 0,
    -- The last token given; greater with each claim, never given twice.
    token INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    -- Not to be claimed before.
    due INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    -- How the holder of the token ended it, so that a repeated call is answered as the first was.
    outcome TEXT,
    result TEXT,
    failure TEXT
);

CREATE INDEX tasks_claim ON tasks (state, priority, sequence);
CREATE INDEX tasks_owner ON tasks (owner);

CREATE TABLE task_logs (
    task TEXT NOT NULL,
    token INTEGER NOT NULL,
    line INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (task, token, line)
);

CREATE TABLE sweeps (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    definition TEXT NOT NULL,
    feature_set TEXT NOT NULL,
    shards INTEGER NOT NULL,
    code_version TEXT NOT NULL,
    failure TEXT,
    registered_version INTEGER,
    submitted INTEGER NOT NULL
);

CREATE TABLE trials (
    sweep TEXT NOT NULL REFERENCES sweeps (id),
    number INTEGER NOT NULL,
    -- Trials that differ in their seed alone share a configuration.
    configuration INTEGER NOT NULL,
    state TEXT NOT NULL,
    parameters TEXT NOT NULL,
    spec TEXT NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    metrics TEXT,
    clips_per_second REAL,
    result TEXT,
    failure TEXT,
    PRIMARY KEY (sweep, number)
);
