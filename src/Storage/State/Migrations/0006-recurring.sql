-- How far each recurring entry of pipeline.yaml is: its last tick that was queued, Unix milliseconds. An entry whose schedule changed begins anew.
CREATE TABLE recurring (
    name TEXT NOT NULL PRIMARY KEY,
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    last_tick BIGINT NOT NULL
);
