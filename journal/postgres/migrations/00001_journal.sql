-- +goose Up
-- One row: which programs may read this database, and a random number that
-- tells this log from every other.
CREATE TABLE journal (
    readable_since integer NOT NULL,
    log_id         bytea   NOT NULL
);

-- Every commit of receipts changes rows here: a free page keeps the new
-- versions beside the old ones.
CREATE TABLE streams (
    id       integer     PRIMARY KEY,
    operator text        NOT NULL UNIQUE,
    last_seq bigint      NOT NULL DEFAULT 0,
    octets   bigint      NOT NULL DEFAULT 0, -- of the receipts that are kept
    epoch    bigint      NOT NULL DEFAULT 0,
    owner    text        NOT NULL DEFAULT '',
    expires  timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- The gateways that share the database, one row for each of their lives. Whoever
-- takes a stream over removes the row of the one that it takes it from, and with
-- it the right to write anything. Beats change no key: they do not wait for writes.
CREATE TABLE members (
    id        text        PRIMARY KEY, -- as in streams.owner
    name      text        NOT NULL,
    beat      bigint      NOT NULL DEFAULT 0,
    heard     timestamptz NOT NULL DEFAULT clock_timestamp(), -- to sweep up by, nothing else
    endpoints text[]      NOT NULL DEFAULT '{}'
);

-- The log. It has no secondary index: an append touches the end of each stream.
CREATE TABLE log (
    position    bigint  PRIMARY KEY,
    received_at bigint  NOT NULL, -- microseconds
    id          bytea   NOT NULL,
    message     bytea   NOT NULL,
    forward     boolean NOT NULL,
    raw         bytea   NOT NULL,
    meta        bytea   NOT NULL,
    event       bytea   NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE cursors (
    endpoint text    NOT NULL,
    stream   integer NOT NULL,
    position bigint  NOT NULL,
    saved_at bigint  NOT NULL,
    PRIMARY KEY (endpoint, stream)
) WITH (fillfactor = 50);

-- The history of the cursors, one row a second at most.
CREATE TABLE passed (
    stream   integer NOT NULL,
    at       bigint  NOT NULL, -- seconds
    endpoint text    NOT NULL,
    position bigint  NOT NULL,
    PRIMARY KEY (stream, at, endpoint)
);

CREATE TABLE parked (
    endpoint   text    NOT NULL,
    position   bigint  NOT NULL,
    id         bytea   NOT NULL,
    since      bigint  NOT NULL,
    next_try   bigint  NOT NULL,
    tries      integer NOT NULL,
    class      text    NOT NULL,
    last_error text    NOT NULL,
    PRIMARY KEY (endpoint, position)
);
CREATE INDEX parked_due ON parked (endpoint, next_try);
CREATE INDEX parked_position ON parked (position);

CREATE TABLE dead (
    id            bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint      text    NOT NULL,
    class         text    NOT NULL,
    from_position bigint  NOT NULL,
    to_position   bigint  NOT NULL,
    count         integer NOT NULL,
    at            bigint  NOT NULL,
    reason        text    NOT NULL,
    UNIQUE (endpoint, from_position)
);
CREATE INDEX dead_from ON dead (from_position);
CREATE INDEX dead_range ON dead (to_position) WHERE to_position > from_position;

CREATE TABLE attempts (
    endpoint text    NOT NULL,
    at       bigint  NOT NULL,
    position bigint  NOT NULL,
    id       bytea   NOT NULL,
    took     bigint  NOT NULL,
    status   integer NOT NULL,
    error    text    NOT NULL,
    answer   bytea   NOT NULL,
    held     boolean NOT NULL, -- as long as its delivery is parked or dead
    PRIMARY KEY (endpoint, at, position)
);
CREATE INDEX attempts_last ON attempts (endpoint, at) WHERE NOT held;
CREATE INDEX attempts_position ON attempts (position);

CREATE TABLE replays (
    id       bytea   NOT NULL,
    endpoint text    NOT NULL,
    n        integer NOT NULL,
    PRIMARY KEY (id, endpoint)
);

CREATE TABLE state (
    kind  text  NOT NULL,
    name  text  NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (kind, name)
);

-- The search projection: a partition a day, and what of each stream it covers.
-- Nothing of it is logged: after a crash it is empty and is filled again.
CREATE TABLE search_terms (
    day      date   NOT NULL,
    term     bigint NOT NULL, -- a hash of kind and key
    position bigint NOT NULL
) PARTITION BY LIST (day);
CREATE INDEX search_terms_term ON search_terms (term, position);

CREATE UNLOGGED TABLE search_covered (
    day            date    NOT NULL,
    stream         integer NOT NULL,
    after_position bigint  NOT NULL,
    upto_position  bigint  NOT NULL,
    PRIMARY KEY (day, stream)
);
