-- Whether a trial was on a device when a fault there was reported: it is run alone until it gets further.
ALTER TABLE tasks ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
