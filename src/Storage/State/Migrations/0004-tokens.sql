-- Bearer tokens: the SHA-256 of each, never the token. Times are Unix milliseconds.
CREATE TABLE tokens (
    name TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    created BIGINT NOT NULL,
    -- Null: until it is revoked.
    expires BIGINT
);
