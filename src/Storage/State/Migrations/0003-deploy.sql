-- What is done with the best version of a sweep: JSON, null where nothing.
ALTER TABLE sweeps ADD COLUMN deploy TEXT;

-- The targets that versions of an alias are built for when it moves; spec is the JSON of the target.
CREATE TABLE alias_targets (
  name TEXT NOT NULL,
  alias TEXT NOT NULL,
  target TEXT NOT NULL,
  spec TEXT NOT NULL,
  PRIMARY KEY (name, alias, target)
);

-- The fleet that got the version, and whether the move was made by hand, by a promotion or by going back.
ALTER TABLE promotion_log ADD COLUMN fleet TEXT;
ALTER TABLE promotion_log ADD COLUMN kind TEXT NOT NULL DEFAULT 'set';
