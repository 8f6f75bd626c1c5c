-- +goose Up
-- One row: which programs may read this file, and a random number that ties
-- the search projection to this log.
CREATE TABLE journal (
    readable_since INTEGER NOT NULL,
    log_id         BLOB    NOT NULL
);

CREATE TABLE streams (
    id       INTEGER PRIMARY KEY,
    operator TEXT    NOT NULL UNIQUE,
    last_seq INTEGER NOT NULL,
    epoch    INTEGER NOT NULL
);

-- The log. It has no secondary index: an append touches the end of each stream.
CREATE TABLE log (
    position    INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL, -- microseconds
    id          TEXT    NOT NULL,
    message     BLOB    NOT NULL,
    forward     INTEGER NOT NULL,
    raw         BLOB    NOT NULL,
    meta        BLOB    NOT NULL,
    event       BLOB    NOT NULL
);

CREATE TABLE cursors (
    endpoint TEXT    NOT NULL,
    stream   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (endpoint, stream)
) WITHOUT ROWID;

-- The history of the cursors, one row a second at most.
CREATE TABLE passed (
    stream   INTEGER NOT NULL,
    at       INTEGER NOT NULL, -- seconds
    endpoint TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, at, endpoint)
) WITHOUT ROWID;

CREATE TABLE parked (
    endpoint   TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    next_try   INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    class      TEXT    NOT NULL,
    last_error TEXT    NOT NULL,
    PRIMARY KEY (endpoint, position)
) WITHOUT ROWID;
CREATE INDEX parked_due ON parked (endpoint, next_try);
CREATE INDEX parked_position ON parked (position);

CREATE TABLE dead (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint      TEXT    NOT NULL,
    class         TEXT    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER NOT NULL,
    count         INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    reason        TEXT    NOT NULL,
    UNIQUE (endpoint, from_position)
);
CREATE INDEX dead_from ON dead (from_position);
CREATE INDEX dead_range ON dead (to_position) WHERE to_position > from_position;

CREATE TABLE attempts (
    endpoint TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    took     INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    error    TEXT    NOT NULL,
    answer   BLOB    NOT NULL,
    held     INTEGER NOT NULL, -- as long as its delivery is parked or dead
    PRIMARY KEY (endpoint, at, position)
) WITHOUT ROWID;
CREATE INDEX attempts_last ON attempts (endpoint, at) WHERE NOT held;
CREATE INDEX attempts_position ON attempts (position);

CREATE TABLE replays (
    id       TEXT    NOT NULL,
    endpoint TEXT    NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (id, endpoint)
) WITHOUT ROWID;

CREATE TABLE state (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
